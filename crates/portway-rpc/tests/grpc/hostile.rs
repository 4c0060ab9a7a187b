//! What hostile peers send on HTTP/2, on either side.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use portway_rpc::{Call, Code, GrpcChannel, GrpcOptions, Open, Status};
use tokio::net::TcpStream;

use crate::{
    server::with_address,
    service::{Double, Echo, Everything, LIMIT},
};

/// How long a test of its own may take.
#[cfg(target_os = "linux")]
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends one request by hand; returns the headers of the answer and those behind it.
async fn request(address: &str, request: Request<()>, body: &[u8]) -> (HeaderMap, StatusCode) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let (response, mut sending) = client.send_request(request, false).unwrap();
    sending
        .send_data(Bytes::copy_from_slice(body), true)
        .unwrap();
    let (head, mut body) = response.await.unwrap().into_parts();
    while body.data().await.is_some() {}
    let mut headers = head.headers;
    headers.extend(body.trailers().await.unwrap().unwrap_or_default());
    driver.abort();
    (headers, head.status)
}

fn post(path: &str) -> http::request::Builder {
    Request::post(format!("http://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
}

fn status(headers: &HeaderMap) -> u8 {
    let text = headers["grpc-status"].to_str().unwrap();
    text.parse().unwrap()
}

#[tokio::test]
async fn malformed_messages_are_refused_by_name() {
    with_address(
        Everything::default(),
        GrpcOptions::new(),
        |address| async move {
            let long = [&[0, 255, 255, 255, 255][..], &[7; 100]].concat();
            for (body, code) in [
                (&long[..], Code::ResourceExhausted),
                (&[0, 0, 0, 0, 9, 1], Code::Internal),
                (&[0, 0, 0], Code::Internal),
                (&[1, 0, 0, 0, 0], Code::Internal),
                (&[], Code::Unimplemented),
                (&[0; 10], Code::Unimplemented),
                (&[0, 0, 0, 0, 1, 255], Code::InvalidArgument),
            ] {
                let echo = post("/test.Service/Echo").body(()).unwrap();
                let (headers, http) = request(&address, echo, body).await;
                assert_eq!(http, StatusCode::OK);
                assert_eq!(status(&headers), code.number(), "{body:?}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn malformed_headers_are_refused_by_name() {
    with_address(
        Everything::default(),
        GrpcOptions::new(),
        |address| async move {
            for (name, value, code) in [
                ("grpc-timeout", "soon", Code::InvalidArgument),
                ("grpc-timeout", "0n", Code::DeadlineExceeded),
                ("grpc-encoding", "gzip", Code::Unimplemented),
                ("key-bin", "no base64!", Code::InvalidArgument),
            ] {
                let echo = post("/test.Service/Echo").header(name, value);
                let (headers, _) = request(&address, echo.body(()).unwrap(), &[0; 5]).await;
                assert_eq!(status(&headers), code.number(), "{name}: {value}");
            }
            let nowhere = post("/").body(()).unwrap();
            let (headers, _) = request(&address, nowhere, &[]).await;
            assert_eq!(status(&headers), Code::Unimplemented.number());
            let html = Request::post("http://localhost/test.Service/Echo");
            let (_, http) = request(&address, html.body(()).unwrap(), &[]).await;
            assert_eq!(http, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        },
    )
    .await;
}

/// Calls a server that answers one request with these headers, bytes and trailers.
async fn answered(
    headers: Response<()>,
    body: &'static [u8],
    trailers: Option<HeaderMap>,
) -> Result<Bytes, Status> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(async move {
        let mut connection = h2::server::handshake(far).await.unwrap();
        let (_request, mut respond) = connection.accept().await.unwrap().unwrap();
        let only = body.is_empty() && trailers.is_none();
        let mut sending = respond.send_response(headers, only).unwrap();
        if !only {
            sending
                .send_data(Bytes::from_static(body), trailers.is_none())
                .unwrap();
        }
        if let Some(trailers) = trailers {
            sending.send_trailers(trailers).unwrap();
        }
        while connection.accept().await.is_some() {}
    });
    let channel = GrpcChannel::over(near, GrpcOptions::new()).await?;
    let answer = Call::<Echo>::call(&channel, Bytes::new().into()).await;
    drop(channel);
    server.await.unwrap();
    answer
}

fn grpc() -> Response<()> {
    let answer = Response::builder().header("content-type", "application/grpc");
    answer.body(()).unwrap()
}

#[tokio::test]
async fn answers_that_are_no_grpc_are_named_errors() {
    let unavailable = Response::builder().status(503).body(()).unwrap();
    let html = Response::builder().header("content-type", "text/html");
    let ok = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from(0))]);
    for (headers, body, trailers, code) in [
        (unavailable, &b""[..], None, Code::Unavailable),
        (html.body(()).unwrap(), b"<p>", None, Code::Unknown),
        (grpc(), &[0, 0, 0, 0, 0], None, Code::Internal),
        (
            grpc(),
            &[0, 0, 0, 0, 9, 1],
            Some(ok.clone()),
            Code::Internal,
        ),
        (
            grpc(),
            &[0, 255, 0, 0, 0],
            Some(ok.clone()),
            Code::ResourceExhausted,
        ),
        (grpc(), b"", Some(ok), Code::Unimplemented),
    ] {
        let error = answered(headers, body, trailers).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[tokio::test]
async fn a_status_with_rubbish_is_still_a_status() {
    let mut headers = grpc();
    for (name, value) in [
        ("grpc-status", "8"),
        ("grpc-message", "%ff%zz"),
        ("grpc-status-details-bin", "no base64!"),
    ] {
        headers
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    let error = answered(headers, b"", None).await.unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn a_server_that_goes_silent_is_noticed() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let greeted = tokio::spawn(async move { h2::server::handshake(far).await.unwrap() });
    let options = GrpcOptions::new().keepalive(std::time::Duration::from_millis(100));
    let channel = GrpcChannel::over(near, options).await.unwrap();
    // Nobody drives it any more.
    let _silent: h2::server::Connection<_, Bytes> = greeted.await.unwrap();
    let error = Call::<Echo>::call(&channel, Bytes::new().into())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    let opened = Open::<Double>::open(&channel, portway_rpc::Request::new(None)).await;
    assert_eq!(opened.unwrap_err().code(), Code::Unavailable);
}

/// Makes a channel to a server that takes no calls; the server ends with the connection.
async fn without_streams() -> (GrpcChannel, tokio::task::JoinHandle<()>) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(async move {
        let mut settings = h2::server::Builder::new();
        let greeting = settings.max_concurrent_streams(0).handshake(far);
        let mut connection: h2::server::Connection<_, Bytes> = greeting.await.unwrap();
        while connection.accept().await.is_some() {}
    });
    let channel = GrpcChannel::over(near, GrpcOptions::new()).await.unwrap();
    (channel, server)
}

#[tokio::test]
async fn a_connection_ends_with_its_channel_though_its_server_never_took_a_call() {
    let (channel, server) = without_streams().await;
    let request = portway_rpc::Request::new(Bytes::new());
    let request = request.timeout(std::time::Duration::from_millis(50));
    let error = Call::<Echo>::call(&channel, request).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded, "{error}");
    drop(channel);
    let ended = tokio::time::timeout(LIMIT, server).await;
    ended.expect("the connection stays open").unwrap();
}

/// Runs a test again in a process of its own, where no other test takes memory. Tells whether this is that process.
#[cfg(target_os = "linux")]
async fn is_alone(test: &str) -> bool {
    const ALONE: &str = "PORTWAY_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut again = tokio::process::Command::new(std::env::current_exe().unwrap());
    let again = again.args(["--exact", test]).env(ALONE, "1");
    let ended = tokio::time::timeout(PATIENCE, again.kill_on_drop(true).output()).await;
    let said = ended.expect("it ends").unwrap().stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("1 passed"), "{said}");
    false
}

/// The memory of this process that is in use, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let resident: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
    resident * 4096
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn calls_that_a_server_never_takes_do_not_gather_in_memory() {
    const SIZE: usize = 1 << 20;
    const CALLS: usize = 256;
    if !is_alone("hostile::calls_that_a_server_never_takes_do_not_gather_in_memory").await {
        return;
    }
    let (channel, server) = without_streams().await;
    let before = resident();
    let message = Bytes::from(vec![1; SIZE]);
    for _ in 0..CALLS {
        let request = portway_rpc::Request::new(message.clone());
        let request = request.timeout(Duration::from_millis(5));
        let error = Call::<Echo>::call(&channel, request).await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded, "{error}");
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < SIZE * CALLS / 4, "{grown} bytes for {CALLS} calls");
    server.abort();
}
