//! The server's side: handlers.

use std::{future::Future, sync::Arc};

use crate::{Context, Method, Receiving, Sending, Status};

/// What serves a method with one request and one response.
///
/// Generated servers implement it for each method of the trait that one writes.
pub trait Handle<M: Method>: Send + Sync + 'static {
    /// Serves one call. The future is dropped when the call is cancelled or late.
    fn handle(
        &self,
        context: Context,
        request: M::Request,
    ) -> impl Future<Output = Result<M::Response, Status>> + Send;
}

/// What serves a method with streams; a side that sends one message only has a stream of one.
pub trait HandleStream<M: Method>: Send + Sync + 'static {
    /// Serves one call. What it returns is the status behind the last response; the future is
    /// dropped when the call is cancelled or late.
    fn handle_stream(
        &self,
        context: Context,
        requests: Receiving<M::Request>,
        responses: Sending<M::Response>,
    ) -> impl Future<Output = Result<(), Status>> + Send;
}

/// A service: handlers for all methods of one definition.
///
/// Transports learn of the methods by [`Service::visit`].
pub trait Service: Send + Sync + Sized + 'static {
    /// Which transports the messages can take: [`AnyTransport`] or [`FramedOnly`].
    type Reach: Reach;
    /// The name with its package, such as `hello.Greeter`.
    const NAME: &'static str;

    /// Shows all methods to `visitor`.
    fn visit<V: Visit<Self>>(visitor: &mut V);
}

/// Sees each method of a service `S` once.
pub trait Visit<S> {
    /// Sees a method with one request and one response.
    fn unary<M: Method>(&mut self)
    where
        S: Handle<M>;

    /// Sees a method with streams.
    fn streaming<M: Method>(&mut self)
    where
        S: HandleStream<M>;
}

/// Which transports the messages of services can take.
pub trait Reach: Send + Sync + 'static {
    /// What is left when services of this and of another reach are served together.
    type And<R: Reach>: Reach;
}

/// The messages are protocol buffers: every transport carries them.
#[derive(Clone, Copy, Debug)]
pub struct AnyTransport;

/// The messages are of serde: in-process and framed only.
#[derive(Clone, Copy, Debug)]
pub struct FramedOnly;

impl Reach for AnyTransport {
    type And<R: Reach> = R;
}

impl Reach for FramedOnly {
    type And<R: Reach> = FramedOnly;
}

impl<M: Method, H: Handle<M>> Handle<M> for Arc<H> {
    fn handle(
        &self,
        context: Context,
        request: M::Request,
    ) -> impl Future<Output = Result<M::Response, Status>> + Send {
        (**self).handle(context, request)
    }
}

impl<M: Method, H: HandleStream<M>> HandleStream<M> for Arc<H> {
    fn handle_stream(
        &self,
        context: Context,
        requests: Receiving<M::Request>,
        responses: Sending<M::Response>,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        (**self).handle_stream(context, requests, responses)
    }
}
