//! The end of a client that is closed.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::connection::Connection;
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
        // The first connection is there before the worker takes it into use.
        let shown = self
            .board
            .snapshot
            .swap(Arc::new(Snapshot::away(Error::Closed)));
        self.board.published.send_replace(());
        self.board.state.send_replace(ConnectionState::Away {
            error: Error::Closed,
        });
        let drained = async {
            let awaited = |connection: &&Connection| connection.is_awaited();
            for connection in shown.connections.iter().filter(awaited) {
                connection.drained().await;
            }
        };
        if timeout(self.configuration.request_timeout, drained)
            .await
            .is_err()
        {
            tracing::warn!("closed before all operations were answered");
        }
        for connection in &shown.connections {
            connection.close();
        }
        // Who asked may have stopped waiting.
        let _ = closed.send(());
    }
}
