//! IPv6 extension headers (RFC 8200, section 4).

use super::Malformed;

/// Destination options, hop-by-hop options and routing each at most twice, a fragment header, authentication,
/// mobility, HIP and Shim6: nobody sends more, and a bound keeps the walk short.
const MOST_HEADERS: usize = 10;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION_OPTIONS: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// What is behind the extension headers of IPv6: the upper-layer header, in RFC 8200's words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UpperLayer {
    /// Where it begins.
    pub at: usize,
    /// Its IP protocol number.
    pub protocol: u8,
    /// The fragment header's offset and its flag, where there is one.
    pub(super) fragment: Option<u16>,
}

impl UpperLayer {
    /// Whether it is the middle of something: the packet is a fragment after the first.
    #[must_use]
    pub fn is_later_fragment(&self) -> bool {
        self.fragment.is_some_and(|field| field & 0xFFF8 != 0)
    }
}

/// Goes over the extension headers from `at`, the first of which is `protocol`; `packet` ends where the IP packet does.
///
/// # Errors
///
/// [`Malformed::Extensions`] where they are cut off, or more than anyone sends.
pub fn skip_extension_headers(
    packet: &[u8],
    at: usize,
    protocol: u8,
) -> Result<UpperLayer, Malformed> {
    let mut behind = UpperLayer {
        at,
        protocol,
        fragment: None,
    };
    for _ in 0..MOST_HEADERS {
        let Some(length) = length(packet, &behind)? else {
            return Ok(behind);
        };
        if behind.protocol == FRAGMENT {
            behind.fragment = Some(u16::from_be_bytes([
                packet[behind.at + 2],
                packet[behind.at + 3],
            ]));
        }
        behind.protocol = packet[behind.at];
        behind.at += length;
        if behind.is_later_fragment() {
            return Ok(behind);
        }
    }
    Err(Malformed::Extensions)
}

/// The length of the extension header that is next; none where that is not one.
fn length(packet: &[u8], next: &UpperLayer) -> Result<Option<usize>, Malformed> {
    let is_extension = matches!(
        next.protocol,
        HOP_BY_HOP
            | ROUTING
            | FRAGMENT
            | AUTHENTICATION
            | DESTINATION_OPTIONS
            | MOBILITY
            | HOST_IDENTITY
            | SHIM6
    );
    if !is_extension {
        return Ok(None);
    }
    let said = packet.get(next.at + 1).ok_or(Malformed::Extensions)?;
    let length = match next.protocol {
        FRAGMENT => 8,
        // In units of four bytes, less two (RFC 4302, section 2.2).
        AUTHENTICATION => (usize::from(*said) + 2) * 4,
        _ => (usize::from(*said) + 1) * 8,
    };
    if next.at + length > packet.len() {
        return Err(Malformed::Extensions);
    }
    Ok(Some(length))
}
