//! Packs: many messages in one message of a framed stream, so that a frame, a wake-up and a lock
//! are paid once for all of them.
//!
//! A message in a pack, numbers in network order:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | the size of what follows |
//! | 2 | the number of metadata entries |
//! | each entry: 1, n, 2, m | size of the name, the name, size of the value, the value |
//! | the rest | the body, as the codec of the topic or queue writes it |

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use crate::{
    Codec, EncodeMessage as _, Metadata, Status,
    codec::Encoding,
    pattern::{Message, ReceiveError, SendError},
};

/// The largest message, with its metadata: a fourth of what a frame may have by default.
pub const MAXIMUM_PACKED: usize = 1 << 20;

/// Bytes of the size in front of a message.
const SIZE: usize = 4;

/// Bytes in front of the body of a message without metadata: its size, and that there are none.
const PLAIN_HEADER: usize = SIZE + 2;

/// Writes a message behind what `pack` has; what it began is taken back where that fails.
pub(super) fn pack<T, C: Codec<T>>(
    message: &Message<T>,
    pack: &mut BytesMut,
) -> Result<(), SendError> {
    let begin = pack.len();
    let packed = write::<T, C>(message, pack, begin);
    if packed.is_err() {
        pack.truncate(begin);
    }
    packed
}

fn write<T, C: Codec<T>>(
    message: &Message<T>,
    pack: &mut BytesMut,
    begin: usize,
) -> Result<(), SendError> {
    pack.reserve(PLAIN_HEADER + C::size_hint(&message.body));
    if message.metadata.is_empty() {
        pack.put_slice(&[0; PLAIN_HEADER]);
    } else {
        pack.put_u32(0);
        write_metadata(&message.metadata, pack);
    }
    Encoding::<_, C>::new(&message.body)
        .encode(pack)
        .map_err(|source| SendError::Encode {
            content_type: C::CONTENT_TYPE,
            source,
        })?;
    let (size, limit) = (pack.len() - begin - SIZE, MAXIMUM_PACKED);
    if size > limit {
        return Err(SendError::TooLarge { size, limit });
    }
    let size = u32::try_from(size).expect("it is within the limit");
    pack[begin..begin + SIZE].copy_from_slice(&size.to_be_bytes());
    Ok(())
}

fn write_metadata(metadata: &Metadata, pack: &mut BytesMut) {
    let entries = u16::try_from(metadata.len()).expect("metadata have a limit far below");
    pack.put_u16(entries);
    for (name, value) in metadata.iter() {
        pack.put_u8(u8::try_from(name.len()).expect("names have at most 255 bytes"));
        pack.put_slice(name.as_bytes());
        pack.put_u16(u16::try_from(value.len()).expect("metadata have a limit far below"));
        pack.put_slice(value);
    }
}

/// What stands in the place of a size where messages were missed.
const MISSED: u32 = u32::MAX;

/// Writes how many messages a subscriber missed, in the place of a pack.
pub(super) fn pack_missed(count: u64) -> Bytes {
    let mut pack = BytesMut::with_capacity(12);
    pack.put_u32(MISSED);
    pack.put_u64(count);
    pack.freeze()
}

/// Reads how many messages were missed; nothing if it is a pack.
pub(super) fn unpack_missed(mut pack: Bytes) -> Option<u64> {
    let marked = pack.try_get_u32().ok()? == MISSED;
    pack.try_get_u64().ok().filter(|_| marked)
}

/// Takes the first message out of a pack; nothing once it is empty.
pub(super) fn unpack<T, C: Codec<T>>(pack: &mut Bytes) -> Result<Option<Message<T>>, ReceiveError> {
    if pack.is_empty() {
        return Ok(None);
    }
    let mut rest = take_message(pack).ok_or_else(|| broken(pack))?;
    let size = rest.len();
    let malformed = |source| ReceiveError::Malformed { size, source };
    let metadata = read_metadata(&mut rest)
        .ok_or_else(|| malformed(Status::invalid_argument("its metadata are cut off")))?;
    let body = C::decode(rest).map_err(malformed)?;
    Ok(Some(Message { metadata, body }))
}

