//! `grpc.health.v1`: how services are, for load balancers and people, on every transport.
//!
//! ```no_run
//! # use portway_rpc::{AnyTransport, FramedListener, FramedOptions, Server, Service, Visit};
//! # struct Greeter;
//! # impl Service for Greeter {
//! #     type Reach = AnyTransport;
//! #     const NAME: &'static str = "hello.Greeter";
//! #     fn visit<V: Visit<Self>>(_visitor: &mut V) {}
//! # }
//! use portway_rpc::health::{Health, ServingStatus};
//!
//! # async fn serve() -> std::io::Result<()> {
//! let health = Health::new();
//! let server = Server::builder()
//!     .service(Greeter)
//!     .with_health(&health)
//!     .listen(FramedListener::tcp("127.0.0.1:8080", FramedOptions::new()).await?);
//! // While something that the service needs is away:
//! health.set("hello.Greeter", ServingStatus::NotServing);
//! # server.serve(std::future::pending()).await
//! # }
//! ```

#[allow(
    missing_docs,
    unreachable_pub,
    reason = "made by portway-rpc-build, which has no texts for all of it"
)]
mod proto {
    include!("../generated/services/grpc.health.v1.rs");
}

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::watch;

use crate::{CancelReason, Context, Sending, Status};

pub use proto::{
    HealthCheckRequest, HealthCheckResponse, HealthClient,
    health::{Check, Watch},
    health_check_response::ServingStatus,
};

/// How the services of a server are; clones are the same one.
///
/// A server made [with it](crate::Server::with_health) says that it and all its services are
/// serving as soon as it serves, but for those that were set to something else before. When it
/// stops, all are not serving, and those who watch are told so before the transports close.
#[derive(Clone, Debug)]
pub struct Health {
    board: Arc<watch::Sender<Board>>,
}

#[derive(Debug, Default)]
struct Board {
    services: BTreeMap<String, ServingStatus>,
    stopping: bool,
}

impl Health {
    /// Makes one that knows no service.
    pub fn new() -> Self {
        Self {
            board: Arc::new(watch::Sender::new(Board::default())),
        }
    }

    /// Sets how a service is, which is named with its package; the empty name is the server as a
    /// whole. Once the server stops, nothing changes any more.
    pub fn set(&self, service: impl Into<String>, status: ServingStatus) {
        self.board.send_if_modified(|board| {
            !board.stopping && board.services.insert(service.into(), status) != Some(status)
        });
    }

    /// Returns how a service is, if anybody has said it.
    pub fn status(&self, service: &str) -> Option<ServingStatus> {
        self.board.borrow().services.get(service).copied()
    }

    /// Says that the server and these services are serving, unless something was said before.
    pub(crate) fn begin(&self, services: &[&'static str]) {
        self.board.send_modify(|board| {
            for name in services.iter().chain([&""]) {
                let status = board.services.entry((*name).to_owned());
                status.or_insert(ServingStatus::Serving);
            }
        });
    }

    /// Says that nothing is serving any more.
    pub(crate) fn stop(&self) {
        self.board.send_modify(|board| {
            board.stopping = true;
            let statuses = board.services.values_mut();
            statuses.for_each(|status| *status = ServingStatus::NotServing);
        });
    }

    /// Returns the service that answers who asks.
    pub(crate) fn service(&self) -> proto::HealthServer<Self> {
        proto::HealthServer::new(self.clone())
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl proto::Health for Health {
    async fn check(
        &self,
        _: Context,
        request: HealthCheckRequest,
    ) -> Result<HealthCheckResponse, Status> {
        let unknown =
            || Status::not_found(format!("there is no service {:?} here", request.service));
        self.status(&request.service)
            .map(answer)
            .ok_or_else(unknown)
    }

    async fn watch(
        &self,
        _: Context,
        request: HealthCheckRequest,
        mut responses: Sending<HealthCheckResponse>,
    ) -> Result<(), Status> {
        let mut board = self.board.subscribe();
        let mut told = None;
        loop {
            let (status, stopping) = {
                let board = board.borrow_and_update();
                (
                    board.services.get(&request.service).copied(),
                    board.stopping,
                )
            };
            let status = status.unwrap_or(ServingStatus::ServiceUnknown);
            if told.replace(status) != Some(status) {
                responses.send(answer(status)).await?;
            }
            // A watch must not hold up the end of the server.
            if stopping || board.changed().await.is_err() {
                return Err(CancelReason::Stopping.status());
            }
        }
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}
