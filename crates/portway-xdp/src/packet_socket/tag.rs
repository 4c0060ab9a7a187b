//! The VLAN tag that the kernel takes out of a packet before a socket sees it.

use crate::memory::{Frame, OutOfRoom};

/// The Ethernet addresses, behind which a tag stands.
const ADDRESSES: usize = 12;
const TAG: usize = 4;

/// The tag, as the kernel tells it beside the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    protocol: u16,
    control: u16,
}

impl Tag {
    /// Reads the tag, if the packet had one, of what stands in the packet's header in the ring.
    pub(super) fn of(status: u32, protocol: u16, control: u16) -> Option<Self> {
        let has_tag = status & libc::TP_STATUS_VLAN_VALID != 0;
        let has_protocol = status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
        has_tag.then_some(Self {
            protocol: if has_protocol { protocol } else { 0x8100 },
            control,
        })
    }

    /// Puts the tag where it was.
    pub(super) fn restore(self, frame: &mut Frame) -> Result<(), OutOfRoom> {
        if frame.len() < ADDRESSES {
            return Ok(());
        }
        frame.prepend(TAG)?;
        frame.copy_within(TAG..TAG + ADDRESSES, 0);
        frame[ADDRESSES..ADDRESSES + 2].copy_from_slice(&self.protocol.to_be_bytes());
        frame[ADDRESSES + 2..ADDRESSES + TAG].copy_from_slice(&self.control.to_be_bytes());
        Ok(())
    }
}
