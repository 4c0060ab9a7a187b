//! Checksums that are left to whoever sends the packet.

use portway_xdp::Frame;

use super::{Fragment, Malformed, Network, Packet, Transport, verify};
use crate::port::LinkType;

/// Where the checksum is in the header of UDP, and of TCP.
const UDP_CHECKSUM: usize = 6;
const TCP_CHECKSUM: usize = 16;

/// Writes the checksums of a frame's packet, as [`Packet::fill_checksums`] does, and leaves that of a UDP datagram or TCP segment to
/// whoever sends it, where the frame's region lets it ask for that
/// ([`RegionBuilder::send_metadata`](portway_xdp::RegionBuilder::send_metadata)).
///
/// A port on a device that computes checksums has it do so; any other computes them before the frame leaves. So the frame may
/// go to any [`Port`](crate::Port). Headers may be put before it meanwhile; what is summed must not change.
///
/// ```
/// use portway_dataplane::{LinkType, Region, request_checksums};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let region = Region::builder().chunks(64).send_metadata().build()?;
/// let mut frame = region.frame().ok_or("every frame is in use")?;
/// frame.append(&[0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2])?;
/// frame.append(&[0, 7, 0, 7, 0, 12, 0, 0, 1, 2, 3, 4])?;
/// request_checksums(&mut frame, LinkType::Ip)?;
/// assert!(!frame.requested().is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Names what is cut off or contradicts itself; nothing is changed.
pub fn request_checksums(frame: &mut Frame, link_type: LinkType) -> Result<(), Malformed> {
    let asks = frame.region().has_send_metadata();
    let mut packet = match link_type {
        LinkType::Ethernet => Packet::ethernet(frame)?,
        LinkType::Ip => Packet::ip(frame)?,
    };
    let place = asks.then(|| packet.leave_checksum()).flatten();
    let requested = place.map(|(start, offset)| frame.request_checksum(start, offset));
    if !matches!(requested, Some(Ok(()))) {
        fill(frame, link_type)?;
    }
    Ok(())
}

fn fill(frame: &mut Frame, link_type: LinkType) -> Result<(), Malformed> {
    match link_type {
        LinkType::Ethernet => Packet::ethernet(frame)?.fill_checksums(),
        LinkType::Ip => Packet::ip(frame)?.fill_checksums(),
    }
    Ok(())
}

impl Packet<'_> {
    /// Writes the checksum of IPv4, and that of UDP or TCP as far as the pseudo header goes; tells where the rest of the sum
    /// begins and where it goes to from there. None, and nothing written, where nobody else can complete it: in a
    /// fragment, in another protocol, and where the frame goes on behind the packet, since a device sums up to its end.
    fn leave_checksum(&mut self) -> Option<(usize, usize)> {
        let offset = match self.layout.transport {
            Transport::Udp => UDP_CHECKSUM,
            Transport::Tcp => TCP_CHECKSUM,
            _ => return None,
        };
        let ends_with_packet = self.layout.end as usize == self.bytes.len();
        if !ends_with_packet || self.layout.fragment != Fragment::Whole {
            return None;
        }
        let sum = verify::pseudo_header_of(self)?;
        if self.layout.network == Network::Ipv4 {
            self.ipv4_mut()?.fill_checksum();
        }
        let start = usize::from(self.layout.transport_at);
        self.bytes[start + offset..][..2].copy_from_slice(&sum.to_be_bytes());
        Some((start, offset))
    }
}
