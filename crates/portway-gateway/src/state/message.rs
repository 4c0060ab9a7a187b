//! What kind of WireGuard message a datagram is: nothing in it is authentic yet.
//!
//! ```text
//! 0      4               8                16
//! | type | index         | counter        | encrypted packet ... | tag (16) |   transport
//! ```

use super::DropReason;

/// Length of a handshake initiation (type 1).
pub(crate) const INITIATION_LENGTH: usize = 148;
/// Length of a handshake response (type 2).
pub(crate) const RESPONSE_LENGTH: usize = 92;
/// Length of a cookie reply (type 3).
pub(crate) const COOKIE_REPLY_LENGTH: usize = 64;
/// Bytes before the encrypted packet of a transport message.
pub(crate) const TRANSPORT_HEADER: usize = 16;
/// Bytes of authentication behind the encrypted packet.
pub(crate) const TRANSPORT_TAG: usize = 16;
/// What a transport message adds to a packet; alone it is a keepalive.
pub(crate) const TRANSPORT_OVERHEAD: usize = TRANSPORT_HEADER + TRANSPORT_TAG;
/// An encrypted packet is padded with zeros to a multiple of this.
const PADDING: usize = 16;

/// The kind of a message, with the receiver index of those that have one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Message {
    Initiation,
    Response { receiver: u32 },
    CookieReply { receiver: u32 },
    Transport { receiver: u32 },
}

impl Message {
    /// Tells the kind by type, reserved bytes and length.
    pub(crate) fn classify(datagram: &[u8]) -> Result<Self, DropReason> {
        let kind = word_at(datagram, 0).ok_or(DropReason::Malformed)?;
        let index = |at| word_at(datagram, at).ok_or(DropReason::Malformed);
        match (kind, datagram.len()) {
            (1, INITIATION_LENGTH) => Ok(Self::Initiation),
            (2, RESPONSE_LENGTH) => Ok(Self::Response {
                receiver: index(8)?,
            }),
            (3, COOKIE_REPLY_LENGTH) => Ok(Self::CookieReply {
                receiver: index(4)?,
            }),
            (4, TRANSPORT_OVERHEAD..) => Ok(Self::Transport {
                receiver: index(4)?,
            }),
            _ => Err(DropReason::Malformed),
        }
    }
}

/// The index by which the sender of an initiation or a response wants to be addressed.
pub(crate) fn sender_index(message: &[u8]) -> Option<u32> {
    word_at(message, 4)
}

/// The index by which a response addresses the one that began the handshake.
pub(crate) fn receiver_index(response: &[u8]) -> Option<u32> {
    word_at(response, 8)
}

/// The counter of a transport message; nothing of any other message.
pub(crate) fn counter(message: &[u8]) -> Option<u64> {
    match Message::classify(message) {
        Ok(Message::Transport { .. }) => Some(u64::from_le_bytes(*message[8..].first_chunk()?)),
        _ => None,
    }
}

fn word_at(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(word))
}

/// The length to which a packet is padded so that its true length does not show, never beyond
/// the interface's MTU.
pub(crate) fn padded_length(length: usize, mtu: usize) -> usize {
    if length > mtu {
        return length;
    }
    length.next_multiple_of(PADDING).min(mtu)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(kind: u8, length: usize) -> Vec<u8> {
        let mut datagram = vec![0; length];
        datagram[0] = kind;
        datagram[4..8].copy_from_slice(&7_u32.to_le_bytes());
        datagram
    }

    #[test]
    fn the_four_kinds_are_told_by_type_and_length() {
        let mut response = datagram(2, RESPONSE_LENGTH);
        response[8] = 9;
        assert_eq!(
            Message::classify(&datagram(1, INITIATION_LENGTH)),
            Ok(Message::Initiation)
        );
        assert_eq!(
            Message::classify(&response),
            Ok(Message::Response { receiver: 9 })
        );
        assert_eq!(
            Message::classify(&datagram(3, COOKIE_REPLY_LENGTH)),
            Ok(Message::CookieReply { receiver: 7 })
        );
        assert_eq!(
            Message::classify(&datagram(4, TRANSPORT_OVERHEAD)),
            Ok(Message::Transport { receiver: 7 })
        );
    }

    #[test]
    fn a_wrong_length_type_or_reserved_byte_is_malformed() {
        for (kind, length) in [(1, 147), (2, 93), (3, 63), (4, 31), (0, 32), (5, 148)] {
            let datagram = datagram(kind, length);
            assert_eq!(Message::classify(&datagram), Err(DropReason::Malformed));
        }
        let mut reserved = datagram(4, 64);
        reserved[2] = 1;
        assert_eq!(Message::classify(&reserved), Err(DropReason::Malformed));
        assert_eq!(Message::classify(&[4, 0]), Err(DropReason::Malformed));
    }

    #[test]
    fn padding_ends_at_the_mtu() {
        assert_eq!(padded_length(0, 1420), 0);
        assert_eq!(padded_length(1, 1420), 16);
        assert_eq!(padded_length(64, 1420), 64);
        assert_eq!(padded_length(1410, 1420), 1420);
        assert_eq!(padded_length(9000, 1420), 9000);
    }
}
