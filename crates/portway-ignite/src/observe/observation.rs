//! One operation, from its beginning to its end.

use std::sync::Arc;
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
    attempts: u32,
    has_ended: bool,
    /// What is told to those who trace or listen, if there are any.
    audience: Option<Box<Audience>>,
}

/// Those who hear of one operation, and what only they want to know.
struct Audience {
    /// Disabled where nobody traces.
    span: Span,
    /// The node that was asked last.
    address: Option<Address>,
}

impl<'o> Observation<'o> {
    pub(super) fn begin(
        observer: &'o Observer,
        counters: &'o OperationCounters,
        operation: &'static str,
        cache: Option<&Arc<str>>,
    ) -> Self {
        counters.started();
        Self {
            observer,
            counters,
            operation,
            started: Instant::now(),
            attempts: 0,
            has_ended: false,
            audience: Audience::of(observer, operation, cache),
        }
    }

    /// When an operation that may take `limit` has to end.
    pub(crate) fn deadline(&self, limit: Duration) -> Deadline {
        let at = self.started + limit.min(FAR);
        Deadline { at, limit }
    }

    /// The span of the operation, if somebody traces.
    pub(crate) fn span(&self) -> Option<Span> {
        let span = self.audience.as_ref().map(|audience| &audience.span);
        span.filter(|span| !span.is_disabled()).cloned()
    }

    /// Notes an attempt at the node of `address`.
    #[inline]
    pub(crate) fn attempt(&mut self, address: &Address) {
        self.attempts += 1;
        if let Some(audience) = &mut self.audience {
            audience.attempt(address, self.attempts);
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
    pub(crate) fn end(&mut self, outcome: Result<Instant, &Error>) {
        self.has_ended = true;
        let error = outcome.err();
        let ended = outcome.unwrap_or_else(|_| Instant::now());
        let took = ended.saturating_duration_since(self.started);
        self.counters.finished(took, error.is_some());
        let is_slow = took >= self.observer.slow_request;
        if is_slow {
            tracing::debug!(operation = self.operation, ?took, "slow");
        }
        if let Some(audience) = &self.audience {
            self.tell_end(audience, took, is_slow, error);
        }
    }

    fn tell_end(&self, audience: &Audience, took: Duration, is_slow: bool, error: Option<&Error>) {
        let (operation, address) = (self.operation, audience.address.as_ref());
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

impl Audience {
    fn of(
        observer: &Observer,
        operation: &'static str,
        cache: Option<&Arc<str>>,
    ) -> Option<Box<Self>> {
        let cache = cache.map(|name| &**name);
        let span = tracing::debug_span!("ignite", operation, cache, node = Empty, attempts = Empty);
        if span.is_disabled() && !observer.has_listeners() {
            return None;
        }
        observer.tell(&ClientEvent::RequestStarted { operation });
        Some(Box::new(Self {
            span,
            address: None,
        }))
    }

    fn attempt(&mut self, address: &Address, number: u32) {
        self.span.record("node", display(address));
        self.span.record("attempts", number);
        self.address = Some(address.clone());
    }
}

impl Drop for Observation<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.counters.cancelled();
        }
    }
}
