//! The settings of queues and topics at least once.

use std::time::Duration;

/// Messages that a stream keeps, unless told otherwise.
const DEFAULT_CAPACITY: u32 = 1_000_000;

/// How often a message is delivered, unless told otherwise.
const DEFAULT_DELIVERY_LIMIT: u32 = 5;

/// How long the server waits for an acknowledgement, unless told otherwise; NATS' own default.
const DEFAULT_ACKNOWLEDGEMENT_WAIT: Duration = Duration::from_secs(30);

/// Messages that are with one receiver at once, unless told otherwise.
const DEFAULT_PREFETCH: u16 = 16;

/// How long a message is sent again and again, unless told otherwise.
const DEFAULT_SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of a queue or topic of [`JetStream`](super::JetStream). Both ends should be given
/// the same ones: who is first makes the stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JetStreamOptions {
    pub(super) capacity: u32,
    pub(super) delivery_limit: u32,
    pub(super) acknowledgement_wait: Duration,
    pub(super) prefetch: u16,
    pub(super) send_timeout: Duration,
}

impl Default for JetStreamOptions {
    fn default() -> Self {
        Self {
            capacity: DEFAULT_CAPACITY,
            delivery_limit: DEFAULT_DELIVERY_LIMIT,
            acknowledgement_wait: DEFAULT_ACKNOWLEDGEMENT_WAIT,
            prefetch: DEFAULT_PREFETCH,
            send_timeout: DEFAULT_SEND_TIMEOUT,
        }
    }
}

impl JetStreamOptions {
    /// The stream keeps up to so many messages; then whoever sends waits. A million by default.
    #[must_use]
    pub fn capacity(self, messages: u32) -> Self {
        let capacity = messages.max(1);
        Self { capacity, ..self }
    }

    /// A message that was delivered so often without being acknowledged goes to the dead letters. 5
    /// by default. Receivers see to it, not the server: of a foreign worker it asks the same care.
    #[must_use]
    pub fn delivery_limit(self, deliveries: u32) -> Self {
        let delivery_limit = deliveries.max(1);
        Self {
            delivery_limit,
            ..self
        }
    }

    /// A delivery that is not settled for so long goes to another receiver. 30 s by default. It must
    /// be longer than the work on [`prefetch`](Self::prefetch) messages takes.
    #[must_use]
    pub fn acknowledgement_wait(self, wait: Duration) -> Self {
        Self {
            acknowledgement_wait: wait,
            ..self
        }
    }

    /// Up to so many messages are on their way to one receiver, or with it. 16 by default; 1 deals
    /// long work out most evenly, some hundreds carry short work fastest.
    #[must_use]
    pub fn prefetch(self, messages: u16) -> Self {
        let prefetch = messages.max(1);
        Self { prefetch, ..self }
    }

    /// How long a message is sent again when no word comes, or the stream is full, before the caller
    /// is told. 30 s by default: that bridges a server that restarts.
    #[must_use]
    pub fn send_timeout(self, timeout: Duration) -> Self {
        Self {
            send_timeout: timeout,
            ..self
        }
    }
}
