//! The server's side: a layer around handlers.

use std::{
    any::Any,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use tower_layer::Layer;
use tower_service::Service;

use super::{BoxError, Prototype, status};
use crate::{Context, Intercept, MethodInfo, Status};

type Work = Pin<Box<dyn Future<Output = Result<Outcome, Status>> + Send>>;

/// A call on its way to its handler, as layers see it: of which method, in which context.
pub struct Invocation {
    method: MethodInfo,
    context: Context,
    work: Work,
}

impl Invocation {
    /// Returns the method.
    pub fn method(&self) -> MethodInfo {
        self.method
    }

    /// Returns the context.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Invocation")
            .field("method", &self.method)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// What a handler returned, as layers see it: a response whose type is hidden.
pub struct Outcome {
    response: Box<dyn Any + Send>,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Outcome").finish_non_exhaustive()
    }
}

/// The innermost service: it runs the handler of an [`Invocation`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Handlers;

impl Service<Invocation> for Handlers {
    type Response = Outcome;
    type Error = Status;
    type Future = Work;

    fn poll_ready(&mut self, _task: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, invocation: Invocation) -> Work {
        invocation.work
    }
}

/// A layer of tower as an [`Intercept`]or around all handlers of a service.
///
/// A call with streams passes as one too, which ends with its handler. What a layer fails with is a
/// [`Status`], or [`Code::Unknown`](crate::Code::Unknown) with the text of its error. Request and
/// response pass in a box each: layers that know their types belong around a
/// [`MethodService`](super::MethodService).
#[derive(Debug)]
pub struct Layered<S> {
    service: Prototype<S>,
}

impl<S: Clone> Layered<S> {
    /// Makes an interceptor of `layer`.
    pub fn new<L>(layer: &L) -> Self
    where
        L: Layer<Handlers, Service = S>,
    {
        Self {
            service: Prototype::new(layer.layer(Handlers)),
        }
    }
}

impl<S> Intercept for Layered<S>
where
    S: Service<Invocation, Response = Outcome> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
{
    async fn intercept<T, W>(
        &self,
        method: MethodInfo,
        context: &Context,
        work: W,
    ) -> Result<T, Status>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Status>> + Send + 'static,
    {
        let work = Box::pin(async move {
            let response: Box<dyn Any + Send> = Box::new(work.await?);
            Ok(Outcome { response })
        });
        let invocation = Invocation {
            method,
            context: context.clone(),
            work,
        };
        let mut service = self.service.copy();
        let ready = poll_fn(|task| service.poll_ready(task)).await;
        ready.map_err(status)?;
        let outcome = service.call(invocation).await.map_err(status)?;
        let foreign = |_| Status::internal("a layer answered with the response of another call");
        outcome
            .response
            .downcast()
            .map(|response| *response)
            .map_err(foreign)
    }
}
