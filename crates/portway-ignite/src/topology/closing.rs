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
    /// them may take, and ends all connections.
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
            for live in self.live.values() {
                live.connection.drained().await;
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