/// Takes what stands behind the first size.
#[inline]
fn take_message(pack: &mut Bytes) -> Option<Bytes> {
    let size = pack.first_chunk::<SIZE>().copied()?;
    let size = usize::try_from(u32::from_be_bytes(size)).ok()?;
    if size > pack.len() - SIZE {
        return None;
    }
    pack.advance(SIZE);
    Some(pack.split_to(size))
}

/// Nothing of a pack whose sizes are wrong can be believed.
fn broken(pack: &mut Bytes) -> ReceiveError {
    let size = pack.len();
    pack.clear();
    let source = Status::invalid_argument("a pack of messages is cut off");
    ReceiveError::Malformed { size, source }
}

/// Reads what stands in front of the body; most messages have no metadata.
#[inline]
fn read_metadata(bytes: &mut Bytes) -> Option<Metadata> {
    match bytes.try_get_u16().ok()? {
        0 => Some(Metadata::new()),
        entries => read_entries(entries, bytes),
    }
}

fn read_entries(entries: u16, bytes: &mut Bytes) -> Option<Metadata> {
    let mut metadata = Metadata::new();
    for _ in 0..entries {
        let name = take(bytes, |bytes| bytes.try_get_u8().map(usize::from).ok())?;
        let value = take(bytes, |bytes| bytes.try_get_u16().map(usize::from).ok())?;
        let name = String::from_utf8(name.into()).ok()?;
        metadata.append_value(name, value).ok()?;
    }
    Some(metadata)
}

fn take(bytes: &mut Bytes, size: impl FnOnce(&mut Bytes) -> Option<usize>) -> Option<Bytes> {
    let size = size(bytes)?;
    (size <= bytes.len()).then(|| bytes.split_to(size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Raw, pattern::Json};

    fn message(number: u64) -> Message<u64> {
        let mut message = Message::new(number);
        message.metadata.append("tenant", "north").unwrap();
        message
            .metadata
            .append_binary("key-bin", vec![0, 255])
            .unwrap();
        message
    }

    #[test]
    fn messages_come_back_in_their_order_with_their_metadata() {
        let mut packed = BytesMut::new();
        for number in [1, 2] {
            pack::<u64, Json>(&message(number), &mut packed).unwrap();
        }
        let mut packed = packed.freeze();
        for number in [1, 2] {
            let found = unpack::<u64, Json>(&mut packed).unwrap();
            assert_eq!(found, Some(message(number)));
        }
        assert_eq!(unpack::<u64, Json>(&mut packed).unwrap(), None);
    }

    #[test]
    fn a_count_of_missed_messages_is_no_pack() {
        assert_eq!(unpack_missed(pack_missed(7)), Some(7));
        let mut packed = BytesMut::new();
        pack::<u64, Json>(&message(7), &mut packed).unwrap();
        assert_eq!(unpack_missed(packed.freeze()), None);
    }

    #[test]
    fn a_pack_that_is_cut_anywhere_is_an_error_and_not_a_message() {
        let mut packed = BytesMut::new();
        pack::<u64, Json>(&message(7), &mut packed).unwrap();
        for end in 1..packed.len() {
            let mut cut = packed.clone().freeze().slice(..end);
            assert!(unpack::<u64, Json>(&mut cut).is_err(), "cut at {end}");
            assert_eq!(unpack::<u64, Json>(&mut cut).unwrap(), None);
        }
    }

    #[test]
    fn a_message_that_is_too_large_leaves_nothing_in_the_pack() {
        let mut packed = BytesMut::new();
        let large = Message::new(Bytes::from(vec![0; MAXIMUM_PACKED]));
        let refused = pack::<Bytes, Raw>(&large, &mut packed);
        assert!(
            matches!(refused, Err(SendError::TooLarge { .. })),
            "{refused:?}"
        );
        assert!(packed.is_empty());
    }
}
