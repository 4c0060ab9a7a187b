//! What framed connections inside TLS promise.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use portway_rpc::{
    Call, Code, FramedChannel, FramedListener, FramedOptions, Request, Server, Status, Target,
};
use rustls::{ClientConfig, ServerConfig};
use tokio::sync::oneshot;

mod authority;
mod service;

use authority::Authority;
use service::{Everything, Tell};

/// Runs `test` with the address of a server, then stops the server and waits for its end.
async fn with_server<F: Future<Output = ()>>(
    tls: Arc<ServerConfig>,
    test: impl FnOnce(String) -> F,
) {
    let listener = FramedListener::tls("127.0.0.1:0", tls, FramedOptions::new())
        .await
        .unwrap();
    let address = format!("localhost:{}", listener.address().unwrap().port());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder()
        .service(Everything::default())
        .listen(listener);
    let server = tokio::spawn(server.serve(async move { stopped.await.unwrap_or_default() }));
    test(address).await;
    drop(stop);
    server.await.unwrap().unwrap();
}

/// Calls a server; returns what its handler knows of the caller.
async fn call(target: Target, tls: Arc<ClientConfig>) -> Result<String, Status> {
    let options = FramedOptions::new().tls(tls);
    call_with(target, options).await
}

async fn call_with(target: Target, options: FramedOptions) -> Result<String, Status> {
    let channel = FramedChannel::connect(target, options).await?;
    let request = Request::new(Bytes::new()).timeout(Duration::from_secs(5));
    let told = Call::<Tell>::call(&channel, request).await?;
    Ok(String::from_utf8_lossy(&told).into_owned())
}

#[tokio::test]
async fn a_call_passes_inside_tls() {
    let authority = Authority::new();
    with_server(authority.server(), |address| async move {
        let answer = call(Target::Tls(address), authority.client())
            .await
            .unwrap();
        assert!(answer.ends_with("certificates=0"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn a_handler_sees_the_certificate_of_a_client_that_was_asked_for_one() {
    let authority = Authority::new();
    with_server(authority.asking_server(), |address| async move {
        let answer = call(Target::Tls(address), authority.known_client())
            .await
            .unwrap();
        assert!(answer.ends_with("certificates=1"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused_where_one_is_asked_for() {
    let authority = Authority::new();
    with_server(authority.asking_server(), |address| async move {
        let refused = call(Target::Tls(address), authority.client())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_believed() {
    let (authority, other) = (Authority::new(), Authority::new());
    with_server(authority.server(), |address| async move {
        let refused = call(Target::Tls(address), other.client())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_speak_tls_is_refused() {
    let authority = Authority::new();
    with_server(authority.server(), |address| async move {
        let refused = call_with(Target::Tcp(address), FramedOptions::new())
            .await
            .unwrap_err();
        // What TLS says to it is no frame.
        assert!(
            refused.to_string().contains("broke the protocol"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_target_inside_tls_needs_to_know_whom_to_trust() {
    let refused = call_with(Target::Tls("localhost:1".into()), FramedOptions::new())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
}

#[tokio::test]
async fn a_server_that_is_silent_inside_tls_is_not_waited_for_for_ever() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::Tls(format!("localhost:{}", silent.local_addr().unwrap().port()));
    let options = FramedOptions::new()
        .tls(Authority::new().client())
        .greeting_timeout(Duration::from_millis(100));
    let connecting = tokio::time::timeout(service::LIMIT, call_with(target, options));
    let refused = connecting.await.expect("it hangs").unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
}
