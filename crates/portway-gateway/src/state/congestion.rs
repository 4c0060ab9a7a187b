//! Congestion marks (ECN) across the tunnel, as RFC 6040 wants: the inner mark is copied to the
//! outer header, and a mark that the outer header got on its way is brought to the inner one.

use super::DropReason;

/// The congestion mark of an IP header (RFC 3168).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum CongestionMark {
    /// The transport does not know marks.
    #[default]
    NotCapable,
    /// The transport knows marks, second codepoint.
    CapableOne,
    /// The transport knows marks, first codepoint.
    CapableZero,
    /// A router was about to drop the packet.
    Experienced,
}

impl CongestionMark {
    /// The mark of two bits.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::NotCapable,
            1 => Self::CapableOne,
            2 => Self::CapableZero,
            _ => Self::Experienced,
        }
    }

    /// The two bits of the mark.
    pub(crate) const fn bits(self) -> u8 {
        match self {
            Self::NotCapable => 0,
            Self::CapableOne => 1,
            Self::CapableZero => 2,
            Self::Experienced => 3,
        }
    }

    /// The mark of an IP packet.
    pub(crate) fn of(packet: &[u8]) -> Self {
        match packet {
            [first, second, ..] if first >> 4 == 4 => Self::from_bits(*second),
            [first, second, ..] if first >> 4 == 6 => Self::from_bits(second >> 4),
            _ => Self::NotCapable,
        }
    }

    /// Brings the mark of an outer header to the packet that was in it (RFC 6040, section 4.2).
    ///
    /// # Errors
    ///
    /// A packet whose transport does not know marks is to be dropped where a router marked it:
    /// that is the only sign of congestion that it understands.
    pub(crate) fn apply_to(self, packet: &mut [u8]) -> Result<(), DropReason> {
        match (Self::of(packet), self) {
            (Self::NotCapable, Self::Experienced) => return Err(DropReason::Congestion),
            (Self::CapableZero | Self::CapableOne, Self::Experienced)
            | (Self::CapableZero, Self::CapableOne) => self.write_to(packet),
            _ => {}
        }
        Ok(())
    }

    fn write_to(self, packet: &mut [u8]) {
        match packet {
            [first, second, header @ ..] if *first >> 4 == 4 => {
                let old = u16::from_be_bytes([*first, *second]);
                *second = *second & !3 | self.bits();
                let new = u16::from_be_bytes([*first, *second]);
                if let Some(checksum) = header.get_mut(8..10) {
                    let renewed = renew(u16::from_be_bytes([checksum[0], checksum[1]]), old, new);
                    checksum.copy_from_slice(&renewed.to_be_bytes());
                }
            }
            [_, second, ..] => *second = *second & !0x30 | self.bits() << 4,
            _ => {}
        }
    }
}

/// The checksum of a header in which one word was changed (RFC 1624, equation 3).
pub(super) fn renew(checksum: u16, old: u16, new: u16) -> u16 {
    let sum = u32::from(!checksum) + u32::from(!old) + u32::from(new);
    let folded = (sum & 0xffff) + (sum >> 16);
    // The second fold leaves 16 bits.
    !((folded & 0xffff) + (folded >> 16)) as u16
}

#[cfg(test)]
mod tests {
    use super::{CongestionMark::*, *};

    fn version_4(mark: CongestionMark) -> [u8; 20] {
        let mut packet =
            *b"\x45\x00\x00\x14\x12\x34\x40\x00\x40\x01\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02";
        packet[1] = mark.bits();
        let checksum = !sum(&packet);
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
        packet
    }

    fn sum(packet: &[u8]) -> u16 {
        let words = packet
            .chunks(2)
            .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])));
        let sum: u32 = words.sum();
        ((sum & 0xffff) + (sum >> 16)) as u16
    }

    #[test]
    fn a_mark_on_the_way_reaches_the_inner_header() {
        let mut packet = version_4(CapableZero);
        assert_eq!(Experienced.apply_to(&mut packet), Ok(()));
        assert_eq!(packet, version_4(Experienced));
        assert_eq!(sum(&packet), 0xffff);
        let mut packet = [0x60, 0x2f, 1, 2, 3];
        assert_eq!(Experienced.apply_to(&mut packet), Ok(()));
        assert_eq!(packet, [0x60, 0x3f, 1, 2, 3]);
    }

    #[test]
    fn a_transport_that_knows_no_marks_learns_by_loss() {
        let mut packet = version_4(NotCapable);
        assert_eq!(
            Experienced.apply_to(&mut packet),
            Err(DropReason::Congestion)
        );
    }

    #[test]
    fn every_other_pair_is_as_the_table_of_rfc_6040_says() {
        let marks = [NotCapable, CapableOne, CapableZero, Experienced];
        for inner in marks {
            for outer in [NotCapable, CapableOne, CapableZero] {
                let mut packet = version_4(inner);
                assert_eq!(outer.apply_to(&mut packet), Ok(()));
                let raised = inner == CapableZero && outer == CapableOne;
                assert_eq!(packet, version_4(if raised { CapableOne } else { inner }));
            }
        }
    }
}
