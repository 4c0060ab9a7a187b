//! Compute tasks (operations 6000 and 6001).
//!
//! ```text
//! execute  nodes i32 n x uuid | flags u8 | time-out i64 | class str | argument value
//! answer   task i64
//! finished notification with the task as resource: result value
//! ```

use crate::cluster::NodeId;
use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::value::RawValue;

/// How a task is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TaskFlags {
    /// A job that fails is not moved to another node.
    pub no_failover: bool,
    /// The results of jobs are not kept until all are there.
    pub no_result_cache: bool,
    /// The task gets its argument as a binary object.
    pub keep_binary: bool,
}

impl TaskFlags {
    const NO_FAILOVER: u8 = 1;
    const NO_RESULT_CACHE: u8 = 2;
    const KEEP_BINARY: u8 = 4;
}

/// One byte.
impl Layout for TaskFlags {
    fn encode(&self, writer: &mut Writer) {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        writer.u8(flag(self.no_failover, Self::NO_FAILOVER)
            | flag(self.no_result_cache, Self::NO_RESULT_CACHE)
            | flag(self.keep_binary, Self::KEEP_BINARY));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = reader.u8()?;
        Ok(Self {
            no_failover: flags & Self::NO_FAILOVER != 0,
            no_result_cache: flags & Self::NO_RESULT_CACHE != 0,
            keep_binary: flags & Self::KEEP_BINARY != 0,
        })
    }
}

/// Runs a task of a class that the servers know. Answers a [`ResourceId`](crate::ResourceId);
/// closing that cancels the task. One notification with the result, a [`RawValue`], or an error
/// ends the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecuteTask {
    /// The nodes that may run it; empty for all servers.
    pub nodes: Vec<NodeId>,
    /// How it is carried out.
    pub flags: TaskFlags,
    /// After how many milliseconds it fails; 0 for never.
    pub timeout: i64,
    /// The name of its class.
    pub task: String,
    /// What it is given.
    pub argument: RawValue,
}

sequence!(ExecuteTask {
    nodes: Vec<NodeId>,
    flags: TaskFlags,
    timeout: i64,
    task: String,
    argument: RawValue,
});
