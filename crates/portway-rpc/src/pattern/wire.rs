//! Between typed messages and the bytes and headers of a transport.

use bytes::{Bytes, BytesMut};

use super::{Message, ReceiveError, SendError};
use crate::{
    Codec, Metadata,
    header::{self, CONTENT_TYPE, check_content_type},
};

/// A message on its way out.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    metadata: Metadata,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
}

/// Makes the bytes of a message.
pub(super) fn encode<T, C: Codec<T>>(message: Message<T>) -> Result<Outgoing, SendError> {
    let content_type = header::content_type(C::CONTENT_TYPE);
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

impl Outgoing {
    /// The metadata as texts; binary ones (`-bin`) in base64, as gRPC writes them.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, String)> {
        let entries = self.metadata.iter();
        entries.map(|(name, value)| (name, header::text(name, value)))
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
        header::append(&mut self.metadata, name, value);
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
