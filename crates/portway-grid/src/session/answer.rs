//! The bytes of answers.

use bytes::Bytes;
use portway_ignite_protocol::{
    DecodeError, Dialect, Layout, RawValue, Reader, ServerError, Status, TopologyVersion, Writer,
    encode_error, encode_response, tag,
};

use super::Answer;

/// The encoded body of an answer.
#[derive(Debug)]
pub(super) struct Body(Bytes);

impl Layout for Body {
    const MINIMUM_SIZE: usize = 0;

    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.take_rest()))
    }
}

/// Encodes the body of an answer.
pub(super) fn body(content: &impl Layout, dialect: Dialect) -> Body {
    let mut writer = Writer::new().with_dialect(dialect);
    content.encode(&mut writer);
    Body(writer.into_bytes())
}

/// The body that was written.
pub(super) fn body_of(writer: Writer) -> Body {
    Body(writer.into_bytes())
}

/// Puts the header before a result and the frame around both. An answer over `limit` bytes becomes
/// an error.
pub(super) fn encode(
    result: Result<Body, ServerError>,
    request_id: i64,
    topology: Option<TopologyVersion>,
    dialect: Dialect,
    limit: usize,
) -> Answer {
    let answered = result.and_then(|body| match body.0.len() {
        0.. if body.0.len() <= limit => {
            encode_response(&body, request_id, topology, dialect).map_err(|_| too_long(limit))
        }
        _ => Err(too_long(limit)),
    });
    match answered {
        Ok(frame) => Answer {
            frame,
            failed: false,
            request_id,
        },
        Err(error) => Answer {
            frame: encode_error(error, request_id, topology, dialect).unwrap_or_default(),
            failed: true,
            request_id,
        },
    }
}

/// The answer to a change that was made, but that the disk refused.
pub(crate) fn encode_unsafe(request_id: i64, dialect: Dialect, reason: &str) -> Bytes {
    let message = format!(
        "The change was made, but the disk refused it ({reason}): it may be gone after a crash; \
         check the disk, then repeat it"
    );
    encode_error(failed(message), request_id, None, dialect).unwrap_or_default()
}

/// What failed without a status of its own.
pub(super) fn failed(message: impl Into<String>) -> ServerError {
    ServerError::new(Status::FAILED, message)
}

/// Refuses to answer with more than `limit` bytes.
pub(super) fn too_long(limit: usize) -> ServerError {
    let message = format!("The answer is longer than {limit} bytes; ask for less at once");
    failed(message)
}

/// A stored value as a node sends it: binary objects are wrapped, others go as they are.
pub(super) fn served(stored: &[u8]) -> RawValue {
    let bytes = if stored.first() == Some(&tag::OBJECT) {
        wrapped(stored)
    } else {
        Bytes::copy_from_slice(stored)
    };
    RawValue::from_trusted_bytes(bytes)
}

/// As [`served`], with null for nothing.
pub(super) fn served_or_null(stored: Option<&[u8]>) -> RawValue {
    stored.map_or(RawValue::NULL, served)
}

/// Tag, length, the object's bytes, and the object's offset in them.
fn wrapped(object: &[u8]) -> Bytes {
    let mut writer = Writer::new();
    writer.u8(tag::WRAPPED_OBJECT);
    writer.sized(|writer| writer.bytes(object));
    writer.i32(0);
    writer.into_bytes()
}
