//! The server's side.

use std::{fmt, future::Future, io, pin::Pin, sync::Arc};

use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{NatsListenOptions, requests::confirm, service::NatsService};
use crate::{AnyTransport, Listen, Router, Stopping, pattern::nats::Nats};

/// Serves services of a `.proto` on NATS: each method with one request and one response on the
/// subject `SERVICE.METHOD`, in a queue group, so that further servers share the load.
///
/// Foreign programs send requests as they do to any service; headers that they leave out have
/// defaults. A reply has the content type; an error has `Nats-Service-Error` and
/// `Nats-Service-Error-Code` (the number of HTTP), `grpc-status` with gRPC's code and
/// `grpc-status-details-bin`. A request without a reply's subject is carried out all the same. What
/// comes on `SERVICE.METHOD.cancel`, the reply's subject as its body, ends that call.
///
/// A server that stops leaves the queue group first, then serves what NATS has sent it already, and
/// ends when that is answered. To leave without losing a request it publishes messages that mean
/// nothing on `SERVICE.$nothing`, some thousands for each member of the group.
pub struct NatsListener {
    nats: Nats,
    options: NatsListenOptions,
    ready: watch::Sender<bool>,
}

impl NatsListener {
    /// Serves on a connection, which others may use too.
    pub fn new(nats: &Nats, options: NatsListenOptions) -> Self {
        Self {
            nats: nats.clone(),
            options,
            ready: watch::Sender::new(false),
        }
    }

    /// Waits until the NATS server knows of the services; for ever if they are never served.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ready = self.ready.subscribe();
        async move {
            if ready.wait_for(|ready| *ready).await.is_err() {
                std::future::pending().await
            }
        }
    }

    async fn run(self, router: Arc<Router>, stopping: Stopping) -> io::Result<()> {
        let client = self.nats.client();
        let places = Arc::new(Semaphore::new(self.options.concurrency));
        let mut services = JoinSet::new();
        for name in router.services() {
            let (router, places) = (Arc::clone(&router), Arc::clone(&places));
            let service = NatsService::new(client.clone(), router, name, places, &self.options);
            let subscriptions = service.subscribe(&self.options).await?;
            services.spawn(Arc::new(service).serve(subscriptions, stopping.clone()));
        }
        confirm(client).await?;
        self.ready.send_replace(true);
        while let Some(ended) = services.join_next().await {
            ended.map_err(io::Error::other)?;
        }
        if stopping.gently.is_cancelled() {
            return Ok(());
        }
        let closed = "the connection to NATS was closed while services were on it";
        Err(io::Error::new(io::ErrorKind::ConnectionAborted, closed))
    }
}

impl Listen<AnyTransport> for NatsListener {
    fn listen(
        self: Box<Self>,
        router: Arc<Router>,
        stopping: Stopping,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {
        Box::pin(self.run(router, stopping))
    }
}

impl fmt::Debug for NatsListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NatsListener")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
