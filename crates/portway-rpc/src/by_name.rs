//! Calls of methods that are known by name only, for tools.

use std::future::Future;

use bytes::Bytes;

use crate::{Method, Receiving, Request, Sending, Status};

/// The name of a method, such as `hello.Greeter` and `SayHello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a method has no other names")]
pub struct MethodName<'a> {
    /// The service with its package.
    pub service: &'a str,
    /// The method.
    pub method: &'a str,
}

impl MethodName<'static> {
    /// Returns the name of `M`.
    pub const fn of<M: Method>() -> Self {
        Self {
            service: M::SERVICE,
            method: M::NAME,
        }
    }
}

/// A channel that carries methods which are known by name only; their messages are encoded bytes.
///
/// It is for tools that learn of services while they run. A method with one request and one
/// response has streams of one.
///
/// ```no_run
/// # use bytes::Bytes;
/// # use portway_rpc::{FramedChannel, MethodName, OpenByName, Request, Status};
/// # async fn call(channel: FramedChannel, encoded: Bytes) -> Result<Bytes, Status> {
/// let name = MethodName { service: "hello.Greeter", method: "SayHello" };
/// let (_requests, mut responses) = channel.open_by_name(name, Request::new(Some(encoded))).await?;
/// responses.only().await
/// # }
/// ```
pub trait OpenByName: Send + Sync {
    /// Opens the streams of the method. A `first` request that is `Some` is also the only one.
    ///
    /// # Errors
    /// What the transport says; a refusal by the server comes with the first response.
    ///
    /// # Cancel safety
    /// Dropping the future, or later the receiving half, cancels the call.
    fn open_by_name(
        &self,
        name: MethodName<'_>,
        request: Request<Option<Bytes>>,
    ) -> impl Future<Output = Result<(Sending<Bytes>, Receiving<Bytes>), Status>> + Send;
}
