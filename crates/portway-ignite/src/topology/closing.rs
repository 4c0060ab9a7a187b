//! The end of a client that is closed.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::Error;

use super::snapshot::Snapshot;
use super::state::ConnectionState;
use super::worker::Worker;

impl Worker {
    /// Takes no further operation, waits for the answers of those in flight, as long as one of
    /// them may take, and ends all connections. What nobody waits for any more ends with its
    /// connection: a query that was given up must not go on.
    pub(super) async fn close(mut self, closed: oneshot::Sender<()>) {
        self.tasks.abort_all();
        self.board
            .snapshot
            .store(Arc::new(Snapshot::away(Error::Closed)));
        self.board.published.send_replace(());
        self.board.state.send_replace(ConnectionState::Away {
            error: Error::Closed,
        });
        let drained = async {
            let connections = self.live.values().map(|live| &live.connection);
            for connection in connections.filter(|connection| connection.is_awaited()) {
                connection.drained().await;
            }
        };
        if timeout(self.configuration.request_timeout, drained)
            .await
            .is_err()
        {
            tracing::warn!("closed before all operations were answered");
        }
        for live in self.live.values() {
            live.connection.close();
        }
        // Who asked may have stopped waiting.
        let _ = closed.send(());
    }
}
