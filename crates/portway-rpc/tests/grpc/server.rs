//! Servers of gRPC for one test.

use std::{future::Future, time::Duration};

use portway_rpc::{GrpcChannel, GrpcListener, GrpcOptions, GrpcTarget, Server};
use tokio::sync::oneshot;

use crate::service::{Everything, LIMIT};

/// Runs `test` with the address of a server over TCP, then stops it and waits for its end.
pub(crate) async fn with_address<F: Future<Output = ()>>(
    service: Everything,
    options: GrpcOptions,
    test: impl FnOnce(String) -> F,
) {
    let listener = GrpcListener::tcp("127.0.0.1:0", options).await.unwrap();
    let address = listener.address().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder()
        .service(service)
        .listen(listener)
        .drain(Duration::from_secs(1))
        .serve(async move { stopped.await.unwrap_or_default() });
    let server = tokio::spawn(server);
    tokio::time::timeout(LIMIT, test(address)).await.unwrap();
    drop(stop);
    let ended = tokio::time::timeout(LIMIT, server).await;
    ended.unwrap().unwrap().unwrap();
}

/// Runs `test` with a channel to a server over TCP.
pub(crate) async fn with_server<F: Future<Output = ()>>(
    service: Everything,
    test: impl FnOnce(GrpcChannel) -> F,
) {
    let options = GrpcOptions::new();
    with_address(service, options.clone(), |address| async move {
        let channel = GrpcChannel::connect(GrpcTarget::Tcp(address), options);
        test(channel.await.unwrap()).await;
    })
    .await;
}
