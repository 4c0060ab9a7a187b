//! Compute and services, 6000 to 7003: as on a node that has neither.

use portway_ignite_protocol::{NodeId, ServerError, ServiceDescriptor, Status};

use super::Context;
use super::answer::{Body, body};

impl Context<'_> {
    /// As on a node with default settings.
    pub(super) fn refuse_task() -> ServerError {
        let message = "Compute grid functionality is disabled for thin clients on server node. \
                       To enable it set up the \
                       ThinClientConfiguration.MaxActiveComputeTasksPerConnection property.";
        ServerError::new(Status::FUNCTIONALITY_DISABLED, message)
    }

    pub(super) fn refuse_service(name: &str) -> ServerError {
        ServerError::new(Status::FAILED, format!("Service not found: {name}"))
    }

    pub(super) fn services(&self) -> Result<Body, ServerError> {
        Ok(body(&Vec::<ServiceDescriptor>::new(), self.dialect))
    }

    pub(super) fn service_nodes(&self) -> Result<Body, ServerError> {
        Ok(body(&Vec::<NodeId>::new(), self.dialect))
    }
}
