//! How messages become bytes.

use std::{
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
};

use bytes::{Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Status, payload::Payload};

/// A format of messages, for messages of type `T`.
pub trait Codec<T>: Send + Sync + 'static {
    /// The name of the format in headers.
    const CONTENT_TYPE: &'static str;

    /// Returns about how many bytes [`encode`](Self::encode) will write; zero where that is not
    /// known beforehand.
    fn size_hint(message: &T) -> usize;

    /// Writes a message behind what `buffer` has.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) if the format cannot express the message.
    fn encode(message: &T, buffer: &mut BytesMut) -> Result<(), Status>;

    /// Returns what [`encode`](Self::encode) would write where a message has it as it is: a large
    /// one is then sent without being copied.
    fn encoded(message: &T) -> Option<Bytes> {
        let _to_be_encoded = message;
        None
    }

    /// Reads the message that `bytes` are.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) if they are none.
    fn decode(bytes: Bytes) -> Result<T, Status>;
}

/// A message that can write itself, whatever its type is.
pub trait EncodeMessage {
    /// Returns about how many bytes it will write; zero where that is not known beforehand.
    fn size_hint(&self) -> usize;

    /// Writes itself behind what `buffer` has.
    ///
    /// # Errors
    /// See [`Codec::encode`]; also [`Code::Internal`](crate::Code::Internal) if it panicked.
    fn encode(&self, buffer: &mut BytesMut) -> Result<(), Status>;

    /// Writes its beginning behind what `buffer` has, and returns the rest of it, which is sent
    /// without being copied: what it has as bytes already. Most have no such rest.
    ///
    /// # Errors
    /// See [`Codec::encode`].
    fn encode_front(&self, buffer: &mut BytesMut) -> Result<Bytes, Status> {
        self.encode(buffer)?;
        Ok(Bytes::new())
    }
}

/// A message together with its format, and the bulk bytes that were taken out of it.
pub(crate) struct Encoding<'a, T, C> {
    message: &'a T,
    payload: Option<&'a Payload>,
    codec: PhantomData<C>,
}

impl<'a, T, C> Encoding<'a, T, C> {
    pub(crate) fn new(message: &'a T) -> Self {
        Self {
            message,
            payload: None,
            codec: PhantomData,
        }
    }

    /// Puts what was taken out of the message behind it.
    pub(crate) fn with(mut self, payload: Option<&'a Payload>) -> Self {
        self.payload = payload;
        self
    }
}

/// What a program writes itself, such as `Serialize`, may panic. That is the end of its message: the
/// connection, which others use too and whose lock may be held, goes on.
impl<T, C: Codec<T>> EncodeMessage for Encoding<'_, T, C> {
    fn size_hint(&self) -> usize {
        // If it panics, so will most likely what comes next, which can say so.
        let size = catch_unwind(AssertUnwindSafe(|| C::size_hint(self.message)));
        size.unwrap_or(0) + self.payload.map_or(0, Payload::size_hint)
    }

    fn encode(&self, buffer: &mut BytesMut) -> Result<(), Status> {
        unless_it_panics(|| C::encode(self.message, buffer))?;
        if let Some(payload) = self.payload {
            payload.put_key(buffer);
            buffer.extend_from_slice(payload.bytes());
        }
        Ok(())
    }

    fn encode_front(&self, buffer: &mut BytesMut) -> Result<Bytes, Status> {
        let Some(payload) = self.payload else {
            return unless_it_panics(|| {
                if let Some(bytes) = C::encoded(self.message) {
                    return Ok(bytes);
                }
                buffer.reserve(C::size_hint(self.message));
                C::encode(self.message, buffer)?;
                Ok(Bytes::new())
            });
        };
        unless_it_panics(|| C::encode(self.message, buffer))?;
        payload.put_key(buffer);
        Ok(payload.bytes().clone())
    }
}

