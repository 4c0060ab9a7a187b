//! One connection: how long it lives, and how it ends.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    CancelReason, Cancellation, GrpcOptions, MAXIMUM_TIMEOUT, Peer, Router, Stopping, Transport,
    grpc::{
        options::{CONNECTION_WINDOW, MAXIMUM_FRAME, MAXIMUM_HEADERS, STREAM_WINDOW},
        server::{call::answer, greeting::Greeted},
    },
    socket::ByteStream,
};

/// How long the last answers may take to leave when the time to finish is over.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long a server that stops waits for the greeting of a client: it may have connected just now.
const LAST_GREETING: Duration = Duration::from_secs(1);

/// What the calls of one connection share.
pub(crate) struct Connection {
    pub(crate) router: Arc<Router>,
    pub(crate) options: Arc<GrpcOptions>,
    pub(crate) peer: Arc<Peer>,
    /// Ends all calls of the connection.
    pub(crate) ending: Cancellation,
}

/// Serves one connection until it ends.
pub(crate) async fn serve<T: ByteStream>(
    stream: T,
    mut peer: Peer,
    router: Arc<Router>,
    options: Arc<GrpcOptions>,
    stopping: &Stopping,
) {
    peer.transport = Transport::Grpc;
    let address = peer.address;
    let ending = EndingCalls(Cancellation::new());
    let connection = Arc::new(Connection {
        router,
        options: Arc::clone(&options),
        peer: Arc::new(peer),
        ending: ending.0.clone(),
    });
    let (stream, greeting) = Greeted::new(stream);
    let service = service_fn(move |request: http::Request<Incoming>| {
        // Its task may have to wait for its turn.
        let (connection, arrived) = (Arc::clone(&connection), Instant::now());
        async move { Ok::<_, Infallible>(answer(&connection, request, arrived).await) }
    });
    let http2 = http2_of(&options).serve_connection(TokioIo::new(stream), service);
    let mut http2 = pin!(http2);
    let now = Instant::now();
    let mut timer = pin!(sleep_until(now + options.greeting));
    let mut phase = Phase::Greeting;
    let mut gently = pin!(stopping.gently.cancelled());
    let mut at_once = pin!(stopping.at_once.cancelled());
    let mut stopping_gently = false;
    loop {
        tokio::select! {
            result = http2.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, ?address, "a connection ends");
                }
                return;
            }
            () = timer.as_mut(), if phase != Phase::Draining => match phase {
                Phase::Greeting if !greeting.is_over() => {
                    tracing::info!(?address, "a client did not greet in time");
                    return;
                }
                Phase::Greeting if stopping_gently => phase = Phase::Draining,
                Phase::Greeting => {
                    phase = Phase::Serving;
                    age(timer.as_mut(), now, options.maximum_age);
                }
                _ => {
                    phase = Phase::Draining;
                    http2.as_mut().graceful_shutdown();
                }
            },
            _ = gently.as_mut(), if !stopping_gently => {
                stopping_gently = true;
                // To a client that has not greeted yet it is said when it has.
                http2.as_mut().graceful_shutdown();
                match greeting.is_over() {
                    true => phase = Phase::Draining,
                    false => timer.as_mut().reset(Instant::now() + options.greeting.min(LAST_GREETING)),
                }
            }
            _ = at_once.as_mut() => {
                ending.0.cancel(CancelReason::Stopping);
                let _late = tokio::time::timeout(LAST_WORDS, http2).await;
                return;
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The client has not begun.
    Greeting,
    Serving,
    /// No new calls are taken.
    Draining,
}

/// Ends the calls of a connection that is lost.
struct EndingCalls(Cancellation);

impl Drop for EndingCalls {
    fn drop(&mut self) {
        self.0.cancel(CancelReason::Disconnected);
    }
}

/// Lets the timer ring when the connection is old.
fn age(timer: std::pin::Pin<&mut Sleep>, begin: Instant, maximum: Option<Duration>) {
    timer.reset(begin + maximum.unwrap_or(MAXIMUM_TIMEOUT).min(MAXIMUM_TIMEOUT));
}

fn http2_of(options: &GrpcOptions) -> http2::Builder<TokioExecutor> {
    let keepalive = options.server_keepalive();
    let mut http2 = http2::Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .keep_alive_interval(keepalive)
        .keep_alive_timeout(keepalive)
        .max_concurrent_streams(options.maximum_streams)
        .max_header_list_size(MAXIMUM_HEADERS)
        .max_frame_size(MAXIMUM_FRAME)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(options.outgoing)
        .auto_date_header(false);
    http2
}
