//! One connection, as its callers hold it; a task of its own drives it.

use std::{
    convert::Infallible,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{Response, uri::Authority};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::oneshot;

use crate::{
    GrpcOptions, GrpcTarget, Status,
    grpc::{
        client::{
            Failure,
            unsent::{Admitted, Unsent},
        },
        options::{CONNECTION_WINDOW, MAXIMUM_FRAME, MAXIMUM_HEADERS, STREAM_WINDOW},
        outbox::Outgoing,
        status::{from_transport, is_going_away, is_refused},
    },
    socket::{ByteStream, Link, UseStream},
};

/// How long a connection that nobody holds any more may take to say goodbye: HTTP/2 waits for a server
/// that begins no streams as long as requests are left, even though their callers have gone.
const GOODBYE: Duration = Duration::from_secs(1);

/// One connection, as its callers hold it: the channel, and each call until it is over.
pub(crate) struct Connection {
    requests: http2::SendRequest<Admitted>,
    unsent: Unsent,
    /// A call has found that no more are taken.
    used_up: AtomicBool,
    pub(crate) authority: Authority,
    pub(crate) scheme: http::uri::Scheme,
    pub(crate) maximum_message: usize,
    pub(crate) outgoing: usize,
    /// Dropped with the last handle.
    _held: oneshot::Sender<Infallible>,
}

/// An answer that has begun, and the connection that it comes on.
pub(crate) struct Begun {
    pub(crate) response: Response<Incoming>,
    pub(crate) connection: Arc<Connection>,
}

/// What makes connections of streams.
pub(crate) struct GrpcLink {
    pub(crate) options: GrpcOptions,
    authority: Authority,
    scheme: http::uri::Scheme,
}

impl GrpcLink {
    pub(crate) fn new(target: &GrpcTarget, options: GrpcOptions) -> Result<Self, Status> {
        let authority = target.authority().parse().map_err(|error| {
            Status::invalid_argument(format!("{target} names no server")).with_source(error)
        });
        let scheme = match target.is_tls() {
            true => http::uri::Scheme::HTTPS,
            false => http::uri::Scheme::HTTP,
        };
        Ok(Self {
            options,
            authority: authority?,
            scheme,
        })
    }
}

impl UseStream for GrpcLink {
    type Made = Arc<Connection>;

    fn greeting(&self) -> Duration {
        self.options.greeting
    }

    async fn use_stream<T: ByteStream>(&self, stream: T) -> Result<Arc<Connection>, Status> {
        let greeting = http2_of(&self.options).handshake(TokioIo::new(stream));
        let late = || Status::unavailable("the server did not greet in time");
        let greeted = tokio::time::timeout(self.options.greeting, greeting).await;
        let (requests, driver) = greeted
            .map_err(|_| late())?
            .map_err(|error| from_transport(&error).with_source(error))?;
        let (held, released) = oneshot::channel();
        tokio::spawn(drive(driver, released));
        Ok(Arc::new(Connection {
            requests,
            unsent: Unsent::new(),
            used_up: AtomicBool::new(false),
            authority: self.authority.clone(),
            scheme: self.scheme.clone(),
            maximum_message: self.options.maximum_message,
            outgoing: self.options.outgoing,
            _held: held,
        }))
    }
}

/// Drives a connection to its end, which comes after its last handle is dropped.
async fn drive(
    driver: impl Future<Output = hyper::Result<()>>,
    released: oneshot::Receiver<Infallible>,
) {
    let mut driver = pin!(driver);
    let ended = tokio::select! {
        ended = driver.as_mut() => Ok(ended),
        _ = released => tokio::time::timeout(GOODBYE, driver).await,
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection ends"),
        Err(_) => tracing::debug!("a connection is closed before all requests were taken back"),
    }
}

impl Connection {
    /// Waits until the body of a request, with a message of `size` bytes, can be handed over.
    pub(crate) async fn admit(&self, body: Outgoing, size: usize) -> Admitted {
        self.unsent.admit(body, size).await
    }

    /// Sends a request, at once; the future waits for the headers of the answer.
    pub(crate) fn send(
        self: Arc<Self>,
        request: http::Request<Admitted>,
    ) -> impl Future<Output = Result<Begun, Failure>> + Send {
        let sent = self.requests.clone().try_send_request(request);
        async move {
            let response = sent.await.map_err(|error| self.failed(error))?;
            Ok(Begun {
                response,
                connection: self,
            })
        }
    }

    fn failed(&self, mut error: TrySendError<http::Request<Admitted>>) -> Failure {
        let unsent = error.take_message().is_some();
        let error = error.into_error();
        let (goes_away, refused) = (is_going_away(&error), is_refused(&error));
        if unsent || goes_away {
            self.used_up.store(true, Ordering::Relaxed);
        }
        Failure {
            status: from_transport(&error).with_source(error),
            unseen: unsent || goes_away || refused,
        }
    }
}

impl Link for Connection {
    fn is_usable(&self) -> bool {
        !self.used_up.load(Ordering::Relaxed) && !self.requests.is_closed()
    }

    /// It ends with its last handle.
    fn close(&self) {}
}

fn http2_of(options: &GrpcOptions) -> http2::Builder<TokioExecutor> {
    let keepalive = options.client_keepalive();
    let mut http2 = http2::Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .keep_alive_interval(keepalive)
        .keep_alive_timeout(keepalive)
        .max_header_list_size(MAXIMUM_HEADERS)
        .max_frame_size(MAXIMUM_FRAME)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(options.outgoing);
    http2
}
