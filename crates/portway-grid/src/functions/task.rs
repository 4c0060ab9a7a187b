//! Compute tasks.

use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{
    DecodeError, RawValue, ReadValue, SchemaSource, TaskFlags, WriteValue,
};
use uuid::Uuid;

use super::answer::{Answered, FunctionFuture};

/// The name of the task by which clients have a snapshot made: its argument is the name of the
/// snapshot, its result the folder of it on the grid's machine. Every durable grid has it, whatever
/// [`Limits::tasks_per_connection`](crate::Limits::tasks_per_connection) says of other tasks.
pub const SNAPSHOT_TASK: &str = "portway.snapshot";

/// What a task is told beside its argument.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskCall {
    /// The grid's node, on which the task runs: there is no other.
    pub node: Uuid,
    /// How the client wants it carried out. One node has nothing to fail over to, no results of
    /// other nodes, and no classes: they change nothing by themselves.
    pub flags: TaskFlags,
    /// After which time it is dropped; `None` for never.
    pub timeout: Option<Duration>,
}

/// Begins a task, if it can read the argument.
pub(crate) type TaskFunction = dyn Fn(TaskCall, &RawValue, &dyn SchemaSource) -> Result<FunctionFuture, DecodeError>
    + Send
    + Sync;

/// Hides the types of a task.
pub(crate) fn task_function<A, R, F>(
    function: impl Fn(TaskCall, A) -> F + Send + Sync + 'static,
) -> Arc<TaskFunction>
where
    A: ReadValue + Send + 'static,
    R: WriteValue,
    F: Future<Output = Result<R, String>> + Send + 'static,
{
    let function = Arc::new(function);
    Arc::new(move |call, argument, schemas| {
        let argument: A = argument.read_with(schemas)?;
        let function = Arc::clone(&function);
        // The function itself begins in the task too: nobody waits for it, and its panics are its own.
        Ok(FunctionFuture::new(async move {
            let running = function(call, argument);
            Answered::new(&running.await?)
        }))
    })
}
