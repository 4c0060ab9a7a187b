//! Ours over gRPC: the same service as over framed connections.

use std::net::SocketAddr;

use portway_rpc::{GrpcChannel, GrpcListener, GrpcOptions, GrpcTarget, Server};
use tokio::net::TcpListener;

use crate::messaging::{
    contender::portway::{Bench, calls_over, one_way_over},
    load::{Load, Sample},
};

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let listener = GrpcListener::from_tcp(listener, GrpcOptions::new());
    let server = Server::builder().service(Bench).listen(listener);
    Ok(server.serve(std::future::pending()).await?)
}

async fn connect(address: SocketAddr) -> anyhow::Result<GrpcChannel> {
    let target = GrpcTarget::Tcp(address.to_string());
    Ok(GrpcChannel::connect(target, GrpcOptions::new()).await?)
}

pub(crate) fn calls(load: Load) -> anyhow::Result<Sample> {
    calls_over(load, serve, connect)
}

pub(crate) fn one_way(load: Load) -> anyhow::Result<Sample> {
    one_way_over(load, serve, connect)
}
