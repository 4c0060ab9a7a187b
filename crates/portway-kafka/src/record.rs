//! Records, and where they are.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use portway_rpc::pattern::Message;

/// Where a record is in its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Position {
    /// The partition, from 0.
    pub partition: i32,
    /// The number of the record in the partition, from 0.
    pub offset: i64,
}

impl Position {
    /// The position of a record that the program has kept.
    pub const fn new(partition: i32, offset: i64) -> Self {
        Self { partition, offset }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "offset {} of partition {}",
            self.offset, self.partition
        )
    }
}

/// A record that was read.
#[derive(Clone, Debug)]
pub struct Record<T> {
    pub(crate) position: Position,
    pub(crate) key: Option<Bytes>,
    pub(crate) milliseconds: Option<i64>,
    pub(crate) message: Message<T>,
}

impl<T> Record<T> {
    /// Returns where it is.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns the key: records of one key are in one partition, in their order.
    pub fn key(&self) -> Option<&Bytes> {
        self.key.as_ref()
    }

    /// Returns when it was sent, or when the broker got it: the topic's `message.timestamp.type`
    /// says which.
    pub fn timestamp(&self) -> Option<SystemTime> {
        let milliseconds = u64::try_from(self.milliseconds?).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
    }

    /// Returns the body.
    pub fn body(&self) -> &T {
        &self.message.body
    }

    /// Returns the body with its metadata, its trace and its time-out.
    pub fn message(&self) -> &Message<T> {
        &self.message
    }

    /// Takes the message out.
    pub fn into_message(self) -> Message<T> {
        self.message
    }
}
