//! Compute tasks, 6000 and 6001: functions of the program that embeds the grid.

use std::time::Duration;

use portway_ignite_protocol::{ExecuteTask, NodeId, ServerError};

use super::Context;
use super::answer::{Body, body, failed};
use super::functions::StartedTask;
use super::known_types::KnownTypes;
use crate::functions::{FunctionFuture, SNAPSHOT_TASK, TaskCall};

impl Context<'_> {
    /// Answers the number of the task, which begins to run after that answer.
    pub(super) fn execute_task(&mut self, request: &ExecuteTask) -> Result<Body, ServerError> {
        let at_least = usize::from(request.task == SNAPSHOT_TASK);
        let (id, stop) =
            self.engine
                .open_task(self.connection, at_least, &request.task, self.now)?;
        let timeout = timeout(request.timeout);
        match self.begin_task(request, timeout) {
            Ok(future) => {
                self.started = Some(Box::new(StartedTask {
                    id,
                    future,
                    stop,
                    timeout,
                    name: request.task.clone(),
                }));
                Ok(body(&id, self.dialect))
            }
            Err(error) => {
                self.engine.forget_task(self.connection, id);
                Err(error)
            }
        }
    }

    fn begin_task(
        &self,
        request: &ExecuteTask,
        timeout: Option<Duration>,
    ) -> Result<FunctionFuture, ServerError> {
        let name = &request.task;
        let Some(function) = self.host.functions.task(name) else {
            return Err(failed(format!(
                "Unknown task name or failed to auto-deploy task (was task (re|un)deployed?): {name}"
            )));
        };
        if !self.offers_this_node(&request.nodes) {
            return Err(failed("Topology projection is empty."));
        }
        let call = TaskCall {
            node: self.host.node,
            flags: request.flags,
            timeout,
        };
        if timeout == Some(Duration::ZERO) {
            return Err(failed(timed_out(name)));
        }
        let begun = function(call, &request.argument, &KnownTypes::of(self.engine));
        // A real node finds out when the task runs.
        Ok(begun.unwrap_or_else(|error| {
            let message = format!("The argument of task {name} cannot be read: {error}");
            FunctionFuture::new(std::future::ready(Err(message)))
        }))
    }

    /// Whether a request is for this node: none at all stands for all servers.
    pub(super) fn offers_this_node(&self, nodes: &[NodeId]) -> bool {
        nodes.is_empty() || nodes.contains(&NodeId(self.host.node))
    }
}

/// What a client is told of a task that took longer than it allows.
pub(crate) fn timed_out(task: &str) -> String {
    format!("Task timed out (check logs for error messages): {task}")
}

/// Zero stands for never, and what is below for a time that is over already.
fn timeout(milliseconds: i64) -> Option<Duration> {
    match u64::try_from(milliseconds) {
        Ok(0) => None,
        Ok(milliseconds) => Some(Duration::from_millis(milliseconds)),
        Err(_) => Some(Duration::ZERO),
    }
}
