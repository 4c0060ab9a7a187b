//! What the driver asks of the node by itself.

use portway_ignite_protocol::{self as protocol, Feature, encode_request};
use tokio::time::Instant;

use super::Driver;
use crate::connection::first_questions;

impl Driver {
    /// Asks the first questions, once. They are written in this turn.
    pub(super) fn ask_first(&mut self) {
        if self.questions_due.take().is_some() {
            let questions = first_questions::frames(self.dialect);
            self.exchange.send_own(&questions);
        }
    }

    /// Asks the node whether it is still there, unless it is being asked already.
    pub(super) fn ask(&mut self) {
        let now = Instant::now();
        if !self.heartbeat.ask(now) {
            return;
        }
        // Older nodes know no heartbeat; the list of caches is a cheap question to any.
        let knows_heartbeats = self.dialect.has(Feature::Heartbeat);
        let question = match knows_heartbeats {
            true => protocol::Request::Heartbeat(()),
            false => protocol::Request::CacheNames(()),
        };
        self.send_own(&question);
        self.ring_at(now + self.heartbeat.patience());
    }

    /// Queues a request of the driver itself, whose answer nobody reads. It is written in this turn.
    pub(super) fn send_own(&mut self, request: &protocol::Request) {
        let id = self.next_own_id;
        self.next_own_id -= 1;
        match encode_request(request, id, self.dialect) {
            Ok(frame) => self.exchange.send_own(&frame),
            Err(error) => tracing::error!(%error, "a request of the driver does not fit a frame"),
        }
    }
}
