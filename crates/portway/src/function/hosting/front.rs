//! HTTP in front of a Runtime API, as a function's address is in front of Lambda.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use anyhow::Result;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use super::{
    event::{self, HttpAnswer},
    runtime_api::RuntimeApi,
};
use crate::{failure::Advise as _, output};

/// What Lambda lets through.
const LONGEST_BODY: usize = 6 << 20;

/// Callers at a time; further ones wait in the system's queue.
const MOST_CONNECTIONS: usize = 256;

/// Listens for callers.
///
/// # Errors
/// If the address cannot be used.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    Ok(listener.advise(
        format!("cannot listen on {address}"),
        "choose another address with --listen ADDR:PORT",
    )?)
}

/// Hands requests to the program until it is dropped.
pub(super) async fn serve(listener: TcpListener, api: Arc<RuntimeApi>) -> Result<()> {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await?;
        let (stream, _) = listener.accept().await?;
        let api = Arc::clone(&api);
        tokio::spawn(async move {
            connection(stream, api).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, api: Arc<RuntimeApi>) {
    let service = service_fn(move |request| {
        let api = Arc::clone(&api);
        async move { Ok::<_, Infallible>(answer(&api, request).await) }
    });
    // A connection that breaks is a caller that went away.
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(api: &RuntimeApi, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        let reason = format!("the body is cut off or longer than {LONGEST_BODY} bytes\n");
        return plain(StatusCode::PAYLOAD_TOO_LARGE, reason);
    };
    let event = event::of_request(&head.method, &head.uri, &head.headers, &body.to_bytes());
    let answered = api.invoke(event.to_string().into()).await;
    match answered.and_then(|(_, answer)| event::answer(&answer)) {
        Ok(answer) => response(answer),
        Err(error) => {
            output::remark(&format!("{} {}: {error:#}", head.method, head.uri.path()));
            plain(StatusCode::BAD_GATEWAY, "the function failed\n".to_owned())
        }
    }
}

fn response(answer: HttpAnswer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer.headers {
        // The length is the server's own affair; what is no header is left out, as Lambda does.
        if let (Ok(name), Ok(value)) = (
            name.parse::<HeaderName>(),
            HeaderValue::from_bytes(value.as_bytes()),
        ) && name != "content-length"
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn plain(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response
}
