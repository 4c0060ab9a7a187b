//! The headers of a request.

use std::time::Duration;

use http::{HeaderValue, Request, Uri, header, uri::PathAndQuery};

use crate::{
    MethodName, OutgoingCall, Status,
    deadline::format_timeout,
    grpc::{
        client::{Connection, unsent::Admitted},
        headers::{CONTENT_TYPE, GRPC_TIMEOUT, put_metadata},
    },
};

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("portway-rpc/", env!("CARGO_PKG_VERSION")));

/// Makes the request of a call.
pub(crate) fn request(
    connection: &Connection,
    name: MethodName<'_>,
    call: &OutgoingCall,
    timeout: Duration,
    body: Admitted,
) -> Result<Request<Admitted>, Status> {
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = uri(connection, name)?;
    let headers = request.headers_mut();
    headers.reserve(4 + call.metadata.len());
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    headers.insert(header::USER_AGENT, USER_AGENT);
    if let Ok(timeout) = HeaderValue::try_from(format_timeout(timeout)) {
        headers.insert(GRPC_TIMEOUT, timeout);
    }
    put_metadata(&call.metadata, headers);
    Ok(request)
}

fn uri(connection: &Connection, name: MethodName<'_>) -> Result<Uri, Status> {
    let path = format!("/{}/{}", name.service, name.method);
    let wrong = |error: http::Error| {
        Status::invalid_argument(format!("{name:?} is no name of a method")).with_source(error)
    };
    let path = PathAndQuery::from_maybe_shared(bytes::Bytes::from(path));
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(connection.scheme.clone());
    parts.authority = Some(connection.authority.clone());
    parts.path_and_query = Some(path.map_err(|error| wrong(error.into()))?);
    Uri::from_parts(parts).map_err(|error| wrong(error.into()))
}
