//! Metadata as headers of records.

use bytes::Bytes;
use portway_rpc::{Metadata, Status};
use rdkafka::message::{Header, Headers as _, OwnedHeaders};

/// The header that states the codec of a body.
const CONTENT_TYPE: &str = "content-type";

/// Returns the headers of a record. Kafka's are bytes: nothing is turned into text.
pub(crate) fn of(metadata: &Metadata, content_type: &str) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(metadata.iter().count() + 1);
    let headers = headers.insert(Header {
        key: CONTENT_TYPE,
        value: Some(content_type),
    });
    metadata.iter().fold(headers, |headers, (key, value)| {
        let value = Some(value.as_ref());
        headers.insert(Header::<&[u8]> { key, value })
    })
}

/// Reads the headers of a record. What a foreign program sends need not be metadata, and is left out;
/// it may state no content type; one that states another than `expected` is not guessed at.
pub(crate) fn read(
    headers: Option<&rdkafka::message::BorrowedHeaders>,
    expected: &str,
) -> Result<Metadata, Status> {
    let mut metadata = Metadata::new();
    for header in headers.into_iter().flat_map(|headers| headers.iter()) {
        let value = header.value.unwrap_or_default();
        let name = header.key.to_ascii_lowercase();
        if name == CONTENT_TYPE {
            check(&String::from_utf8_lossy(value), expected)?;
            continue;
        }
        if let Err(error) = metadata.append_value(name, Bytes::copy_from_slice(value)) {
            tracing::debug!(%error, "a header is no metadata and was left out");
        }
    }
    Ok(metadata)
}

fn check(found: &str, expected: &str) -> Result<(), Status> {
    let essence = found.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(Status::invalid_argument(format!(
        "its content type is {found:?}, not {expected}: do both sides use the same codec?"
    )))
}
