//! A transport that carries protocol buffers only, as gRPC and NATS do, takes no plain trait.

use std::{future::Future, io, pin::Pin, sync::Arc};

use portway_rpc::{AnyTransport, Context, Listen, ProtobufMethod, Router, Server, Status, Stopping};

#[portway_rpc::service]
trait Store {
    async fn find(&self, context: Context, key: String) -> Result<u32, Status>;
}

struct Numbers;

impl Store for Numbers {
    async fn find(&self, _context: Context, _key: String) -> Result<u32, Status> {
        Ok(1)
    }
}

/// Listens as gRPC does.
struct ProtobufOnly;

impl Listen<AnyTransport> for ProtobufOnly {
    fn listen(
        self: Box<Self>,
        _router: Arc<Router>,
        _stopping: Stopping,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {
        Box::pin(async { Ok(()) })
    }
}

fn called_over_protobuf_only<M: ProtobufMethod>() {}

fn main() {
    let _server = Server::builder().service(StoreServer::new(Numbers)).listen(ProtobufOnly);
    called_over_protobuf_only::<store::Find>();
}
