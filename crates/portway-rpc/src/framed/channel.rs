//! A client's handle of a server.

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Mutex,
    time::Instant,
};

use crate::{
    Call, FramedOptions, Method, Open, OutgoingCall, Request, Status, Streams, Target,
    framed::{
        client::{Connection, call_unary, open_streams},
        socket::Connector,
    },
    guard::until,
};

/// How long a server that could not be reached is not tried again; calls fail at once meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections one call tries that turn out to take none.
const ATTEMPTS: usize = 4;

/// A client's handle of a framed server; clones share one connection.
///
/// Calls of all clones travel on one connection at the same time. A lost connection is replaced
/// when the next call needs one, which fails at once with
/// [`Code::Unavailable`](crate::Code::Unavailable) if the server cannot be reached. So do calls
/// that were under way when the connection was lost: the server may have carried them out. A call
/// that no server has seen moves to the new connection by itself.
#[derive(Clone)]
pub struct FramedChannel {
    inner: Arc<Inner>,
}

struct Inner {
    current: ArcSwapOption<Connection>,
    /// How to connect again; nothing for a stream that was given.
    connector: Option<Connector>,
    options: FramedOptions,
    /// Held by the one who connects; when the last attempt failed, and how.
    connecting: Mutex<Option<(Instant, Status)>>,
}

impl FramedChannel {
    /// Connects to a server and waits for its greeting.
    ///
    /// # Errors
    /// [`Code::Unavailable`](crate::Code::Unavailable) if it cannot be reached, or what is wrong
    /// with its greeting.
    pub async fn connect(target: Target, options: FramedOptions) -> Result<Self, Status> {
        let channel = Self::lazy(target, options)?;
        let connection = channel.inner.connect_once().await?;
        channel.inner.current.store(Some(connection));
        Ok(channel)
    }

    /// Makes a handle that connects at its first call.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) if the target needs options that
    /// are not there, as TLS does.
    pub fn lazy(target: Target, options: FramedOptions) -> Result<Self, Status> {
        let connector = Connector::new(target, &options)?;
        Ok(Self::with(Some(connector), None, options))
    }

    /// Makes a handle of the server at the other end of `stream`; a lost one is not replaced.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn over<T>(stream: T, options: FramedOptions) -> Result<Self, Status>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connection = Connection::start(stream, &options);
        connection.ready().await?;
        Ok(Self::with(None, Some(connection), options))
    }

    fn with(
        connector: Option<Connector>,
        connection: Option<Arc<Connection>>,
        options: FramedOptions,
    ) -> Self {
        let inner = Inner {
            current: ArcSwapOption::new(connection),
            connector,
            options,
            connecting: Mutex::new(None),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns a connection that takes calls.
    async fn connection(
        &self,
        call: &OutgoingCall,
        attempt: usize,
    ) -> Result<Arc<Connection>, Status> {
        // Whether it still takes calls is found out by the call itself.
        if attempt == 0
            && let Some(connection) = self.inner.current.load_full()
        {
            return Ok(connection);
        }
        until(call.deadline, call.parent.as_ref(), self.inner.reconnect()).await
    }
}

impl Inner {
    fn usable(&self) -> Option<Arc<Connection>> {
        self.current
            .load_full()
            .filter(|connection| connection.is_usable())
    }

    /// Connects anew, one caller for all.
    async fn reconnect(&self) -> Result<Arc<Connection>, Status> {
        let mut failure = self.connecting.lock().await;
        if let Some(connection) = self.usable() {
            return Ok(connection);
        }
        if let Some((at, status)) = &*failure
            && at.elapsed() < PAUSE
        {
            return Err(status.clone());
        }
        match self.connect_once().await {
            Ok(connection) => {
                *failure = None;
                self.current.store(Some(Arc::clone(&connection)));
                Ok(connection)
            }
            Err(status) => {
                *failure = Some((Instant::now(), status.clone()));
                Err(status)
            }
        }
    }

    async fn connect_once(&self) -> Result<Arc<Connection>, Status> {
        let gone = || Status::unavailable("the connection is over and cannot be replaced");
        let connector = self.connector.as_ref().ok_or_else(gone)?;
        let connection = connector.connect(&self.options).await?;
        connection.ready().await?;
        Ok(connection)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(connection) = self.current.load_full() {
            connection.close();
        }
    }
}

impl<M: Method> Call<M> for FramedChannel {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (mut message, options) = request.into_parts();
        let call = options.into_outgoing();
        for attempt in 0..ATTEMPTS {
            let connection = self.connection(&call, attempt).await?;
            match call_unary::<M>(&connection, message, &call).await {
                Ok(response) => return Ok(response),
                Err(failure) => message = failure.unsent.ok_or(failure.status)?,
            }
        }
        Err(Status::unavailable("no connection takes the call"))
    }
}

impl<M: Method> Open<M> for FramedChannel {
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        let (mut first, options) = request.into_parts();
        let call = options.into_outgoing();
        for attempt in 0..ATTEMPTS {
            let connection = self.connection(&call, attempt).await?;
            match open_streams::<M>(&connection, first, &call).await {
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
            .field("connector", &self.inner.connector)
            .finish()
    }
}
