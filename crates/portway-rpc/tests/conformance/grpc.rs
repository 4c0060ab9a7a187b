use std::{net::SocketAddr, time::Duration};

use portway_rpc::{
    GrpcChannel, GrpcListener, GrpcOptions, GrpcTarget,
    conformance::{
        PATIENCE, Probe, Proxy, Running, Tried, TriedOverTcp, connected, served, streaming, unary,
    },
};

/// What a message may have at most, and what is surely too much.
const FITS: usize = 4_000_000;
const LIMIT: usize = 4 << 20;

struct Grpc;

async fn serve(probe: Probe, options: GrpcOptions) -> (Running<()>, SocketAddr) {
    let listener = GrpcListener::tcp("127.0.0.1:0", options).await.unwrap();
    let address = listener.address().unwrap();
    (Running::<()>::serve(probe, listener, PATIENCE), address)
}

async fn connect(address: SocketAddr, options: GrpcOptions) -> GrpcChannel {
    let target = GrpcTarget::Tcp(address.to_string());
    GrpcChannel::connect(target, options).await.unwrap()
}

impl Tried for Grpc {
    const NAME: &'static str = "gRPC";
    type Channel = GrpcChannel;

    async fn start(&self, probe: Probe) -> Running<GrpcChannel> {
        let (running, address) = serve(probe, GrpcOptions::new()).await;
        running.with(connect(address, GrpcOptions::new()).await)
    }
}

impl TriedOverTcp for Grpc {
    async fn start_behind(&self, probe: Probe) -> (Running<GrpcChannel>, Proxy) {
        let options = GrpcOptions::new().keepalive(Duration::from_millis(200));
        let (running, address) = serve(probe, options.clone()).await;
        let proxy = Proxy::before(address).await.unwrap();
        let channel = connect(proxy.address(), options).await;
        (running.with(channel), proxy)
    }
}

async fn all() {
    unary::all(&Grpc).await;
    unary::unknown_methods_are_unimplemented(&Grpc).await;
    unary::large_messages_pass(&Grpc, FITS).await;
    unary::larger_messages_are_refused(&Grpc, LIMIT).await;
    streaming::all(&Grpc).await;
    served::all(&Grpc).await;
}

#[tokio::test]
async fn calls_over_grpc() {
    all().await;
    connected::all(&Grpc).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_over_grpc_with_threads() {
    all().await;
}
