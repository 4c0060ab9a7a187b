//! gRPC and NATS take methods of a `.proto`: neither a server nor a client of a plain trait compiles.

use portway_rpc::{
    Call, Context, GrpcChannel, GrpcListener, NatsChannel, NatsListener, Server, Status,
};

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

fn serve(grpc: GrpcListener, nats: NatsListener) {
    let _over_grpc = Server::builder().service(StoreServer::new(Numbers)).listen(grpc);
    let _over_nats = Server::builder().service(StoreServer::new(Numbers)).listen(nats);
}

fn called_over<C: Call<store::Find>>() {}

fn main() {
    called_over::<GrpcChannel>();
    called_over::<NatsChannel>();
}
