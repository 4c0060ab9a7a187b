//! One operation, from its beginning to its end.

use std::time::Duration;

use tokio::time::Instant;
use tracing::Span;
use tracing::field::{Empty, display};

use super::operations::OperationCounters;
use super::{ClientEvent, Observer};
use crate::address::Address;
use crate::connection::{Deadline, FAR};
use crate::error::Error;

/// An operation that is under way. Dropped before its end, it counts as cancelled.
pub(crate) struct Observation<'o> {
    observer: &'o Observer,
    counters: &'o OperationCounters,
    operation: &'static str,
    started: Instant,
    span: Span,
    attempts: u32,
    /// The node that was asked last; known only where somebody wants to know.
    address: Option<Address>,
    has_ended: bool,
}

impl<'o> Observation<'o> {
    pub(super) fn begin(
        observer: &'o Observer,
        counters: &'o OperationCounters,
        operation: &'static str,
        cache: Option<&str>,
    ) -> Self {
        counters.started();
        if observer.has_listeners() {
            observer.tell(&ClientEvent::RequestStarted { operation });
        }
        let span = tracing::debug_span!("ignite", operation, cache, node = Empty, attempts = Empty);
        Self {
            observer,
            counters,
            operation,
            started: Instant::now(),
            span,
            attempts: 0,
            address: None,
            has_ended: false,
        }
    }

    /// When an operation that may take `limit` has to end.
    pub(crate) fn deadline(&self, limit: Duration) -> Deadline {
        let at = self.started + limit.min(FAR);
        Deadline { at, limit }
    }

    /// The span of the operation, if somebody traces.
    pub(crate) fn span(&self) -> Option<Span> {
        (!self.span.is_disabled()).then(|| self.span.clone())
    }

    /// Notes an attempt at the node of `address`.
    pub(crate) fn attempt(&mut self, address: &Address) {
        self.attempts += 1;
        if !self.span.is_disabled() {
            self.span.record("node", display(address));
            self.span.record("attempts", self.attempts);
        }
        if self.observer.has_listeners() {
            self.address = Some(address.clone());
        }
    }

    /// Notes that the last attempt failed and another one follows.
    pub(crate) fn repeat(&self, error: &Error) {
        self.counters.retried();
        let (operation, attempt) = (self.operation, self.attempts);
        tracing::debug!(operation, attempt, %error, "repeating");
        self.observer.tell(&ClientEvent::Retry {
            operation,
            attempt,
            error,
        });
    }

    /// Notes the end: when the answer was read, or why there is none.
    ///
    /// The driver looks at the clock once for all answers that it reads together.
    pub(crate) fn end(mut self, outcome: Result<Instant, &Error>) {
        self.has_ended = true;
        let error = outcome.err();
        let ended = outcome.unwrap_or_else(|_| Instant::now());
        let took = ended.saturating_duration_since(self.started);
        self.counters.finished(took, error.is_some());
        let is_slow = took >= self.observer.slow_request;
        if is_slow {
            tracing::debug!(operation = self.operation, ?took, "slow");
        }
        if self.observer.has_listeners() {
            self.tell_end(took, is_slow, error);
        }
    }

    fn tell_end(&self, took: Duration, is_slow: bool, error: Option<&Error>) {
        let (operation, address) = (self.operation, self.address.as_ref());
        self.observer.tell(&ClientEvent::RequestFinished {
            operation,
            address,
            attempts: self.attempts,
            took,
            error,
        });
        if is_slow {
            self.observer.tell(&ClientEvent::SlowRequest {
                operation,
                address,
                took,
            });
        }
    }
}

impl Drop for Observation<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.counters.cancelled();
        }
    }
}
