//! The field of a message that carries bulk bytes: sent without being copied.

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::frame::LARGE_MESSAGE;

/// The number of protocol buffers for a field that has a length.
const LENGTH_DELIMITED: u64 = 2;

/// The most bytes of a number in protocol buffers.
const MAXIMUM_VARINT: usize = 10;

/// The field of a message of protocol buffers that carries bulk bytes: a part of a file, an image.
///
/// Where a transport can, it sends a large one as it is, behind the message's other fields, instead
/// of copying it into what it sends: a field may stand anywhere in a message of protocol buffers,
/// so that any peer reads it as before. What is received is not copied in any case: the `Bytes` are
/// a part of what came.
///
/// It has to be a field that has a value always (`bytes body = 2;` without `optional`, `repeated`
/// and `oneof` in proto3); `portway_rpc_build::Builder::payload` sees to that.
pub struct PayloadField<T> {
    number: u32,
    bytes: fn(&mut T) -> &mut Bytes,
}

impl<T> PayloadField<T> {
    /// Describes the field that has this number in the `.proto`, and that `bytes` gives.
    pub const fn new(number: u32, bytes: fn(&mut T) -> &mut Bytes) -> Self {
        Self { number, bytes }
    }

    /// Takes the bytes out of a message if there are so many that a copy costs more than their own
    /// place in what is sent.
    pub(crate) fn take(&self, message: &mut T) -> Option<Payload> {
        let bytes = (self.bytes)(message);
        (bytes.len() >= LARGE_MESSAGE).then(|| Payload {
            number: self.number,
            bytes: std::mem::take(bytes),
        })
    }

    /// Puts back what was taken out of a message.
    pub(crate) fn restore(&self, message: &mut T, payload: Payload) {
        *(self.bytes)(message) = payload.bytes;
    }
}

impl<T> Clone for PayloadField<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PayloadField<T> {}

impl<T> std::fmt::Debug for PayloadField<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PayloadField")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Bulk bytes that were taken out of a message, which stand behind its other fields on the wire.
#[derive(Debug)]
pub(crate) struct Payload {
    number: u32,
    bytes: Bytes,
}

impl Payload {
    /// Returns the bytes without what stands in front of them.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns at most how many bytes the field takes.
    pub(crate) fn size_hint(&self) -> usize {
        2 * MAXIMUM_VARINT + self.bytes.len()
    }

    /// Writes what stands in front of the bytes: the number of the field and their length.
    pub(crate) fn put_key(&self, buffer: &mut BytesMut) {
        put_varint(buffer, u64::from(self.number) << 3 | LENGTH_DELIMITED);
        put_varint(buffer, self.bytes.len() as u64);
    }
}

/// Writes a number as protocol buffers do: seven bits a byte, the lowest first.
fn put_varint(buffer: &mut BytesMut, mut number: u64) {
    while number > 0x7f {
        buffer.put_u8(number as u8 | 0x80);
        number >>= 7;
    }
    buffer.put_u8(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeMessage as _, Protobuf, codec::Encoding};

    #[derive(Clone, PartialEq, prost::Message)]
    struct File {
        #[prost(bytes = "bytes", tag = "300")]
        body: Bytes,
        #[prost(string, tag = "1")]
        name: String,
    }

    const BODY: PayloadField<File> = PayloadField::new(300, |file| &mut file.body);

    fn file(size: usize) -> File {
        let (body, name) = (vec![7; size].into(), "a".to_owned());
        File { body, name }
    }

    #[test]
    fn a_message_without_its_payload_and_the_payload_behind_it_are_the_message() {
        let mut message = file(LARGE_MESSAGE);
        let payload = BODY.take(&mut message).unwrap();
        assert!(message.body.is_empty());
        let encoding = Encoding::<_, Protobuf>::new(&message).with(Some(&payload));
        let (mut whole, mut front) = (BytesMut::new(), BytesMut::new());
        encoding.encode(&mut whole).unwrap();
        let rest = encoding.encode_front(&mut front).unwrap();
        assert_eq!(
            rest.as_ptr(),
            payload.bytes().as_ptr(),
            "they are not copied"
        );
        assert!(whole.len() <= encoding.size_hint());
        assert_eq!([&front[..], &rest[..]].concat(), whole);
        let read: File = prost::Message::decode(whole.freeze()).unwrap();
        assert_eq!(read, file(LARGE_MESSAGE));
        BODY.restore(&mut message, payload);
        assert_eq!(message, file(LARGE_MESSAGE));
    }

    #[test]
    fn few_bytes_stay_in_their_message() {
        let mut message = file(LARGE_MESSAGE - 1);
        assert!(BODY.take(&mut message).is_none());
        assert_eq!(message, file(LARGE_MESSAGE - 1));
    }
}
