//! Server reflection: what a server serves, for tools such as grpcurl, on every transport.
//!
//! What it knows is in the file `descriptors.bin` that portway-rpc-build writes beside the code:
//!
//! ```no_run
//! # use portway_rpc::{AnyTransport, FramedListener, FramedOptions, Server, Service, Visit};
//! # struct Greeter;
//! # impl Service for Greeter {
//! #     type Reach = AnyTransport;
//! #     const NAME: &'static str = "hello.Greeter";
//! #     fn visit<V: Visit<Self>>(_visitor: &mut V) {}
//! # }
//! use portway_rpc::reflection::Reflection;
//!
//! # const DESCRIPTORS: &[u8] = &[];
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! // const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
//! let server = Server::builder()
//!     .service(Greeter)
//!     .with_reflection(Reflection::new().descriptors(DESCRIPTORS)?)
//!     .listen(FramedListener::tcp("127.0.0.1:8080", FramedOptions::new()).await?);
//! # Ok(server.serve(std::future::pending()).await?)
//! # }
//! ```

mod answers;
mod index;
#[allow(
    missing_docs,
    unreachable_pub,
    reason = "made by portway-rpc-build, which has no texts for all of it"
)]
mod proto {
    pub(crate) mod v1 {
        include!("../generated/services/grpc.reflection.v1.rs");
    }
    pub(crate) mod v1alpha {
        include!("../generated/services/grpc.reflection.v1alpha.rs");
    }
}

use std::sync::{Arc, OnceLock};

use index::Index;

use crate::Service;

pub use index::DescriptorError;
pub use proto::{
    v1::{
        ErrorResponse, ExtensionNumberResponse, ExtensionRequest, FileDescriptorResponse,
        ListServiceResponse, ServerReflectionClient, ServerReflectionRequest,
        ServerReflectionResponse, ServiceResponse, server_reflection::ServerReflectionInfo,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    },
    v1alpha::{
        ServerReflectionClient as AlphaServerReflectionClient,
        server_reflection::ServerReflectionInfo as AlphaServerReflectionInfo,
    },
};

/// What health and reflection themselves are.
const OWN: &[u8] = include_bytes!("../generated/services/descriptors.bin");

/// Tells what a server serves: `grpc.reflection.v1` and `v1alpha`, the same under two names.
#[derive(Clone, Debug, Default)]
pub struct Reflection {
    index: Arc<Index>,
    /// Known once the server has all its services.
    services: Arc<OnceLock<Vec<&'static str>>>,
}

impl Reflection {
    /// Makes one that knows health and reflection themselves.
    pub fn new() -> Self {
        let mut index = Index::default();
        // A test makes sure of it.
        let _sound = index.add(OWN);
        Self {
            index: Arc::new(index),
            services: Arc::default(),
        }
    }

    /// Adds an encoded `FileDescriptorSet`, such as the file that portway-rpc-build writes.
    ///
    /// # Errors
    /// That it is none.
    pub fn descriptors(mut self, set: &[u8]) -> Result<Self, DescriptorError> {
        Arc::make_mut(&mut self.index).add(set)?;
        Ok(self)
    }

    /// Tells which services there are; the first word counts.
    pub(crate) fn begin(&self, services: &[&'static str]) {
        let mut services = services.to_vec();
        services.sort_unstable();
        self.services.get_or_init(|| services);
    }

    /// Returns the services that answer who asks, one for each name of the protocol.
    pub(crate) fn services(&self) -> (impl Service, impl Service) {
        (
            proto::v1::ServerReflectionServer::new(self.clone()),
            proto::v1alpha::ServerReflectionServer::new(self.clone()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_and_reflection_know_themselves() {
        assert!(Index::default().add(OWN).is_ok());
        let reflection = Reflection::new();
        for symbol in [
            "grpc.health.v1.Health.Check",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo",
            "grpc.health.v1.HealthCheckResponse.ServingStatus",
        ] {
            assert!(
                reflection.index.file_of_symbol(symbol).is_some(),
                "{symbol}"
            );
        }
        assert!(Reflection::new().descriptors(&[255]).is_err());
    }
}
