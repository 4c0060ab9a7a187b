//! What gRPC inside TLS promises.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use portway_rpc::{
    Call, Code, GrpcChannel, GrpcListener, GrpcOptions, GrpcTarget, Request, Server, Status,
};
use rustls::{ClientConfig, ServerConfig};

use crate::{
    authority::Authority,
    service::{Everything, Tell},
};

async fn with_server<F: Future<Output = ()>>(
    tls: Arc<ServerConfig>,
    test: impl FnOnce(String) -> F,
) {
    let listener = GrpcListener::tls("127.0.0.1:0", tls, GrpcOptions::new()).await;
    let listener = listener.unwrap();
    let address = format!("localhost:{}", listener.address().unwrap().port());
    let server = Server::builder()
        .service(Everything::default())
        .listen(listener);
    let server = tokio::spawn(server.serve(std::future::pending()));
    test(address).await;
    server.abort();
}

async fn tell(address: String, tls: Arc<ClientConfig>) -> Result<Bytes, Status> {
    let options = GrpcOptions::new().tls(tls);
    let channel = GrpcChannel::connect(GrpcTarget::Tls(address), options).await?;
    let request = Request::new(Bytes::new()).timeout(Duration::from_secs(5));
    Call::<Tell>::call(&channel, request).await
}

#[tokio::test]
async fn a_handler_sees_the_certificate_of_a_client_that_was_asked_for_one() {
    let authority = Authority::new();
    with_server(authority.asking_server(), |address| async move {
        let told = tell(address, authority.known_client()).await.unwrap();
        assert!(told.ends_with(b"certificates=1"), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused_where_one_is_asked_for() {
    let authority = Authority::new();
    with_server(authority.asking_server(), |address| async move {
        let refused = tell(address, authority.client()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_believed() {
    let (authority, other) = (Authority::new(), Authority::new());
    with_server(authority.server(), |address| async move {
        let told = tell(address.clone(), authority.client()).await.unwrap();
        assert!(told.ends_with(b"certificates=0"), "{told:?}");
        let refused = tell(address, other.client()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_target_inside_tls_needs_to_know_whom_to_trust() {
    let target = GrpcTarget::Tls("localhost:1".into());
    let refused = GrpcChannel::connect(target, GrpcOptions::new()).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
}
