//! The patterns inside a process: bodies move as values, no bytes are made of them.

mod queue;
mod reliable;
mod shelf;
mod topic;

pub use queue::{LocalPull, LocalPush, queue};
pub use reliable::{
    LocalDeadLetters, LocalQueueOptions, ReliablePull, ReliablePush, reliable_queue,
};
pub use topic::{LocalSubscriber, LocalTopic, topic};
