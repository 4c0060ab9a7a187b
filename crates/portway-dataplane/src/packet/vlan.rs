//! VLAN tags, put in and taken out at the front of a frame.

use portway_xdp::{Frame, OutOfRoom};

use super::VlanTag;

const ADDRESSES: usize = 12;
const TAG: usize = 4;
const TAG_PROTOCOL: [u8; 2] = [0x81, 0x00];

/// Puts a tag (IEEE 802.1Q) before the others of an Ethernet frame. The addresses move into the headroom, nothing else
/// moves.
///
/// # Errors
///
/// There is no headroom.
pub fn push_vlan(frame: &mut Frame, tag: VlanTag) -> Result<(), OutOfRoom> {
    if frame.len() < ADDRESSES {
        return Err(OutOfRoom {
            needed: ADDRESSES,
            room: frame.len(),
        });
    }
    frame.prepend(TAG)?;
    frame.copy_within(TAG..TAG + ADDRESSES, 0);
    frame[ADDRESSES..ADDRESSES + 2].copy_from_slice(&TAG_PROTOCOL);
    frame[ADDRESSES + 2..ADDRESSES + TAG].copy_from_slice(&tag.to_bytes());
    Ok(())
}

/// Takes out the outermost tag of an Ethernet frame; none where it has none.
pub fn pop_vlan(frame: &mut Frame) -> Option<VlanTag> {
    let tag = frame.get(ADDRESSES..ADDRESSES + TAG)?;
    if !matches!(tag[..2], [0x81, 0x00] | [0x88, 0xA8]) {
        return None;
    }
    let tag = VlanTag::from_bytes([tag[2], tag[3]]);
    frame.copy_within(..ADDRESSES, TAG);
    frame.trim_front(TAG);
    Some(tag)
}
