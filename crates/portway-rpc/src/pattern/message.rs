//! A message: a typed body, and metadata beside it.

use std::time::Duration;

use crate::{Metadata, TRACEPARENT, TraceParent, format_timeout, parse_timeout};

/// The metadata that says how long the work may take.
const TIMEOUT: &str = "grpc-timeout";

/// A body with its metadata, which travels in the transport's own headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<T> {
    /// What is told about the body: `traceparent`, `grpc-timeout` and what the program adds.
    pub metadata: Metadata,
    /// The body.
    pub body: T,
}

impl<T> Message<T> {
    /// Makes a message without metadata.
    pub const fn new(body: T) -> Self {
        let metadata = Metadata::new();
        Self { metadata, body }
    }

    /// Replaces the metadata.
    #[must_use]
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// Says how long the work on it may take once a receiver has it; [`timeout`](Self::timeout) at
    /// the other end. The waiting in a queue does not count, for no clock is shared.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.set(TIMEOUT, format_timeout(timeout));
        self
    }

    /// Makes it part of a trace.
    #[must_use]
    pub fn with_trace(mut self, trace: TraceParent) -> Self {
        self.set(TRACEPARENT, trace.to_string());
        self
    }

    /// Continues the trace of the message that caused this one.
    #[must_use]
    pub fn caused_by<U>(self, cause: &Message<U>) -> Self {
        match cause.trace() {
            Some(trace) => self.with_trace(trace.child()),
            None => self,
        }
    }

    /// Returns how long the work may take, if the sender said so.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.metadata.text(TIMEOUT).and_then(parse_timeout)
    }

    /// Returns the trace that it belongs to, if any.
    #[must_use]
    pub fn trace(&self) -> Option<TraceParent> {
        self.metadata.text(TRACEPARENT)?.parse().ok()
    }

    fn set(&mut self, name: &'static str, value: String) {
        // Without room in the metadata the message goes without it: it is of use to observers, and
        // no reason to fail.
        if let Err(error) = self.metadata.insert(name, value) {
            tracing::debug!(%error, "a message goes without {name}");
        }
    }
}

impl<T> From<T> for Message<T> {
    fn from(body: T) -> Self {
        Self::new(body)
    }
}
