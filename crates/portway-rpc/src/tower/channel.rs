//! The client's side: channels as services, services as channels.

use std::{
    fmt,
    future::{Future, poll_fn},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tower_service::Service;

use super::{BoxError, Prototype, status};
use crate::{Call, Method, Request, Status, guard::until};

/// A method on a channel, as a service of tower: [`Request`] to response, failing with [`Status`].
pub struct MethodService<M, C> {
    channel: Arc<C>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method, C: Call<M>> MethodService<M, C> {
    /// Calls the method on `channel`.
    pub fn new(channel: impl Into<Arc<C>>) -> Self {
        Self {
            channel: channel.into(),
            method: PhantomData,
        }
    }
}

impl<M: Method, C: Call<M> + 'static> Service<Request<M::Request>> for MethodService<M, C> {
    type Response = M::Response;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<M::Response, Status>> + Send>>;

    /// Always ready: what limits a channel does so in the call.
    fn poll_ready(&mut self, _task: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<M::Request>) -> Self::Future {
        let channel = Arc::clone(&self.channel);
        Box::pin(async move { channel.call(request).await })
    }
}

impl<M, C> Clone for MethodService<M, C> {
    fn clone(&self) -> Self {
        Self {
            channel: Arc::clone(&self.channel),
            method: PhantomData,
        }
    }
}

impl<M: Method, C> fmt::Debug for MethodService<M, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("MethodService")
            .field(&M::NAME)
            .finish()
    }
}

/// A service of tower as a channel for the method whose [`Request`] it takes.
///
/// It is cloned for each call, as tower has it. An error that is a [`Status`] stays one, another is
/// [`Code::Unknown`](crate::Code::Unknown) with its text.
#[derive(Debug)]
pub struct ServiceChannel<S> {
    service: Prototype<S>,
}

impl<S: Clone> ServiceChannel<S> {
    /// Makes a channel of `service`.
    pub fn new(service: S) -> Self {
        Self {
            service: Prototype::new(service),
        }
    }
}

impl<S: Clone> Clone for ServiceChannel<S> {
    fn clone(&self) -> Self {
        Self::new(self.service.copy())
    }
}

impl<M, S> Call<M> for ServiceChannel<S>
where
    M: Method,
    S: Service<Request<M::Request>, Response = M::Response> + Clone + Send,
    S::Error: Into<BoxError>,
    S::Future: Send,
{
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (message, options) = request.into_parts();
        let (deadline, parent) = (options.deadline(), options.parent_cancellation());
        let mut service = self.service.copy();
        let ready = async {
            let ready = poll_fn(|task| service.poll_ready(task)).await;
            ready.map_err(status)
        };
        // A layer that lets callers wait knows nothing of deadlines.
        until(deadline, parent.as_ref(), ready).await?;
        let request = Request::with_options(message, options.until(deadline));
        service.call(request).await.map_err(status)
    }
}
