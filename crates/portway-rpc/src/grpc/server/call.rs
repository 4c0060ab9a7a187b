//! How a request of HTTP/2 becomes a call.

use std::{future::poll_fn, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::{
    Context, Deadline, Metadata, Route, Shape, Status,
    deadline::parse_timeout,
    grpc::{
        headers::{
            CONTENT_TYPE, GRPC_ACCEPT_ENCODING, GRPC_ENCODING, GRPC_TIMEOUT, metadata_of,
            put_metadata,
        },
        message::MessageReader,
        outbox::Outgoing,
        server::{connection::Connection, stream::serve_streams, unary::serve_unary},
        status::put_status,
    },
};

/// The most bytes that are read of a request that is refused.
const MAXIMUM_READ_AWAY: usize = 64 << 10;

/// Answers one request, whose headers came at `arrived`.
pub(crate) async fn answer(
    connection: &Connection,
    request: Request<Incoming>,
    arrived: Instant,
) -> Response<Outgoing> {
    let (head, body) = request.into_parts();
    if let Some(refusal) = refuse_foreign(&head.method, &head.headers) {
        let whole = tokio::time::timeout(connection.options.greeting, read_away(body)).await;
        tracing::debug!(late = whole.is_err(), "a request is HTTP, but not gRPC");
        return refusal;
    }
    let path = head.uri.path();
    let Some(route) = connection.router.route(path.trim_start_matches('/')) else {
        return failure(&Status::unimplemented("there is no such method here"));
    };
    if is_compressed(&head.headers) {
        return refuse_compressed();
    }
    let context = match context_of(connection, route, &head.headers, arrived) {
        Ok(context) => context,
        Err(status) => return failure(&status),
    };
    let requests = MessageReader::new(body, connection.options.maximum_message);
    match route.shape() {
        Shape::Unary => serve_unary(route, context, requests).await,
        _ => serve_streams(route, context, requests, connection.options.outgoing).await,
    }
}

/// Refuses what is HTTP, but not gRPC.
fn refuse_foreign(method: &Method, headers: &HeaderMap) -> Option<Response<Outgoing>> {
    if method != Method::POST {
        return Some(plain(StatusCode::METHOD_NOT_ALLOWED));
    }
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.map_or(&b""[..], HeaderValue::as_bytes);
    match content_type.strip_prefix(b"application/grpc") {
        Some(b"" | b"+proto" | [b';', ..] | [b'+', b'p', b'r', b'o', b't', b'o', b';', ..]) => None,
        _ => Some(plain(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    }
}

/// Reads what comes with a request that is refused, within reason: whoever speaks plain HTTP may
/// not look for an answer before it has sent all.
async fn read_away(mut body: Incoming) {
    let mut left = MAXIMUM_READ_AWAY;
    while let Some(Ok(frame)) = poll_fn(|task| Pin::new(&mut body).poll_frame(task)).await {
        let size = frame.data_ref().map_or(0, Bytes::len);
        left = left.saturating_sub(size);
        if left == 0 {
            return;
        }
    }
}

/// Answers in plain HTTP, with a word for whoever looks at it.
fn plain(code: StatusCode) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::Message {
        message: Some(Bytes::from_static(
            b"gRPC is spoken here: POST application/grpc\n",
        )),
        trailers: None,
    });
    *response.status_mut() = code;
    response
}

fn is_compressed(headers: &HeaderMap) -> bool {
    headers
        .get(GRPC_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
}

/// Says which compression is taken, as gRPC wants it.
fn refuse_compressed() -> Response<Outgoing> {
    let status = Status::unimplemented("compressed messages are not taken: send them plain");
    let mut response = failure(&status);
    response
        .headers_mut()
        .insert(GRPC_ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    response
}

/// Makes the context of a call out of its headers.
fn context_of(
    connection: &Connection,
    route: &Route,
    headers: &HeaderMap,
    arrived: Instant,
) -> Result<Context, Status> {
    let options = &connection.options;
    let timeout = match headers.get(GRPC_TIMEOUT) {
        Some(text) => text
            .to_str()
            .ok()
            .and_then(parse_timeout)
            .ok_or_else(|| Status::invalid_argument("the header grpc-timeout is malformed"))?,
        None if route.shape() == Shape::Unary => options.timeout,
        None => options.stream_timeout,
    };
    let metadata = metadata_of(headers)
        .map_err(|error| Status::invalid_argument(error.to_string()).with_source(error))?;
    Ok(Context::incoming_within(
        Deadline::since(arrived, timeout),
        metadata,
        Arc::clone(&connection.peer),
        &connection.ending,
    ))
}

/// Makes an answer that begins well.
pub(crate) fn success(leading: &Metadata, body: Outgoing) -> Response<Outgoing> {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, CONTENT_TYPE);
    put_metadata(leading, response.headers_mut());
    response
}

/// Makes an answer that is nothing but a status.
pub(crate) fn failure(status: &Status) -> Response<Outgoing> {
    let mut headers = HeaderMap::new();
    put_status(status, &mut headers);
    only(headers)
}

/// Makes an answer that is nothing but its end.
pub(crate) fn only(end: HeaderMap) -> Response<Outgoing> {
    let mut response = success(&Metadata::new(), Outgoing::Empty);
    response.headers_mut().extend(end);
    response
}
