//! What framed connections inside TLS promise.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use portway_rpc::{
    AnyTransport, Call, Code, Context, FramedChannel, FramedListener, FramedOptions, Handle,
    Method, Raw, Request, Server, Service, Shape, Status, Target, Visit,
};
use rustls::{ClientConfig, ServerConfig};
use tokio::sync::oneshot;

mod authority;

use authority::Authority;

/// Gives back how many certificates the caller has shown.
struct Certificates;

impl Method for Certificates {
    type Request = Bytes;
    type Response = Bytes;
    type Codec = Raw;
    const SERVICE: &'static str = "test.Service";
    const NAME: &'static str = "Certificates";
    const SHAPE: Shape = Shape::Unary;
}

struct Counter;

impl Handle<Certificates> for Counter {
    async fn handle(&self, context: Context, _request: Bytes) -> Result<Bytes, Status> {
        let peer = context.peer().ok_or_else(|| Status::internal("no peer"))?;
        Ok(peer.certificates.len().to_string().into())
    }
}

impl Service for Counter {
    type Reach = AnyTransport;
    const NAME: &'static str = "test.Service";
    fn visit<V: Visit<Self>>(visitor: &mut V) {
        visitor.unary::<Certificates>();
    }
}

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
    let server = Server::builder().service(Counter).listen(listener);
    let server = tokio::spawn(server.serve(async move { stopped.await.unwrap_or_default() }));
    test(address).await;
    drop(stop);
    server.await.unwrap().unwrap();
}

async fn call(target: Target, tls: Arc<ClientConfig>) -> Result<Bytes, Status> {
    let options = FramedOptions::new().tls(tls);
    call_with(target, options).await
}

async fn call_with(target: Target, options: FramedOptions) -> Result<Bytes, Status> {
    let channel = FramedChannel::connect(target, options).await?;
    let request = Request::new(Bytes::new()).timeout(Duration::from_secs(5));
    Call::<Certificates>::call(&channel, request).await
}

#[tokio::test]
async fn a_call_passes_inside_tls() {
    let authority = Authority::new();
    with_server(authority.server(), |address| async move {
        let answer = call(Target::Tls(address), authority.client())
            .await
            .unwrap();
        assert_eq!(answer, "0");
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
        assert_eq!(answer, "1");
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
