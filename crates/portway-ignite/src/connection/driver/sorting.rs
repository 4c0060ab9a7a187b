//! Hands what arrived to those it is for.

use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use portway_ignite_protocol::{
    self as protocol, DecodeError, Incoming, NotificationHeader, Operation, ResourceId,
    ResponseHeader, split_frame,
};

use super::{Driver, FIRST_OWN_ID};
use crate::connection::exchange::TableGuard;
use crate::connection::first_questions::{self, FirstAnswer};
use crate::connection::listeners::Delivered;
use crate::error::{Error, LossReason, Violation};

impl Driver {
    /// Sorts whole frames under one lock, and wakes who waits for them after that. Answers how many
    /// were answers to requests.
    pub(super) fn dispatch_received(&mut self) -> Result<usize, LossReason> {
        let sorted = self.sort_received();
        self.traffic.handled();
        // What came before a violation is handed out all the same.
        self.parts.clear();
        let answers = std::mem::take(&mut self.answers);
        self.exchange.give_room(answers);
        self.wakers.drain(..).for_each(Waker::wake);
        sorted.map(|()| answers)
    }

    fn sort_received(&mut self) -> Result<(), LossReason> {
        let exchange = self.exchange.clone();
        let mut held = None;
        let wrong = |error| LossReason::Violation(Violation::Frame(error));
        while let Some(payload) = split_frame(&mut self.input, self.frame_limit).map_err(wrong)? {
            match Incoming::split(payload, self.dialect).map_err(unreadable)? {
                (Incoming::Response(header), body) => {
                    let table = held.get_or_insert_with(|| exchange.table());
                    self.answered(header, body, table)?;
                }
                (Incoming::Notification(header), body) => {
                    let awaited = held
                        .take()
                        .unwrap_or_else(|| exchange.table())
                        .table()
                        .awaits_stream();
                    self.notified(header, &body, awaited);
                }
            }
        }
        Ok(())
    }

    fn answered(
        &mut self,
        header: ResponseHeader,
        body: Bytes,
        held: &mut TableGuard<'_>,
    ) -> Result<(), LossReason> {
        if header.topology.is_some() {
            self.line.topology.send_replace(header.topology);
        }
        let id = header.request_id;
        if (self.next_own_id + 1..=FIRST_OWN_ID).contains(&id) {
            return self.own_answered(id, &body, header.error.is_some());
        }
        let table = held.table();
        let outcome = header.error.map_or(Ok(body), Err);
        let failed = outcome.is_err();
        let arrived = self.heartbeat.last_received();
        let Some(settled) = table.settle(id, outcome, arrived, &mut self.listeners) else {
            return Err(LossReason::Violation(Violation::UnknownRequest(id)));
        };
        self.wakers.extend(settled.waker);
        self.parts.extend(settled.part_of);
        self.answers += 1;
        self.traffic.answered(failed);
        if !table.awaits_stream() {
            self.listeners.forget_early();
        }
        Ok(())
    }

    /// Takes the answer to a request of the driver itself.
    fn own_answered(&mut self, id: i64, body: &Bytes, failed: bool) -> Result<(), LossReason> {
        match first_questions::read(id, body, failed, self.dialect)? {
            Some(FirstAnswer::IdleTimeout(limit)) => {
                if let Some(limit) = u64::try_from(limit).ok().filter(|limit| *limit > 0) {
                    self.heartbeat.suit(Duration::from_millis(limit));
                    self.ring_at(self.heartbeat.due(self.heartbeat.last_received()));
                }
            }
            Some(FirstAnswer::Binary(binary)) => {
                // A doubled answer changes nothing.
                let _ = self.line.binary.set(binary);
            }
            // The answer to a heartbeat is a sign of life, and nothing more.
            None => {}
        }
        Ok(())
    }

    fn notified(&mut self, header: NotificationHeader, body: &Bytes, awaited: bool) {
        let ResourceId(id) = header.resource;
        let notification = match header.error {
            Some(error) => Err(Error::server(notifier(header.operation), error)),
            // A copy: a small event that waits must not hold the whole input buffer.
            None => Ok(Bytes::copy_from_slice(body)),
        };
        if self.listeners.deliver(id, notification, awaited) == Delivered::Overflow {
            tracing::warn!(address = %self.address, "events lost: their reader is too slow");
            self.send_own(&protocol::Request::ResourceClose(ResourceId(id)));
        }
    }
}

/// Who sends notifications of this operation.
fn notifier(operation: i16) -> &'static str {
    if operation == Operation::TaskFinished.code() {
        "a compute task"
    } else {
        "an event stream"
    }
}

fn unreadable(error: DecodeError) -> LossReason {
    LossReason::Violation(Violation::Header(error))
}
