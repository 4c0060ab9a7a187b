//! The client's side: channels.

use std::{future::Future, sync::Arc};

use crate::{Method, Receiving, Request, Sending, Status};

/// A channel that carries a method with one request and one response.
///
/// Generated clients are generic over it: a channel of any transport fits, and so does one that
/// wraps another to repeat, to limit or to balance.
#[diagnostic::on_unimplemented(
    message = "the channel `{Self}` cannot carry the method `{M}`",
    note = "gRPC and NATS carry methods of a `.proto` only"
)]
pub trait Call<M: Method>: Send + Sync {
    /// Calls the method.
    ///
    /// The context of the call is [`CallOptions::into_context`](crate::CallOptions::into_context)
    /// of the request's options.
    ///
    /// # Errors
    /// What the handler answered; or what the transport says, with the code of its reason.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the call: the handler is told. It may have been carried out.
    fn call(
        &self,
        request: Request<M::Request>,
    ) -> impl Future<Output = Result<M::Response, Status>> + Send;
}

/// A channel that carries a method with streams.
#[diagnostic::on_unimplemented(
    message = "the channel `{Self}` cannot carry the streams of the method `{M}`",
    note = "gRPC carries methods of a `.proto` only, NATS carries no streams"
)]
pub trait Open<M: Method>: Send + Sync {
    /// Opens the streams of the method. A `first` request that is `Some` is also the only one.
    ///
    /// # Errors
    /// What the transport says; a refusal by the server comes with the first response.
    ///
    /// # Cancel safety
    /// Dropping the future, or later the receiving half, cancels the call.
    fn open(
        &self,
        request: Request<Option<M::Request>>,
    ) -> impl Future<Output = Result<Streams<M>, Status>> + Send;
}

/// Both halves of the streams of a method, as its client holds them.
pub type Streams<M> = (
    Sending<<M as Method>::Request>,
    Receiving<<M as Method>::Response>,
);

impl<M: Method, C: Call<M>> Call<M> for Arc<C> {
    fn call(
        &self,
        request: Request<M::Request>,
    ) -> impl Future<Output = Result<M::Response, Status>> + Send {
        (**self).call(request)
    }
}

impl<M: Method, C: Open<M>> Open<M> for Arc<C> {
    fn open(
        &self,
        request: Request<Option<M::Request>>,
    ) -> impl Future<Output = Result<Streams<M>, Status>> + Send {
        (**self).open(request)
    }
}
