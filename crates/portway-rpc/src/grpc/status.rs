//! Statuses as headers, and errors of HTTP/2 as statuses.

use std::error::Error;

use base64::Engine as _;
use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{
    Code, Metadata, Status,
    binary::BASE64,
    grpc::headers::{metadata_of, put_metadata},
};

pub(crate) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// The headers of a call that went well.
pub(crate) fn ok_headers(metadata: &Metadata) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(1 + metadata.len());
    headers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
    put_metadata(metadata, &mut headers);
    headers
}

/// Adds a status, and the metadata that it carries, to headers.
pub(crate) fn put_status(status: &Status, headers: &mut HeaderMap) {
    let code = tonic::Code::from(i32::from(status.code().number()));
    let plain = tonic::Status::with_details(code, status.message(), status.details().clone());
    if plain.add_header(headers).is_err() {
        // Percent signs and base64 are always headers; the code alone would still be one.
        headers.insert(
            GRPC_STATUS,
            HeaderValue::from(u16::from(status.code().number())),
        );
    }
    put_metadata(status.metadata(), headers);
}

/// Tells whether headers have a status.
pub(crate) fn has_status(headers: &HeaderMap) -> bool {
    headers.contains_key(GRPC_STATUS)
}

/// Reads how a call ended. `Ok` holds the metadata behind the last message, as does the status.
pub(crate) fn read_status(headers: &mut HeaderMap) -> Result<Metadata, Status> {
    let Some(code) = headers.remove(GRPC_STATUS) else {
        return Err(Status::internal(
            "the server ended the call without a status",
        ));
    };
    let message = headers.remove(GRPC_MESSAGE);
    let details = headers.remove(GRPC_DETAILS);
    let metadata = metadata_of(headers).unwrap_or_default();
    let code = tonic::Code::from_bytes(code.as_bytes()) as i32;
    let code = Code::from_number(u32::try_from(code).unwrap_or(u32::MAX));
    if code == Code::Ok {
        return Ok(metadata);
    }
    let message = message.map(|text| percent_decode(text.as_bytes()));
    let status = Status::new(code, message.unwrap_or_default());
    let details = details.and_then(|text| BASE64.decode(text.as_bytes()).ok());
    let details = details.map(Bytes::from).unwrap_or_default();
    Err(status.with_details(details).with_metadata(metadata))
}

/// Reads a text in which `%` and two digits are a byte; what is no UTF-8 is replaced.
fn percent_decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.first_chunk::<2>().filter(|_| first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the status of an answer of HTTP that is none of gRPC.
///
/// Source: gRPC, `http-grpc-status-mapping.md`.
pub(crate) fn from_http(code: StatusCode) -> Status {
    let kind = match code {
        StatusCode::BAD_REQUEST => Code::Internal,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::Unimplemented,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Code::Unavailable,
        _ => Code::Unknown,
    };
    Status::new(
        kind,
        format!("the server answered with HTTP {code}, not with gRPC"),
    )
}

/// Returns the error of HTTP/2 that `error` comes from.
pub(crate) fn http2_error(error: &hyper::Error) -> Option<&h2::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        source = error.source();
    }
    None
}

/// Tells whether the other side takes no more calls on the connection, and has not looked at this
/// one.
pub(crate) fn is_going_away(error: &hyper::Error) -> bool {
    http2_error(error).is_some_and(|error| {
        error.is_remote() && error.is_go_away() && error.reason() == Some(Reason::NO_ERROR)
    })
}

/// Tells whether the other side has not looked at the call, because too many are under way.
pub(crate) fn is_refused(error: &hyper::Error) -> bool {
    http2_error(error).is_some_and(|error| {
        error.is_remote() && error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM)
    })
}

/// Returns how a call ends because of its connection or its stream.
///
/// Source: gRPC over HTTP/2, "Errors".
pub(crate) fn from_transport(error: &hyper::Error) -> Status {
    let http2 = http2_error(error);
    let reason = http2
        .filter(|error| error.is_reset())
        .and_then(h2::Error::reason);
    let (code, text) = match reason {
        Some(Reason::CANCEL) => (Code::Cancelled, "the other side gave the call up"),
        Some(Reason::REFUSED_STREAM) => (Code::Unavailable, "the server takes no more calls"),
        Some(Reason::ENHANCE_YOUR_CALM) => (Code::ResourceExhausted, "a limit is reached"),
        Some(Reason::INADEQUATE_SECURITY) => (Code::PermissionDenied, "TLS is too weak"),
        Some(_) => (Code::Internal, "the other side broke the stream off"),
        None => (Code::Unavailable, "the connection is lost"),
    };
    let cause = match http2 {
        Some(error) => error.to_string(),
        None => error.to_string(),
    };
    Status::new(code, format!("{text}: {cause}"))
}

impl From<tonic::Status> for Status {
    fn from(status: tonic::Status) -> Self {
        let code = u32::try_from(status.code() as i32).unwrap_or(u32::MAX);
        let details = Bytes::copy_from_slice(status.details());
        let metadata = metadata_of(&status.metadata().clone().into_headers());
        Self::new(Code::from_number(code), status.message())
            .with_details(details)
            .with_metadata(metadata.unwrap_or_default())
    }
}

impl From<Status> for tonic::Status {
    fn from(status: Status) -> Self {
        let mut headers = HeaderMap::new();
        put_metadata(status.metadata(), &mut headers);
        Self::with_details_and_metadata(
            tonic::Code::from(i32::from(status.code().number())),
            status.message(),
            status.details().clone(),
            tonic::metadata::MetadataMap::from_headers(headers),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_comes_back_from_its_headers() {
        let mut metadata = Metadata::new();
        metadata.append("reason", "tired").unwrap();
        metadata.append_binary("proof-bin", vec![0, 255]).unwrap();
        let status = Status::data_loss("50 % of ü\nare gone")
            .with_details(vec![1, 2, 3, 4])
            .with_metadata(metadata.clone());
        let mut headers = HeaderMap::new();
        put_status(&status, &mut headers);
        let read = read_status(&mut headers).unwrap_err();
        assert_eq!(read.code(), status.code());
        assert_eq!(read.message(), status.message());
        assert_eq!(read.details(), status.details());
        // Headers of different names have no order.
        for name in ["reason", "proof-bin"] {
            assert_eq!(read.metadata().value(name), metadata.value(name));
        }
        assert_eq!(read.metadata().len(), metadata.len());
    }

    #[test]
    fn headers_of_a_hostile_server_are_read_without_a_panic() {
        let mut headers = HeaderMap::new();
        headers.insert(GRPC_STATUS, HeaderValue::from_static("no number"));
        headers.insert(GRPC_MESSAGE, HeaderValue::from_static("%ff%2%"));
        headers.insert(GRPC_DETAILS, HeaderValue::from_static("no base64!"));
        let status = read_status(&mut headers).unwrap_err();
        assert_eq!(status.code(), Code::Unknown);
        assert_eq!(status.message(), "\u{fffd}%2%");
        assert!(status.details().is_empty());
    }

    #[test]
    fn statuses_of_tonic_are_the_same_there_and_back() {
        let status = Status::aborted("again").with_details(vec![7]);
        let back = Status::from(tonic::Status::from(status.clone()));
        assert_eq!(back.code(), status.code());
        assert_eq!(back.details(), status.details());
    }
}
