//! The header that the kernel puts before each packet of an interface with offload
//! (`struct virtio_net_hdr` of `linux/virtio_net.h`, ten bytes in the machine's order).
//!
//! ```text
//! | flags | gso type | header length | gso size | checksum start | checksum offset |
//!   1       1          2               2          2                2
//! ```

/// Length of the header.
pub(super) const HEADER: usize = 10;

/// The checksum is still to be computed.
const NEEDS_CHECKSUM: u8 = 1;
/// Bit of the type that tells of ECN; segments are cut the same way.
const ECN: u8 = 0x80;

/// What a packet larger than the MTU is cut into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Segmentation {
    /// It is not larger.
    None,
    Tcp4,
    Tcp6,
    Udp,
}

/// The header, parsed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct OffloadHeader {
    pub(super) needs_checksum: bool,
    pub(super) segmentation: Segmentation,
    /// Length of the headers before the payload; the kernel's own hint.
    pub(super) header_length: u16,
    /// Payload of one segment.
    pub(super) segment_size: u16,
    /// Where the checksum begins to sum, from the packet's start.
    pub(super) checksum_start: u16,
    /// Where it is stored, from `checksum_start` on.
    pub(super) checksum_offset: u16,
}

impl OffloadHeader {
    /// A whole packet with its checksum.
    pub(super) const PLAIN: Self = Self {
        needs_checksum: false,
        segmentation: Segmentation::None,
        header_length: 0,
        segment_size: 0,
        checksum_start: 0,
        checksum_offset: 0,
    };

    /// Reads the header; nothing where its type is not known.
    pub(super) fn decode(bytes: &[u8; HEADER]) -> Option<Self> {
        let word = |at: usize| u16::from_ne_bytes([bytes[at], bytes[at + 1]]);
        let segmentation = match bytes[1] & !ECN {
            0 => Segmentation::None,
            1 => Segmentation::Tcp4,
            4 => Segmentation::Tcp6,
            5 => Segmentation::Udp,
            _ => return None,
        };
        Some(Self {
            needs_checksum: bytes[0] & NEEDS_CHECKSUM != 0,
            segmentation,
            header_length: word(2),
            segment_size: word(4),
            checksum_start: word(6),
            checksum_offset: word(8),
        })
    }

    /// Writes the header.
    pub(super) fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0] = if self.needs_checksum {
            NEEDS_CHECKSUM
        } else {
            0
        };
        bytes[1] = match self.segmentation {
            Segmentation::None => 0,
            Segmentation::Tcp4 => 1,
            Segmentation::Tcp6 => 4,
            Segmentation::Udp => 5,
        };
        bytes[2..4].copy_from_slice(&self.header_length.to_ne_bytes());
        bytes[4..6].copy_from_slice(&self.segment_size.to_ne_bytes());
        bytes[6..8].copy_from_slice(&self.checksum_start.to_ne_bytes());
        bytes[8..10].copy_from_slice(&self.checksum_offset.to_ne_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_the_way_there_and_back() {
        let header = OffloadHeader {
            needs_checksum: true,
            segmentation: Segmentation::Tcp6,
            header_length: 72,
            segment_size: 1348,
            checksum_start: 40,
            checksum_offset: 16,
        };
        assert_eq!(OffloadHeader::decode(&header.encode()), Some(header));
    }

    #[test]
    fn an_unknown_kind_of_segmentation_is_refused() {
        assert_eq!(OffloadHeader::decode(&[0, 3, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
