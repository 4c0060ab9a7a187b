//! What the worker shows to operations and to programs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::connection::Connection;

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
        self.show(snapshot);
        self.publish_state(connections.first());
    }

    pub(super) fn show(&self, snapshot: Snapshot) {
        let has_choice = snapshot.has_choice();
        self.board.snapshot.store(Arc::new(snapshot));
        self.board.has_choice.store(has_choice, Ordering::Relaxed);
        self.board.published.send_replace(());
    }

    pub(super) fn publish_state(&self, first: Option<&Connection>) {
        let state = match (first, &self.away) {
            (Some(connection), _) => ConnectionState::connected(connection),
            (None, Some(error)) => ConnectionState::Away {
                error: error.clone(),
            },
            (None, None) => return,
        };
        self.board.state.send_if_modified(|shown| {
            let is_news = !shown.is_same(&state);
            if is_news {
                *shown = state;
            }
            is_news
        });
    }
}
