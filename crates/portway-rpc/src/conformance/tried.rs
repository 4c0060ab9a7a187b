//! A transport under test.

use std::{fmt, future::Future, io, time::Duration};

use tokio::{sync::oneshot, task::JoinHandle};

use super::{Probe, ProbeServer, Proxy, soon};
use crate::{AnyTransport, Listen, Server};

/// A transport under test.
pub trait Tried: Send + Sync {
    /// The name of the transport in tables.
    const NAME: &'static str;
    /// The client's handle.
    type Channel: Clone + Send + Sync + 'static;

    /// Serves a probe, and makes a channel to it.
    fn start(&self, probe: Probe) -> impl Future<Output = Running<Self::Channel>> + Send;
}

/// A transport under test whose connections can be lost.
pub trait TriedOverTcp: Tried {
    /// Serves a probe, and makes a channel to it through a proxy, with keepalives of a fraction of a
    /// second on both sides.
    fn start_behind(
        &self,
        probe: Probe,
    ) -> impl Future<Output = (Running<Self::Channel>, Proxy)> + Send;
}

/// A probe that is served, and a channel to it.
pub struct Running<C> {
    channel: C,
    server: Option<(oneshot::Sender<()>, JoinHandle<io::Result<()>>)>,
}

impl<C> Running<C> {
    /// A channel without a server.
    pub fn within(channel: C) -> Self {
        Self {
            channel,
            server: None,
        }
    }

    /// Serves `probe` by `listener`, with `drain` for the calls under way at the end, for a channel
    /// that is made with [`with`](Running::with).
    pub fn serve(
        probe: Probe,
        listener: impl Listen<AnyTransport>,
        drain: Duration,
    ) -> Running<()> {
        let (stop, stopped) = oneshot::channel::<()>();
        let server = Server::builder()
            .service(ProbeServer::new(probe))
            .listen(listener);
        let serving = server.drain(drain).serve(async move {
            stopped.await.unwrap_or_default();
        });
        Running {
            channel: (),
            server: Some((stop, tokio::spawn(serving))),
        }
    }

    /// Puts another channel in.
    pub fn with<D>(self, channel: D) -> Running<D> {
        Running {
            channel,
            server: self.server,
        }
    }

    /// Returns the channel.
    pub fn channel(&self) -> &C {
        &self.channel
    }

    /// Tells the server to stop; returns what waits for its end.
    ///
    /// # Panics
    ///
    /// When it does not end, or not well.
    pub fn stop(self) -> impl Future<Output = ()> {
        let server = self.server.map(|(stop, server)| {
            drop(stop);
            server
        });
        async move {
            if let Some(server) = server {
                let ended = soon("the end of the server", server).await;
                ended.expect("it does not panic").expect("it ends well");
            }
        }
    }
}

impl<C> fmt::Debug for Running<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Running")
            .field("served", &self.server.is_some())
            .finish_non_exhaustive()
    }
}
