//! What the worker shows to operations and to programs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::connection::Connection;

use super::board::Board;
use super::snapshot::Snapshot;
use super::state::ConnectionState;
use super::worker::Worker;

impl Worker {
    /// Shows operations what is new.
    pub(super) fn publish(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let connections: Vec<_> = self
            .live
            .values()
            .map(|live| live.connection.clone())
            .collect();
        let snapshot = match &self.away {
            Some(error) => Snapshot::away(error.clone()),
            None => Snapshot::new(&connections, &self.near).knowing(
                self.questions.mappings().cloned(),
                self.services.known().clone(),
            ),
        };
        self.board.show(snapshot);
        match (connections.first(), &self.away) {
            (Some(connection), _) => self.board.tell(ConnectionState::connected(connection)),
            (None, Some(error)) => self.board.tell(ConnectionState::Away {
                error: error.clone(),
            }),
            (None, None) => {}
        }
    }
}

impl Board {
    /// Shows operations the first connection, which is all that they need to begin.
    pub(super) fn show_first(&self, connection: &Connection) {
        self.show(Snapshot::new(std::slice::from_ref(connection), &[]));
        self.tell(ConnectionState::connected(connection));
    }

    fn show(&self, snapshot: Snapshot) {
        let has_choice = snapshot.has_choice();
        self.snapshot.store(Arc::new(snapshot));
        self.has_choice.store(has_choice, Ordering::Relaxed);
        self.published.send_replace(());
    }

    /// Tells programs of a state, unless they know it.
    fn tell(&self, state: ConnectionState) {
        self.state.send_if_modified(|shown| {
            let is_news = !shown.is_same(&state);
            if is_news {
                *shown = state;
            }
            is_news
        });
    }
}
