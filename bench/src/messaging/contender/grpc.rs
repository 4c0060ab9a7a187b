//! Ours over gRPC: the same service as over framed connections.

use portway_rpc::{
    Call, GrpcChannel, GrpcListener, GrpcOptions, GrpcTarget, Open, Request, Server,
};
use tokio::net::TcpListener;

use crate::messaging::{
    contender::portway::{Bench, Echo, Flow, Payload},
    load::{Load, Progress, Sample, repeat, sides},
};

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let listener = GrpcListener::from_tcp(listener, GrpcOptions::new());
    let server = Server::builder().service(Bench).listen(listener);
    Ok(server.serve(std::future::pending()).await?)
}

async fn connect(address: std::net::SocketAddr) -> anyhow::Result<GrpcChannel> {
    let target = GrpcTarget::Tcp(address.to_string());
    Ok(GrpcChannel::connect(target, GrpcOptions::new()).await?)
}

pub(crate) fn calls(load: Load) -> anyhow::Result<Sample> {
    sides(load, serve, move |address, progress: Progress| async move {
        let channel = connect(address).await?;
        let message = Payload::of(load.size);
        repeat(load.depth, progress, move || {
            let (channel, message) = (channel.clone(), message.clone());
            async move {
                Call::<Echo>::call(&channel, Request::new(message)).await?;
                Ok(())
            }
        })
        .await
    })
}

pub(crate) fn one_way(load: Load) -> anyhow::Result<Sample> {
    sides(load, serve, move |address, progress: Progress| async move {
        let channel = connect(address).await?;
        let request = Request::new(Some(Payload::of(load.size)));
        let (_requests, mut responses) = Open::<Flow>::open(&channel, request).await?;
        while !progress.is_over() {
            responses.receive().await?;
            progress.add(1);
        }
        Ok(())
    })
}
