//! A message on its way to a server.

use std::marker::PhantomData;

use crate::{
    Codec, PayloadField, Status,
    codec::Encoding,
    frame::{Body, Encoded, encode_large},
    payload::Payload,
};

/// A message on its way to a server: a large one is encoded, before any lock is taken.
pub(super) struct Prepared<T, C> {
    message: T,
    field: Option<PayloadField<T>>,
    /// What was taken out of the message.
    payload: Option<Payload>,
    encoded: Option<Encoded>,
    codec: PhantomData<fn() -> C>,
}

impl<T, C: Codec<T>> Prepared<T, C> {
    /// Prepares a message, whose `field` carries bulk bytes.
    ///
    /// # Errors
    /// What the codec says.
    pub(super) fn new(mut message: T, field: Option<PayloadField<T>>) -> Result<Self, Status> {
        let payload = field.and_then(|field| field.take(&mut message));
        let encoding = Encoding::<T, C>::new(&message).with(payload.as_ref());
        let encoded = encode_large(&encoding)?;
        Ok(Self {
            message,
            field,
            payload,
            encoded,
            codec: PhantomData,
        })
    }

    /// Shows it to `send` as what an outbox takes. It is borrowed for itself alone, because a
    /// message need not be `Sync`.
    pub(super) fn send<R>(&mut self, send: impl FnOnce(Body<'_>) -> R) -> R {
        if let Some(encoded) = &self.encoded {
            return send(Body::Encoded(encoded.clone()));
        }
        let encoding = Encoding::<T, C>::new(&self.message);
        send(Body::Message(&encoding))
    }

    /// Gives the message back as it was, for another connection.
    pub(super) fn into_message(mut self) -> T {
        if let (Some(field), Some(payload)) = (self.field, self.payload) {
            field.restore(&mut self.message, payload);
        }
        self.message
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Protobuf, frame::LARGE_MESSAGE};

    #[derive(Clone, PartialEq, prost::Message)]
    struct Part {
        #[prost(bytes = "bytes", tag = "1")]
        content: Bytes,
    }

    const CONTENT: PayloadField<Part> = PayloadField::new(1, |part| &mut part.content);

    fn prepared(size: usize) -> Prepared<Part, Protobuf> {
        let content = vec![1; size].into();
        Prepared::new(Part { content }, Some(CONTENT)).unwrap()
    }

    #[test]
    fn a_message_that_was_not_sent_comes_back_whole() {
        for size in [0, LARGE_MESSAGE - 1, LARGE_MESSAGE] {
            assert_eq!(prepared(size).into_message().content.len(), size);
        }
    }

    #[test]
    fn only_a_large_message_is_encoded_beforehand() {
        for (size, is_large) in [(1, false), (LARGE_MESSAGE, true)] {
            let is_encoded = prepared(size).send(|body| matches!(body, Body::Encoded(_)));
            assert_eq!(is_encoded, is_large);
        }
    }
}
