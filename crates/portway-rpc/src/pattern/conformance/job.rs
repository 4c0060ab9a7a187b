//! What the checks send.

use serde::{Deserialize, Serialize};

use crate::pattern::{Message, Received};

/// The delivery limit of the queues that the checks are given.
pub const DELIVERY_LIMIT: u32 = 3;

/// A numbered piece of work: as a message of protobuf it has the number in field 1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, prost::Message)]
pub struct Job {
    /// Tells jobs apart.
    #[prost(uint64, tag = "1")]
    pub number: u64,
}

impl Job {
    /// Makes the job of this number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self { number }
    }
}

/// The message, where none may be missed.
pub(super) fn message<T>(received: Received<T>) -> Message<T> {
    match received {
        Received::Message(message) => message,
        Received::Missed(missed) => panic!("messages were missed: {missed}"),
    }
}
