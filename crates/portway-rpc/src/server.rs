//! A server: services, the transports that serve them, and how it ends.

use std::{fmt, future::Future, io, marker::PhantomData, pin::Pin, sync::Arc, time::Duration};

use tokio::task::JoinSet;

use crate::{AnyTransport, CancelReason, Cancellation, Reach, Router, Service, health::Health};

/// How long a server that stops lets the calls under way finish.
pub const DEFAULT_DRAIN: Duration = Duration::from_secs(10);

/// What a transport does to serve.
///
/// `R` is the reach of the services: a transport that carries protocol buffers only implements it
/// for [`AnyTransport`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot serve services of the reach `{R}`",
    note = "gRPC and NATS serve services of a `.proto` only"
)]
pub trait Listen<R: Reach>: Send + 'static {
    /// Serves until `stopping` says otherwise; then finishes the calls under way.
    ///
    /// # Errors
    /// Why it cannot go on.
    fn listen(
        self: Box<Self>,
        router: Arc<Router>,
        stopping: Stopping,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;
}

/// Tells transports to stop, in two steps.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stopping {
    /// Take no new calls, finish those under way.
    pub gently: Cancellation,
    /// The time to finish is over.
    pub at_once: Cancellation,
}

/// Services, and the transports that serve them at the same time.
///
/// ```no_run
/// # use bytes::Bytes;
/// # use portway_rpc::{AnyTransport, FramedListener, FramedOptions, Server, Service, Visit};
/// # struct Greeter;
/// # impl Service for Greeter {
/// #     type Reach = AnyTransport;
/// #     const NAME: &'static str = "hello.Greeter";
/// #     fn visit<V: Visit<Self>>(_visitor: &mut V) {}
/// # }
/// # async fn serve() -> std::io::Result<()> {
/// let options = FramedOptions::new();
/// Server::builder()
///     .service(Greeter)
///     .listen(FramedListener::tcp("127.0.0.1:8080", options.clone()).await?)
///     .listen(FramedListener::unix("/run/greeter.sock", options)?)
///     .serve(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
///     .await
/// # }
/// ```
#[derive(Debug)]
pub struct Server<R = AnyTransport> {
    router: Router,
    announced: Announced,
    reach: PhantomData<R>,
}

/// Who tells clients about the server.
#[derive(Debug, Default)]
struct Announced {
    health: Option<Health>,
    #[cfg(feature = "reflection")]
    reflection: Option<crate::reflection::Reflection>,
}

impl Server<AnyTransport> {
    /// Begins without services.
    pub fn builder() -> Self {
        Self {
            router: Router::new(),
            announced: Announced::default(),
            reach: PhantomData,
        }
    }
}

impl<R: Reach> Server<R> {
    /// Adds a service.
    #[must_use]
    pub fn service<S: Service>(self, service: impl Into<Arc<S>>) -> Server<R::And<S::Reach>> {
        let mut router = self.router;
        router.add::<S>(service.into());
        Server {
            router,
            announced: self.announced,
            reach: PhantomData,
        }
    }

    /// Adds `grpc.health.v1`, which tells how the services are: serving as long as the server
    /// serves, unless `health` was told otherwise.
    #[must_use]
    pub fn with_health(mut self, health: &Health) -> Self {
        self.router.add(Arc::new(health.service()));
        self.announced.health = Some(health.clone());
        self
    }

    /// Adds server reflection, by both of its names, which tells tools what the services are.
    #[cfg(feature = "reflection")]
    #[must_use]
    pub fn with_reflection(mut self, reflection: crate::reflection::Reflection) -> Self {
        let (service, alpha) = reflection.services();
        self.router.add(Arc::new(service));
        self.router.add(Arc::new(alpha));
        self.announced.reflection = Some(reflection);
        self
    }

    /// Adds the first transport; from here on no services can be added.
    #[must_use]
    pub fn listen(self, listener: impl Listen<R>) -> Serving<R> {
        #[cfg(feature = "reflection")]
        if let Some(reflection) = &self.announced.reflection {
            reflection.begin(self.router.services());
        }
        let serving = Serving {
            router: self.router,
            health: self.announced.health,
            listeners: Vec::new(),
            drain: DEFAULT_DRAIN,
        };
        serving.listen(listener)
    }

    /// Returns the methods of all services, for transports that are driven by hand.
    pub fn into_router(self) -> Router {
        self.router
    }
}

/// A server with its transports.
pub struct Serving<R> {
    router: Router,
    health: Option<Health>,
    listeners: Vec<Box<dyn Listen<R>>>,
    drain: Duration,
}

impl<R: Reach> Serving<R> {
    /// Adds another transport.
    #[must_use]
    pub fn listen(mut self, listener: impl Listen<R>) -> Self {
        self.listeners.push(Box::new(listener));
        self
    }

    /// Sets how long calls under way may take to finish once the server stops; 10 s by default.
    #[must_use]
    pub fn drain(mut self, time: Duration) -> Self {
        self.drain = time;
        self
    }

    /// Serves until `stop` ends; then takes no new calls, tells the clients to go elsewhere, and
    /// returns when the calls under way are finished or the time for that is over.
    ///
    /// # Errors
    /// Why a transport could not go on; the others are stopped too.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let stopping = Stopping::default();
        if let Some(health) = &self.health {
            health.begin(self.router.services());
        }
        let router = Arc::new(self.router);
        let mut tasks = JoinSet::new();
        for listener in self.listeners {
            tasks.spawn(listener.listen(Arc::clone(&router), stopping.clone()));
        }
        let failed = tokio::select! {
            () = stop => None,
            ended = tasks.join_next() => ended,
        };
        if let Some(health) = &self.health {
            health.stop();
        }
        stopping.gently.cancel(CancelReason::Stopping);
        let drained = tokio::time::timeout(self.drain, finish(&mut tasks)).await;
        if drained.is_err() {
            stopping.at_once.cancel(CancelReason::Stopping);
        }
        let rest = finish(&mut tasks).await;
        let failed = failed.map_or(Ok(()), flatten);
        failed.and(drained.unwrap_or(Ok(()))).and(rest)
    }
}

/// Waits for all transports; returns the first error.
async fn finish(tasks: &mut JoinSet<io::Result<()>>) -> io::Result<()> {
    let mut result = Ok(());
    while let Some(ended) = tasks.join_next().await {
        result = result.and(flatten(ended));
    }
    result
}

fn flatten(ended: Result<io::Result<()>, tokio::task::JoinError>) -> io::Result<()> {
    ended.map_err(io::Error::other)?
}

impl<R> fmt::Debug for Serving<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Serving")
            .field("router", &self.router)
            .field("listeners", &self.listeners.len())
            .field("drain", &self.drain)
            .finish()
    }
}
