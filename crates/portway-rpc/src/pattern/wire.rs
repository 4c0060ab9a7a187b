//! Between typed messages and the bytes and headers of a transport.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::{Bytes, BytesMut};

use super::{Message, ReceiveError, SendError};
use crate::{Codec, Metadata, Status};

/// The metadata that states the codec of a body.
pub(super) const CONTENT_TYPE: &str = "content-type";

/// The content type of bytes that may be anything.
const ANY: &str = "application/octet-stream";

/// What protobuf is called: by our codec, by its registration, and by programs before that.
const PROTOBUF: [&str; 3] = [
    "application/grpc+proto",
    "application/protobuf",
    "application/x-protobuf",
];

/// Base64 as gRPC writes binary metadata: without padding, read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A message on its way out.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    metadata: Metadata,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
}

/// Makes the bytes of a message.
pub(super) fn encode<T, C: Codec<T>>(message: Message<T>) -> Result<Outgoing, SendError> {
    let content_type = content_type::<T, C>();
    let mut body = BytesMut::with_capacity(C::size_hint(&message.body));
    C::encode(&message.body, &mut body).map_err(|source| SendError::Encode {
        content_type,
        source,
    })?;
    Ok(Outgoing {
        metadata: message.metadata,
        content_type,
        body: body.freeze(),
    })
}

/// What brokers are told: a message of protobuf that is no part of a gRPC call has a name of its own.
fn content_type<T, C: Codec<T>>() -> &'static str {
    if PROTOBUF.contains(&C::CONTENT_TYPE) {
        "application/protobuf"
    } else {
        C::CONTENT_TYPE
    }
}

impl Outgoing {
    /// The metadata as texts; binary ones (`-bin`) in base64, as gRPC writes them.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, String)> {
        self.metadata.iter().map(|(name, value)| {
            let text = if name.ends_with("-bin") {
                BASE64.encode(value)
            } else {
                String::from_utf8_lossy(value).into_owned()
            };
            (name, text)
        })
    }
}

/// A message as it came in.
#[derive(Clone, Debug, Default)]
pub(super) struct Incoming {
    metadata: Metadata,
    content_type: Option<String>,
    pub(super) body: Bytes,
}

impl Incoming {
    pub(super) fn new(body: Bytes) -> Self {
        Self {
            body,
            ..Self::default()
        }
    }

    /// Adds a header of the transport.
    pub(super) fn add_header(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        if name == CONTENT_TYPE {
            self.content_type = Some(value.to_owned());
            return;
        }
        let bytes = if name.ends_with("-bin") {
            BASE64.decode(value).unwrap_or_default()
        } else {
            value.as_bytes().to_vec()
        };
        if let Err(error) = self.metadata.append_value(name, bytes.into()) {
            tracing::debug!(%error, "a header of a message is no metadata and was left out");
        }
    }

    /// Makes a message of the bytes.
    pub(super) fn decode<T, C: Codec<T>>(self) -> Result<Message<T>, ReceiveError> {
        let size = self.body.len();
        let malformed = |source| ReceiveError::Malformed { size, source };
        if let Some(found) = self.content_type {
            check_content_type(&found, C::CONTENT_TYPE).map_err(malformed)?;
        }
        let body = C::decode(self.body).map_err(malformed)?;
        Ok(Message::new(body).with_metadata(self.metadata))
    }
}

/// A foreign program may state no content type; one that states another than ours is not guessed at.
fn check_content_type(found: &str, expected: &str) -> Result<(), Status> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Protobuf, Raw, pattern::Json};

    fn received<T, C: Codec<T>>(sent: &Outgoing) -> Result<Message<T>, ReceiveError> {
        let mut incoming = Incoming::new(sent.body.clone());
        incoming.add_header("Content-Type", sent.content_type);
        for (name, value) in sent.headers() {
            incoming.add_header(name, &value);
        }
        incoming.decode::<T, C>()
    }

    #[test]
    fn a_message_comes_back_with_its_metadata() {
        let mut message = Message::new("Ada".to_owned());
        message.metadata.append("tenant", "north").unwrap();
        message.metadata.append("tenant", "south").unwrap();
        message
            .metadata
            .append_binary("key-bin", vec![0, 255])
            .unwrap();
        let sent = encode::<_, Json>(message.clone()).unwrap();
        assert_eq!(received::<String, Json>(&sent).unwrap(), message);
    }

    #[test]
    fn a_body_of_another_codec_is_not_guessed_at() {
        let sent = encode::<_, Json>(Message::new(7_u64)).unwrap();
        let error = received::<u64, Protobuf>(&sent).unwrap_err();
        assert!(error.to_string().contains("application/json"), "{error}");
        assert!(received::<Bytes, Raw>(&sent).is_ok());
    }

    #[test]
    fn a_foreign_message_may_state_nothing_or_an_older_name() {
        let body = Bytes::from_static(b"\x08\x07");
        let mut incoming = Incoming::new(body);
        let message = incoming.clone().decode::<u64, Protobuf>().unwrap();
        assert_eq!(message.body, 7);
        incoming.add_header("content-type", "application/x-protobuf; charset=utf-8");
        assert!(incoming.decode::<u64, Protobuf>().is_ok());
    }
}
