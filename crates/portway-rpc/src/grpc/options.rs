//! How a gRPC connection behaves.

use std::time::Duration;

use crate::DEFAULT_TIMEOUT;

/// How long a silent client is believed to be there.
const SERVER_KEEPALIVE: Duration = Duration::from_secs(20);

/// How long a silent server is believed to be there: gRPC's servers end the connections of clients
/// that ask more often than every five minutes.
const CLIENT_KEEPALIVE: Duration = Duration::from_secs(301);

/// The longest that headers of one request may be, in bytes as HTTP/2 counts them. Metadata
/// ([`MAXIMUM_METADATA_SIZE`](crate::MAXIMUM_METADATA_SIZE)) fits in with its 32 bytes an entry.
pub(crate) const MAXIMUM_HEADERS: u32 = 16 << 10;

/// The most bytes of one frame of HTTP/2 that a side takes.
///
/// The least that HTTP/2 allows, which others take, cuts a message of 64 KiB into five: each is a
/// write of its own, has to be copied behind the others, and wakes those who wait. Memory for a
/// frame is taken when its length is known, so that a connection that is told to wait for one
/// has this much more.
pub(crate) const MAXIMUM_FRAME: u32 = 128 << 10;

/// How many bytes a side may send on a stream, and on a connection, that nobody reads yet.
pub(crate) const STREAM_WINDOW: u32 = 1 << 20;
pub(crate) const CONNECTION_WINDOW: u32 = 2 << 20;

/// How a gRPC connection behaves, of either side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GrpcOptions {
    pub(crate) maximum_message: usize,
    pub(crate) maximum_streams: u32,
    pub(crate) keepalive: Option<Duration>,
    pub(crate) greeting: Duration,
    pub(crate) outgoing: usize,
    pub(crate) maximum_age: Option<Duration>,
    pub(crate) connections: usize,
    pub(crate) timeout: Duration,
    pub(crate) stream_timeout: Duration,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<std::sync::Arc<rustls::ClientConfig>>,
}

impl Default for GrpcOptions {
    fn default() -> Self {
        Self {
            maximum_message: 4 << 20,
            maximum_streams: 1024,
            keepalive: None,
            greeting: Duration::from_secs(10),
            outgoing: 64 << 10,
            maximum_age: None,
            connections: 10_000,
            timeout: DEFAULT_TIMEOUT,
            stream_timeout: Duration::from_secs(24 * 3600),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl GrpcOptions {
    /// Makes the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the most bytes of a message that this side accepts. 4 MiB by default, as all gRPC has;
    /// a larger one fails its call with
    /// [`Code::ResourceExhausted`](crate::Code::ResourceExhausted).
    #[must_use]
    pub fn maximum_message(mut self, bytes: usize) -> Self {
        self.maximum_message = bytes.min(u32::MAX as usize);
        self
    }

    /// Sets how many calls a client may have under way on one connection; more wait at the
    /// client. 1024 by default.
    #[must_use]
    pub fn maximum_streams(mut self, streams: u32) -> Self {
        self.maximum_streams = streams.max(1);
        self
    }

    /// Sets after how long the other side is asked whether it is there; if it does not answer
    /// for as long, the connection is lost. A server asks every 20 s by default, a client that
    /// has calls under way every 301 s, because most servers end the connections of clients that
    /// ask more often than every five minutes.
    #[must_use]
    pub fn keepalive(mut self, interval: Duration) -> Self {
        self.keepalive = Some(interval.max(Duration::from_millis(10)));
        self
    }

    /// Sets how long the other side may take to greet. 10 s by default.
    #[must_use]
    pub fn greeting_timeout(mut self, timeout: Duration) -> Self {
        self.greeting = timeout;
        self
    }

    /// Sets how many bytes of a stream wait for a peer that does not read before its sender is
    /// held back. 64 KiB by default; a message under way may exceed it.
    #[must_use]
    pub fn outgoing_limit(mut self, bytes: usize) -> Self {
        self.outgoing = bytes.max(1);
        self
    }

    /// Sets after how long a server asks a client to connect anew, so that load moves to new
    /// servers. Off by default; calls under way finish.
    #[must_use]
    pub fn maximum_age(mut self, age: Duration) -> Self {
        self.maximum_age = Some(age);
        self
    }

    /// Sets how many connections a listener serves at once; more wait in the system's queue.
    /// 10 000 by default.
    #[must_use]
    pub fn maximum_connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Sets how long a call may take whose client names no deadline, as foreign clients may:
    /// one without streams, and one with. [`DEFAULT_TIMEOUT`] and a day by default, because
    /// foreign clients keep watches open without a deadline.
    #[must_use]
    pub fn default_timeouts(mut self, unary: Duration, streams: Duration) -> Self {
        self.timeout = unary;
        self.stream_timeout = streams;
        self
    }

    /// Sets whom a client trusts inside TLS, and the certificate by which it proves who it is.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: std::sync::Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(tls);
        self
    }

    pub(crate) fn server_keepalive(&self) -> Duration {
        self.keepalive.unwrap_or(SERVER_KEEPALIVE)
    }

    pub(crate) fn client_keepalive(&self) -> Duration {
        self.keepalive.unwrap_or(CLIENT_KEEPALIVE)
    }
}
