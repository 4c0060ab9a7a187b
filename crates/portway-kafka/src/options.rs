//! The settings of producers and consumers.

use std::time::Duration;

/// How long a record may be on its way, unless told otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest record, unless told otherwise: the broker's default `message.max.bytes`.
const DEFAULT_MAXIMUM_SIZE: usize = 1 << 20;

/// Who has a record when a send is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acks {
    /// All replicas that keep up: it survives the loss of its leader. The producer sends each record
    /// once even if it has to repeat it (`enable.idempotence`).
    #[default]
    All,
    /// The leader: it is lost with it, if it is before others copied it.
    Leader,
    /// Nobody: it was written to the connection, and has no position.
    None,
}

/// The settings of a producer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProducerOptions {
    pub(crate) acks: Acks,
    pub(crate) timeout: Duration,
    pub(crate) maximum_size: usize,
}

impl Default for ProducerOptions {
    fn default() -> Self {
        Self {
            acks: Acks::default(),
            timeout: DEFAULT_TIMEOUT,
            maximum_size: DEFAULT_MAXIMUM_SIZE,
        }
    }
}

impl ProducerOptions {
    /// Acks of all replicas, 30 s, 1 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets who has a record when a send is answered.
    #[must_use]
    pub fn acks(self, acks: Acks) -> Self {
        Self { acks, ..self }
    }

    /// Sets how long a record may be on its way, repetitions included; also across the restart of a
    /// broker.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets how many bytes a record may have; the broker and the topic have limits of their own.
    #[must_use]
    pub fn maximum_size(self, bytes: usize) -> Self {
        let maximum_size = bytes;
        Self {
            maximum_size,
            ..self
        }
    }
}

/// Where a group begins in a partition in which it has committed nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the oldest record that is kept.
    #[default]
    Oldest,
    /// With the next record that is sent.
    Next,
}

/// The settings of a consumer.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ConsumerOptions {
    pub(crate) start: Start,
    pub(crate) session: Option<Duration>,
}

impl ConsumerOptions {
    /// From the oldest record, with the session time-out of librdkafka (45 s).
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets where a group begins in a partition in which it has committed nothing.
    #[must_use]
    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// Sets after how long without a sign of life the group gives this member's partitions to others;
    /// the broker allows 6 s to 30 min unless told otherwise.
    #[must_use]
    pub fn session_timeout(self, timeout: Duration) -> Self {
        let session = Some(timeout);
        Self { session, ..self }
    }
}
