//! Metadata as headers of transports whose headers are texts.

use base64::Engine as _;
use bytes::Bytes;

use crate::{Metadata, Status, binary::BASE64};

/// The header that states the codec of a body.
pub(crate) const CONTENT_TYPE: &str = "content-type";

/// The content type of bytes that may be anything.
const ANY: &str = "application/octet-stream";

/// What a message of a `.proto` is told to be.
pub(crate) const PROTOBUF_CONTENT_TYPE: &str = "application/protobuf";

/// What protobuf is called: by our codec, by its registration, and by programs before that.
const PROTOBUF: [&str; 3] = [
    "application/grpc+proto",
    PROTOBUF_CONTENT_TYPE,
    "application/x-protobuf",
];

/// Returns a value as a text; a binary one (`-bin`) in base64.
pub(crate) fn text(name: &str, value: &[u8]) -> String {
    if name.ends_with("-bin") {
        BASE64.encode(value)
    } else {
        String::from_utf8_lossy(value).into_owned()
    }
}

/// Reads the value that [`text`] wrote.
pub(crate) fn value(name: &str, text: &str) -> Bytes {
    if name.ends_with("-bin") {
        BASE64.decode(text).unwrap_or_default().into()
    } else {
        Bytes::copy_from_slice(text.as_bytes())
    }
}

/// Adds a header to metadata. What a foreign program sends need not be metadata, and is left out.
pub(crate) fn append(metadata: &mut Metadata, name: String, text: &str) {
    let value = value(&name, text);
    if let Err(error) = metadata.append_value(name, value) {
        tracing::debug!(%error, "a header is no metadata and was left out");
    }
}

/// Returns what receivers are told: a message of protobuf that is no part of a gRPC call has a name
/// of its own.
pub(crate) fn content_type(of_codec: &'static str) -> &'static str {
    if PROTOBUF.contains(&of_codec) {
        PROTOBUF_CONTENT_TYPE
    } else {
        of_codec
    }
}

/// A foreign program may state no content type; one that states another than ours is not guessed at.
pub(crate) fn check_content_type(found: &str, expected: &str) -> Result<(), Status> {
    let essence = found.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let both_protobuf = PROTOBUF.contains(&expected) && PROTOBUF.contains(&essence.as_str());
    if expected == ANY || essence == expected || both_protobuf {
        return Ok(());
    }
    Err(Status::invalid_argument(format!(
        "its content type is {found:?}, not {expected}: do both sides use the same codec?"
    )))
}
