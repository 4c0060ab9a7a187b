//! A client's handle of a server.

use std::{fmt, future::Future, sync::Arc};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    Call, Codec, GrpcOptions, GrpcTarget, Method, MethodName, Open, OpenByName, ProtobufMethod,
    Raw, Receiving, Request, Sending, Status, Streams,
    grpc::client::{Connection, GrpcLink, call_unary, encode, open_streams},
    socket::{ATTEMPTS, Dialer, Link as _, Place, Redial, UseStream as _},
};

/// A client's handle of a gRPC server, ours or a foreign one; clones share one connection.
///
/// It carries methods of a `.proto`; one of a plain trait does not compile here. Calls of all
/// clones travel on one connection at the same time. A lost connection is replaced when the next
/// call needs one, which fails at once with [`Code::Unavailable`](crate::Code::Unavailable) if
/// the server cannot be reached. So do calls that were under way when the connection was lost:
/// the server may have carried them out. A unary call of which the server says that it has not
/// looked at it moves to the new connection by itself.
#[derive(Clone)]
pub struct GrpcChannel {
    link: Arc<Redial<GrpcLink, Connection>>,
}

impl GrpcChannel {
    /// Connects to a server.
    ///
    /// # Errors
    /// [`Code::Unavailable`](crate::Code::Unavailable) if it cannot be reached.
    pub async fn connect(target: GrpcTarget, options: GrpcOptions) -> Result<Self, Status> {
        let channel = Self::lazy(target, options)?;
        channel.link.connect().await?;
        Ok(channel)
    }

    /// Makes a handle that connects at its first call.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) if the target needs options that
    /// are not there, as TLS does.
    pub fn lazy(target: GrpcTarget, options: GrpcOptions) -> Result<Self, Status> {
        let link = GrpcLink::new(&target, options)?;
        let (name, place) = (target.to_string(), Place::from(target));
        #[cfg(feature = "tls")]
        let dialer = Dialer::new(place, name, asking_for_http2(&link.options).as_ref())?;
        #[cfg(not(feature = "tls"))]
        let dialer = Dialer::new(place, name)?;
        Ok(Self {
            link: Arc::new(Redial::new(Some(dialer), None, link)),
        })
    }

    /// Makes a handle of the server at the other end of `stream`; a lost one is not replaced.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn over<T>(stream: T, options: GrpcOptions) -> Result<Self, Status>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let link = GrpcLink::new(&GrpcTarget::Tcp("localhost".to_owned()), options)?;
        let connection = link.use_stream(stream).await?;
        Ok(Self {
            link: Arc::new(Redial::new(None, Some(connection), link)),
        })
    }
}

/// Servers of gRPC want to agree on `h2` inside TLS.
#[cfg(feature = "tls")]
fn asking_for_http2(options: &GrpcOptions) -> Option<Arc<rustls::ClientConfig>> {
    let mut tls = options.tls.clone()?;
    if tls.alpn_protocols.is_empty() {
        Arc::make_mut(&mut tls).alpn_protocols = vec![b"h2".to_vec()];
    }
    Some(tls)
}

impl<M: ProtobufMethod> Call<M> for GrpcChannel {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (message, options) = request.into_parts();
        let call = options.into_outgoing();
        let encoded = encode::<M>(&message)?;
        drop(message);
        for attempt in 0..ATTEMPTS {
            let connection = self.link.connection(&call, attempt).await?;
            match call_unary::<M>(connection, encoded.clone(), &call).await {
                Ok(response) => return Ok(response),
                Err(failure) if failure.unseen => {}
                Err(failure) => return Err(failure.status),
            }
        }
        Err(Status::unavailable("no connection takes the call"))
    }
}

impl<M: ProtobufMethod> Open<M> for GrpcChannel {
    fn open(
        &self,
        request: Request<Option<M::Request>>,
    ) -> impl Future<Output = Result<Streams<M>, Status>> + Send {
        self.open_method::<M>(request)
    }
}

impl OpenByName for GrpcChannel {
    fn open_by_name(
        &self,
        name: MethodName<'_>,
        request: Request<Option<Bytes>>,
    ) -> impl Future<Output = Result<(Sending<Bytes>, Receiving<Bytes>), Status>> + Send {
        self.open_streams::<_, _, Raw>(name, request)
    }
}

impl GrpcChannel {
    /// Whose bound is the method alone: with its codec named, the compiler asks what it can encode.
    fn open_method<M: Method>(
        &self,
        request: Request<Option<M::Request>>,
    ) -> impl Future<Output = Result<Streams<M>, Status>> + Send {
        self.open_streams::<_, _, M::Codec>(MethodName::of::<M>(), request)
    }

    async fn open_streams<Q: Send + 'static, A: Send + 'static, C: Codec<Q> + Codec<A>>(
        &self,
        name: MethodName<'_>,
        request: Request<Option<Q>>,
    ) -> Result<(Sending<Q>, Receiving<A>), Status> {
        let (first, options) = request.into_parts();
        let call = options.into_outgoing();
        let mut connection = self.link.connection(&call, 0).await?;
        if !connection.is_usable() {
            connection = self.link.connection(&call, 1).await?;
        }
        open_streams::<Q, A, C>(connection, name, first, &call).await
    }
}

impl fmt::Debug for GrpcChannel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GrpcChannel")
            .field("dialer", &self.link.dialer())
            .finish()
    }
}
