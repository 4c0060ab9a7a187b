//! Metadata as headers of HTTP/2.

use std::borrow::Cow;

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{Metadata, MetadataError, TRACEPARENT, binary::BASE64};

pub(crate) const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");
pub(crate) const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
pub(crate) const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
pub(crate) const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Adds metadata to headers. Names that gRPC or HTTP need for themselves are left out.
pub(crate) fn put_metadata(metadata: &Metadata, headers: &mut HeaderMap) {
    for (name, value) in metadata.iter() {
        if is_reserved(name) {
            continue;
        }
        let value = match name.ends_with("-bin") {
            true => HeaderValue::try_from(BASE64.encode(value)),
            false => HeaderValue::from_maybe_shared(value.clone()),
        };
        // What metadata takes as names and values, headers take too.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value) {
            headers.append(name, value);
        }
    }
}

/// Reads metadata out of headers.
///
/// # Errors
/// What is no metadata, or too much.
pub(crate) fn metadata_of(headers: &HeaderMap) -> Result<Metadata, MetadataError> {
    let mut metadata = Metadata::new();
    for (name, value) in headers {
        let name = name.as_str();
        if is_reserved(name) {
            continue;
        }
        if name.ends_with("-bin") {
            append_binary(&mut metadata, name, value)?;
        } else {
            metadata.append_value(owned(name), Bytes::copy_from_slice(value.as_bytes()))?;
        }
    }
    Ok(metadata)
}

/// Proxies may have joined several values by commas.
fn append_binary(
    metadata: &mut Metadata,
    name: &str,
    value: &HeaderValue,
) -> Result<(), MetadataError> {
    for part in value.as_bytes().split(|byte| *byte == b',') {
        let bytes = BASE64.decode(part.trim_ascii());
        let bytes = bytes.map_err(|_| MetadataError::Value { name: name.into() })?;
        metadata.append_value(owned(name), Bytes::from(bytes))?;
    }
    Ok(())
}

fn owned(name: &str) -> Cow<'static, str> {
    match name {
        TRACEPARENT => Cow::Borrowed(TRACEPARENT),
        "authorization" => Cow::Borrowed("authorization"),
        _ => Cow::Owned(name.to_owned()),
    }
}

/// Names that are gRPC's or HTTP's own.
fn is_reserved(name: &str) -> bool {
    name.starts_with("grpc-")
        || matches!(
            name,
            "te" | "content-type" | "content-length" | "user-agent" | "date"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_comes_back_from_headers() {
        let mut metadata = Metadata::new();
        metadata.append("tenant", "north").unwrap();
        metadata.append("tenant", "south").unwrap();
        metadata.append_binary("key-bin", vec![0, 1, 254]).unwrap();
        let mut headers = HeaderMap::new();
        put_metadata(&metadata, &mut headers);
        assert_eq!(metadata_of(&headers).unwrap(), metadata);
    }

    #[test]
    fn binary_values_come_joined_and_padded_too() {
        let mut headers = HeaderMap::new();
        headers.insert("key-bin", HeaderValue::from_static("AA==,/w"));
        let metadata = metadata_of(&headers).unwrap();
        let values: Vec<_> = metadata.iter().map(|(_, value)| value.clone()).collect();
        assert_eq!(
            values,
            [Bytes::from_static(&[0]), Bytes::from_static(&[255])]
        );
    }

    #[test]
    fn reserved_names_do_not_pass() {
        let mut metadata = Metadata::new();
        for name in ["grpc-status", "te", "content-type"] {
            metadata.append(name, "0").unwrap();
        }
        let mut headers = HeaderMap::new();
        put_metadata(&metadata, &mut headers);
        assert!(headers.is_empty());
    }
}
