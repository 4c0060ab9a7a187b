//! Functions of the program that embeds the grid: each call is a task of the runtime, ends with its
//! connection, and never holds the grid's lock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Weak;
use std::task::Poll;
use std::time::Duration;

use portway_ignite_protocol::{RequestHeader, ResourceId};
use tokio::task::JoinSet;

use super::core::Core;
use super::lock;
use super::shared::{Served, Shared};
use crate::engine::{ConnectionId, EngineError};
use crate::functions::FunctionFuture;
use crate::session::{FunctionResult, StartedCall, StartedTask, task_result, timed_out};

/// Calls of services of one connection that may run at once: each keeps its arguments in memory. A
/// real node lets them wait for one of its few threads.
const CALLS_PER_CONNECTION: usize = 1024;

/// What is told where a function panicked: its message is for the log of who wrote it.
const PANICKED: &str = "The function failed by a panic; the log of the grid's program says more";

/// What runs for one connection. Dropping it ends all.
#[derive(Debug, Default)]
pub(super) struct Running {
    tasks: JoinSet<()>,
    calls: JoinSet<()>,
}

impl Running {
    /// Forgets what has ended.
    fn tidy(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        while self.calls.try_join_next().is_some() {}
    }
}

impl Core {
    /// Lets a task run whose number is on its way to the client.
    pub(super) fn start_task(
        &mut self,
        connection: ConnectionId,
        task: StartedTask,
        served: &Served<'_>,
    ) {
        let Some(running) = self.running(connection) else {
            return;
        };
        running.tidy();
        let shared = Weak::clone(served.shared);
        running.tasks.spawn(async move {
            let id = task.id;
            if let Some(result) = finished(task).await
                && let Some(shared) = shared.upgrade()
            {
                shared.finish_task(connection, id, result);
            }
        });
    }

    /// Lets a call of a service run; its answer follows.
    pub(super) fn start_call(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        call: StartedCall,
        served: &Served<'_>,
    ) {
        let Some(running) = self.running(connection) else {
            return;
        };
        running.tidy();
        if running.calls.len() >= CALLS_PER_CONNECTION {
            let limit = CALLS_PER_CONNECTION;
            self.refuse(
                connection,
                header,
                EngineError::TooManyCalls { limit },
                served,
            );
            return;
        }
        let shared = Weak::clone(served.shared);
        running.calls.spawn(async move {
            let result = guarded(call.future).await;
            if let Some(shared) = shared.upgrade() {
                shared.finish_call(connection, header, result);
            }
        });
    }
}

impl Shared {
    fn finish_task(&self, connection: ConnectionId, id: ResourceId, result: FunctionResult) {
        let mut core = lock(&self.core);
        let result = task_result(&mut core.engine, result);
        core.engine.finish_task(connection, id, result);
        core.send_notifications(&self.served());
    }

    fn finish_call(&self, connection: ConnectionId, header: RequestHeader, result: FunctionResult) {
        lock(&self.core).answer_call(connection, header, result, &self.served());
    }
}

/// What came of a task; nothing when it was stopped.
async fn finished(task: StartedTask) -> Option<FunctionResult> {
    let limited = limited(task.future, task.timeout, task.name);
    tokio::select! {
        result = limited => Some(result),
        // It ends when the engine forgets the task.
        _ = task.stop => None,
    }
}

async fn limited(
    future: FunctionFuture,
    timeout: Option<Duration>,
    name: String,
) -> FunctionResult {
    let Some(timeout) = timeout else {
        return guarded(future).await;
    };
    let result = tokio::time::timeout(timeout, guarded(future)).await;
    result.unwrap_or_else(|_| Err(timed_out(&name)))
}

/// Makes a failure of a panic.
async fn guarded(mut future: FunctionFuture) -> FunctionResult {
    std::future::poll_fn(move |context| {
        // After a panic the future is not polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut future).poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(PANICKED.to_owned())))
    })
    .await
}