/// Turns a panic of `work` into [`Code::Internal`](crate::Code::Internal). What it wrote by then is
/// left to the caller.
fn unless_it_panics<T>(work: impl FnOnce() -> Result<T, Status>) -> Result<T, Status> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!("a message panicked while it was encoded");
        Err(Status::internal(
            "the message panicked while it was encoded",
        ))
    })
}

/// Protocol buffers, the format of services that a `.proto` defines: every transport carries it.
#[derive(Clone, Copy, Debug)]
pub struct Protobuf;

impl<T: prost::Message + Default> Codec<T> for Protobuf {
    const CONTENT_TYPE: &'static str = "application/protobuf";

    fn size_hint(message: &T) -> usize {
        message.encoded_len()
    }

    fn encode(message: &T, buffer: &mut BytesMut) -> Result<(), Status> {
        message
            .encode(buffer)
            .map_err(|error| Status::internal("the message does not fit").with_source(error))
    }

    fn decode(bytes: Bytes) -> Result<T, Status> {
        T::decode(bytes).map_err(|error| {
            Status::invalid_argument(format!("the message is no such protobuf: {error}"))
        })
    }
}

/// MessagePack with named fields, the format of services that a Rust trait defines.
///
/// Fields are found by name, so that a new one with `#[serde(default)]` disturbs nobody.
#[derive(Clone, Copy, Debug)]
pub struct MessagePack;

impl<T: Serialize + DeserializeOwned> Codec<T> for MessagePack {
    const CONTENT_TYPE: &'static str = "application/msgpack";

    fn size_hint(_message: &T) -> usize {
        0
    }

    fn encode(message: &T, buffer: &mut BytesMut) -> Result<(), Status> {
        let mut writer = bytes::BufMut::writer(buffer);
        rmp_serde::encode::write_named(&mut writer, message).map_err(|error| {
            Status::internal("the message has no form in MessagePack").with_source(error)
        })
    }

    fn decode(bytes: Bytes) -> Result<T, Status> {
        rmp_serde::from_slice(&bytes).map_err(|error| {
            Status::invalid_argument(format!("the message is no such MessagePack: {error}"))
        })
    }
}

/// Bytes as they are, for methods that are defined by hand.
#[derive(Clone, Copy, Debug)]
pub struct Raw;

impl Codec<Bytes> for Raw {
    const CONTENT_TYPE: &'static str = "application/octet-stream";

    fn size_hint(message: &Bytes) -> usize {
        message.len()
    }

    fn encode(message: &Bytes, buffer: &mut BytesMut) -> Result<(), Status> {
        buffer.extend_from_slice(message);
        Ok(())
    }

    fn encoded(message: &Bytes) -> Option<Bytes> {
        Some(message.clone())
    }

    fn decode(bytes: Bytes) -> Result<Bytes, Status> {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[test]
    fn message_pack_finds_fields_by_name() {
        #[derive(serde::Serialize)]
        struct Old {
            name: String,
        }
        #[derive(serde::Deserialize, Debug)]
        struct New {
            #[serde(default)]
            age: u32,
            name: String,
        }
        let mut buffer = BytesMut::new();
        rmp_serde::encode::write_named(
            &mut bytes::BufMut::writer(&mut buffer),
            &Old { name: "Ada".into() },
        )
        .unwrap();
        let new: New = rmp_serde::from_slice(&buffer).unwrap();
        assert_eq!((new.name.as_str(), new.age), ("Ada", 0));
    }

    #[test]
    fn bytes_that_are_no_message_are_an_invalid_argument() {
        let error = <MessagePack as Codec<String>>::decode(Bytes::from_static(&[0xc1]));
        assert_eq!(error.unwrap_err().code(), Code::InvalidArgument);
        let error = <Protobuf as Codec<String>>::decode(Bytes::from_static(&[0xff]));
        assert_eq!(error.unwrap_err().code(), Code::InvalidArgument);
    }
}
