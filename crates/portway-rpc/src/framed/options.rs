//! How a framed connection behaves.

use std::time::Duration;

use crate::frame::Settings;

/// How a framed connection behaves, of either side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FramedOptions {
    pub(crate) settings: Settings,
    pub(crate) keepalive: Duration,
    pub(crate) greeting: Duration,
    pub(crate) outgoing: usize,
    pub(crate) maximum_age: Option<Duration>,
    pub(crate) connections: usize,
    pub(crate) handlers_in_tasks: bool,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<std::sync::Arc<rustls::ClientConfig>>,
}

impl Default for FramedOptions {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            keepalive: Duration::from_secs(20),
            greeting: Duration::from_secs(10),
            outgoing: 256 << 10,
            maximum_age: None,
            connections: 10_000,
            handlers_in_tasks: false,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl FramedOptions {
    /// Makes the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the limits that this side announces: frame, streams, credit.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets after how long a silence the other side is asked whether it is there; after the same
    /// silence again the connection is lost. 20 s by default; it also finds a peer that sent half
    /// a frame.
    #[must_use]
    pub fn keepalive(mut self, interval: Duration) -> Self {
        self.keepalive = interval.max(Duration::from_millis(10));
        self
    }

    /// Sets how long the other side may take to greet. 10 s by default.
    #[must_use]
    pub fn greeting_timeout(mut self, timeout: Duration) -> Self {
        self.greeting = timeout;
        self
    }

    /// Sets how many bytes wait for a peer that does not read before calls, and the reading of a
    /// server, are held back. 256 KiB by default: several messages of 64 KiB in one write; a message
    /// under way may exceed it.
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

    /// Starts every handler in a task of its own.
    ///
    /// By default a handler starts in the task of the connection and moves to its own when it
    /// first waits, which is the fastest for those that do not. One that computes for long
    /// without waiting holds up the other calls of its connection: then say this.
    #[must_use]
    pub fn handlers_in_tasks(mut self) -> Self {
        self.handlers_in_tasks = true;
        self
    }

    /// Sets whom a client trusts inside TLS, and the certificate by which it proves who it is.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: std::sync::Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(tls);
        self
    }
}
