//! Calls within the process: the message moves as a typed value, there are no bytes.

mod pipe;
mod workers;

use std::{fmt, future::Future, sync::Arc};

use tokio::{task::JoinHandle, time::Instant};

use crate::{
    Call, CallOptions, Context, Handle, HandleStream, Method, Open, ReplyMetadata, Request, Status,
    Streams,
    guard::{Within, catch_panics, within},
    in_process::{pipe::pipe, workers::Workers},
};

/// How many messages of a stream wait in the process before the sender is held back.
///
/// They are values, not bytes: enough that neither side waits for each message of the other, few
/// enough that a reader who stops costs little.
pub const IN_PROCESS_WINDOW: usize = 64;

/// A channel to a service in this process.
///
/// A call runs the handler inside of the caller's own task, as an ordinary function: no queue,
/// no bytes, no task. [`InProcess::across_tasks`] gives every call a task of its own, so that
/// calls of one task run on several processors. Deadline, cancellation and nested contexts are
/// the same as on every other transport.
///
/// Streams run their handler in a task of its own and so need a Tokio runtime, as deadlines do.
pub struct InProcess<S> {
    service: Arc<S>,
    execution: Execution,
    workers: Arc<Workers>,
}

/// Where handlers of unary calls run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Execution {
    Caller,
    OwnTask,
}

impl<S> InProcess<S> {
    /// Makes a channel to `service`, whose handlers run inside of the caller's task.
    pub fn new(service: impl Into<Arc<S>>) -> Self {
        Self {
            service: service.into(),
            execution: Execution::Caller,
            workers: Arc::default(),
        }
    }

    /// Gives every call a task of its own, in the Tokio runtime that awaits it.
    ///
    /// Such a task waits for another call once its own is done, since making one costs more than
    /// the call. At most 128 wait for each channel (clones are the same channel); they end with it.
    #[must_use]
    pub fn across_tasks(mut self) -> Self {
        self.execution = Execution::OwnTask;
        self
    }
}

impl<M: Method, S: Handle<M>> Call<M> for InProcess<S> {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (message, options) = request.into_parts();
        let now = Instant::now();
        let (context, reply) = options.into_context_at(now);
        let captured = reply.map(|reply| (context.clone(), reply));
        let result = match self.execution {
            Execution::Caller => {
                serve::<M, S>(&self.service, context, message)
                    .begun(now)
                    .await
            }
            Execution::OwnTask => {
                let service = Arc::clone(&self.service);
                let work = async move { serve::<M, S>(&service, context, message).await };
                self.workers.run(work).await.unwrap_or_else(|| {
                    Err(Status::unavailable(
                        "the task of the call ended without an answer: the runtime stops",
                    ))
                })
            }
        };
        if let Some((context, reply)) = captured {
            capture(&context, &reply);
        }
        result
    }
}

/// Runs one handler with everything that stands around it.
fn serve<M: Method, S: Handle<M>>(
    service: &S,
    context: Context,
    message: M::Request,
) -> Within<impl Future<Output = Result<M::Response, Status>>> {
    let handler = context.scope(service.handle(context.clone(), message));
    within(context, catch_panics(handler))
}

impl<M: Method, S: HandleStream<M>> Open<M> for InProcess<S> {
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        let (first, options) = request.into_parts();
        let (context, reply) = CallOptions::into_context(options);
        let (mut requests, incoming) = pipe(IN_PROCESS_WINDOW, Some(context.clone()));
        let (outgoing, responses) = pipe(IN_PROCESS_WINDOW, None);
        if let Some(message) = first {
            requests.push_only(message);
        }
        let (service, ending) = (Arc::clone(&self.service), outgoing.ending());
        let work = async move {
            let handler = service.handle_stream(context.clone(), incoming.into(), outgoing.into());
            let result = within(context.clone(), catch_panics(context.scope(handler))).await;
            if let Some(reply) = &reply {
                capture(&context, reply);
            }
            ending.end(result);
        };
        let task = Aborting(tokio::spawn(work));
        Ok((requests.into(), responses.keeping(task).into()))
    }
}

/// Hands the metadata of the handler to a caller who asked for it.
fn capture(context: &Context, reply: &ReplyMetadata) {
    reply.set_leading(context.take_leading());
    reply.set_trailing(context.take_trailing());
}

/// A task that does not outlive its holder.
pub(crate) struct Aborting<T>(pub(crate) JoinHandle<T>);

impl<T> Drop for Aborting<T> {
    fn drop(&mut self) {
        // To abort a task that is done costs more than to ask.
        if !self.0.is_finished() {
            self.0.abort();
        }
    }
}

impl<S> Clone for InProcess<S> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            execution: self.execution,
            workers: Arc::clone(&self.workers),
        }
    }
}

impl<S> fmt::Debug for InProcess<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InProcess")
            .field("execution", &self.execution)
            .finish_non_exhaustive()
    }
}
