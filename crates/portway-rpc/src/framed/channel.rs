//! A client's handle of a server.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    Call, Codec, FramedOptions, Method, MethodName, Open, OpenByName, PayloadField, Raw, Receiving,
    Request, Sending, Status, Streams, Target,
    framed::client::{Connection, call_unary, open_streams},
    socket::{ATTEMPTS, ByteStream, Dialer, Link as _, Place, Redial, UseStream},
};

/// A client's handle of a framed server; clones share one connection.
///
/// Calls of all clones travel on one connection at the same time. A lost connection is replaced
/// when the next call needs one, which fails at once with
/// [`Code::Unavailable`](crate::Code::Unavailable) if the server cannot be reached. So do calls
/// that were under way when the connection was lost: the server may have carried them out. A call
/// that no server has seen moves to the new connection by itself.
#[derive(Clone)]
pub struct FramedChannel {
    link: Arc<Redial<FramedOptions, Connection>>,
}

impl FramedChannel {
    /// Connects to a server and waits for its greeting.
    ///
    /// # Errors
    /// [`Code::Unavailable`](crate::Code::Unavailable) if it cannot be reached, or what is wrong
    /// with its greeting.
    pub async fn connect(target: Target, options: FramedOptions) -> Result<Self, Status> {
        let channel = Self::lazy(target, options)?;
        channel.link.connect().await?;
        Ok(channel)
    }

    /// Makes a handle that connects at its first call.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) if the target needs options that
    /// are not there, as TLS does.
    pub fn lazy(target: Target, options: FramedOptions) -> Result<Self, Status> {
        let (name, place) = (target.to_string(), Place::from(target));
        #[cfg(feature = "tls")]
        let dialer = Dialer::new(place, name, options.tls.as_ref())?;
        #[cfg(not(feature = "tls"))]
        let dialer = Dialer::new(place, name)?;
        Ok(Self::with(Some(dialer), None, options))
    }

    /// Makes a handle of the server at the other end of `stream`; a lost one is not replaced.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn over<T>(stream: T, options: FramedOptions) -> Result<Self, Status>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connection = options.use_stream(stream).await?;
        Ok(Self::with(None, Some(connection), options))
    }

    fn with(
        dialer: Option<Dialer>,
        connection: Option<Arc<Connection>>,
        options: FramedOptions,
    ) -> Self {
        Self {
            link: Arc::new(Redial::new(dialer, connection, options)),
        }
    }
}

impl UseStream for FramedOptions {
    type Made = Arc<Connection>;

    async fn use_stream<T: ByteStream>(&self, stream: T) -> Result<Arc<Connection>, Status> {
        let mut connecting = Connecting(Some(Connection::start(stream, self)));
        if let Some(connection) = &connecting.0 {
            connection.ready().await?;
        }
        let gone = || Status::internal("a connection that greeted is there");
        connecting.0.take().ok_or_else(gone)
    }

    fn greeting(&self) -> Duration {
        self.greeting
    }
}

/// A connection that closes unless somebody takes it: who connects may give up before that.
struct Connecting(Option<Arc<Connection>>);

impl Drop for Connecting {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.close();
        }
    }
}

impl<M: Method> Call<M> for FramedChannel {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (mut message, options) = request.into_parts();
        let call = options.into_outgoing();
        for attempt in 0..ATTEMPTS {
            let connection = self.link.connection(&call, attempt).await?;
            match call_unary::<M>(&connection, message, &call).await {
                Ok(response) => return Ok(response),
                Err(failure) => message = failure.unsent.ok_or(failure.status)?,
            }
        }
        Err(Status::unavailable("no connection takes the call"))
    }
}

impl<M: Method> Open<M> for FramedChannel {
    fn open(
        &self,
        request: Request<Option<M::Request>>,
    ) -> impl Future<Output = Result<Streams<M>, Status>> + Send {
        self.open_streams::<_, _, M::Codec>(MethodName::of::<M>(), M::REQUEST_PAYLOAD, request)
    }
}

impl OpenByName for FramedChannel {
    fn open_by_name(
        &self,
        name: MethodName<'_>,
        request: Request<Option<Bytes>>,
    ) -> impl Future<Output = Result<(Sending<Bytes>, Receiving<Bytes>), Status>> + Send {
        self.open_streams::<_, _, Raw>(name, None, request)
    }
}

impl FramedChannel {
    async fn open_streams<Q: Send + 'static, A: Send + 'static, C: Codec<Q> + Codec<A>>(
        &self,
        name: MethodName<'_>,
        payload: Option<PayloadField<Q>>,
        request: Request<Option<Q>>,
    ) -> Result<(Sending<Q>, Receiving<A>), Status> {
        let (mut first, options) = request.into_parts();
        let call = options.into_outgoing();
        for attempt in 0..ATTEMPTS {
            let connection = self.link.connection(&call, attempt).await?;
            match open_streams::<Q, A, C>(&connection, name, payload, first, &call).await {
                Ok(streams) => return Ok(streams),
                Err(failure) => first = failure.unsent.ok_or(failure.status)?,
            }
        }
        Err(Status::unavailable("no connection takes the call"))
    }
}

impl fmt::Debug for FramedChannel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FramedChannel")
            .field("dialer", &self.link.dialer())
            .finish()
    }
}
