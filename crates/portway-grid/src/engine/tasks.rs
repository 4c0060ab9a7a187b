//! Compute tasks that run: who started them, and that they are to stop.

use portway_ignite_protocol::{RawValue, ResourceId};
use tokio::sync::oneshot;

use super::listeners::News;
use super::{ConnectionId, Engine, EngineError};

/// Fails when the task is to stop; nothing is ever sent.
pub(crate) type StopSignal = oneshot::Receiver<()>;

/// A task that runs. It stops when this is dropped.
#[derive(Debug)]
pub(super) struct RunningTask {
    _stop: oneshot::Sender<()>,
    number: u64,
    name: String,
    begun: i64,
}

/// What is shown of a task that runs.
#[derive(Debug)]
pub(crate) struct TaskInView<'a> {
    /// Which of the grid's tasks it is.
    pub(crate) number: u64,
    pub(crate) name: &'a str,
    /// Milliseconds since the epoch.
    pub(crate) begun: i64,
}

/// What a client is told of a task that it cancelled.
const CANCELLED: &str = "Task was cancelled";

impl Engine {
    /// Takes a place for a task, and a number, which is used up even when the task does not start.
    /// There are `at_least` so many places, whatever the limit.
    pub(crate) fn open_task(
        &mut self,
        connection: ConnectionId,
        at_least: usize,
        name: &str,
        now: i64,
    ) -> Result<(ResourceId, StopSignal), EngineError> {
        let limit = self.limits.tasks_per_connection.max(at_least);
        if limit == 0 {
            return Err(EngineError::ComputeDisabled);
        }
        if self.tasks.count(connection) >= limit {
            return Err(EngineError::TooManyTasks { limit });
        }
        let id = self.next_resource(connection);
        let (stop, signal) = oneshot::channel();
        self.last_task += 1;
        let task = RunningTask {
            _stop: stop,
            number: self.last_task,
            name: name.to_owned(),
            begun: now,
        };
        self.tasks.insert(connection, id, task);
        Ok((id, signal))
    }

    /// The tasks that run.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = TaskInView<'_>> {
        self.tasks.values().map(|task| TaskInView {
            number: task.number,
            name: &task.name,
            begun: task.begun,
        })
    }

    /// Stops the task with this number; one that is not there needs nothing.
    pub(crate) fn kill_task(&mut self, number: u64) {
        let mut tasks = self.tasks.iter();
        let found = tasks.find(|(_, _, task)| task.number == number);
        let found = found.map(|(connection, id, _)| (connection, id));
        drop(tasks);
        if let Some((connection, id)) = found {
            self.cancel_task(connection, id);
        }
    }

    /// Gives the place of a task back that did not start.
    pub(crate) fn forget_task(&mut self, connection: ConnectionId, id: ResourceId) {
        self.tasks.remove(connection, id);
    }

    /// Tells whoever started a task what came of it, unless that was cancelled meanwhile.
    pub(crate) fn finish_task(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        result: Result<RawValue, String>,
    ) {
        if self.tasks.remove(connection, id) {
            self.listeners
                .tell(connection, id, News::TaskFinished(result));
        }
    }

    /// Stops a task. A real node tells even whoever did it.
    pub(super) fn cancel_task(&mut self, connection: ConnectionId, id: ResourceId) -> bool {
        let was_running = self.tasks.remove(connection, id);
        if was_running {
            let result = Err(CANCELLED.to_owned());
            self.listeners
                .tell(connection, id, News::TaskFinished(result));
        }
        was_running
    }
}
