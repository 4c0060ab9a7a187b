//! What is written before anybody is told of it.
//!
//! Records of changes wait until an answer or a notification is about to leave (`store::active`).
//! Where they cannot be written, only those who would be told of them lose their connections:
//! everybody else is served on, and further writes are refused until the disk takes them again.

use super::core::Core;
use super::lock;
use super::shared::Shared;
use crate::engine::{ConnectionId, JournalError};

impl Shared {
    /// Hands all changes to the operating system, before anything leaves for `connection`.
    ///
    /// # Errors
    /// When they cannot be written, and `connection` would be told of one of them.
    pub(super) fn flush(&self, connection: ConnectionId) -> Result<(), JournalError> {
        lock(&self.core).flush_for(connection)
    }

    /// Whether changes are to be written before anything leaves for `connection`, and those before them were
    /// another's: else it seems to be the only one that writes.
    pub(super) fn others_have_unwritten(&self, connection: ConnectionId) -> bool {
        let core = lock(&self.core);
        core.engine.has_unwritten() && core.last_writer != Some(connection)
    }

    /// Hands all changes to the operating system, before anything leaves for `connections`. Answers whether that
    /// succeeded.
    pub(super) fn flush_for_several(
        &self,
        connections: impl Iterator<Item = ConnectionId>,
    ) -> bool {
        lock(&self.core).flush_for_several(connections)
    }
}

impl Core {
    fn flush_for(&mut self, connection: ConnectionId) -> Result<(), JournalError> {
        if !self.engine.has_unwritten() {
            return Ok(());
        }
        self.last_writer = Some(connection);
        match self.engine.flush() {
            Err(error) if self.is_told_of_unwritten(connection) => Err(error),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    /// Writes changes that nobody waits for. Those that fail are written with the next ones.
    pub(super) fn flush_quietly(&mut self) {
        if let Err(error) = self.engine.flush() {
            tracing::warn!(%error, "changes could not be written yet");
        }
    }

    fn flush_for_several(&mut self, mut connections: impl Iterator<Item = ConnectionId>) -> bool {
        if !self.engine.has_unwritten() {
            return true;
        }
        let first = connections.next();
        // One alone goes on alone.
        self.last_writer = first.filter(|_| connections.next().is_none());
        self.engine.flush().is_ok()
    }

    fn is_told_of_unwritten(&self, connection: ConnectionId) -> bool {
        let connected = self.connections.get(&connection);
        connected.is_some_and(|connected| connected.told_up_to > self.engine.written())
    }
}
