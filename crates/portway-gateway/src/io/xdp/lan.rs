//! Frames of the network behind the gateway, on their way into the tunnel.

use std::net::IpAddr;

use portway_dataplane::{Burst, Frame, Network, Packet, PacketQueue, wire::EthernetAddress};

use super::inner_end::InnerEnd;
use crate::{
    stack::{
        compose::{self, Refusal},
        packet::{self, Echo, EchoKind, Inbound},
    },
    state::{Counters, DropReason, destination_of, travel_on},
};

const ETHERNET: usize = 14;
/// The bit "don't fragment" in the seventh byte of an IPv4 header.
const DO_NOT_FRAGMENT: u8 = 0x40;

/// What becomes of a packet of IP.
pub(super) enum Judged {
    /// It goes to a peer whose prefix covers this address.
    Forward(IpAddr),
    /// It is for the gateway itself.
    Own,
    /// Its sender is to be told.
    Refused(Refusal),
    /// It is dropped.
    Dropped(DropReason),
}

/// Cuts a frame to the packet of IP in it and tells who sent it on the link; none where there is none for `own`.
pub(super) fn take_packet(frame: &mut Frame, own: EthernetAddress) -> Option<EthernetAddress> {
    let packet = Packet::ethernet(frame).ok()?;
    let layout = packet.layout();
    let (source, destination) = packet.macs()?;
    if layout.vlan.is_some() || destination != own {
        return None;
    }
    let length = match layout.network {
        Network::Ipv4 => usize::from(packet.ipv4()?.total_len()),
        Network::Ipv6 => packet.ipv6()?.total_len(),
        _ => return None,
    };
    frame.trim_front(ETHERNET);
    frame.truncate(length);
    Some(source)
}

/// Decides about a packet on its way into the tunnel, and takes a hop of one that goes on.
pub(super) fn judge(frame: &mut Frame, end: &InnerEnd, mtu: usize) -> Judged {
    let Some(destination) = destination_of(frame) else {
        return Judged::Dropped(DropReason::MalformedInner);
    };
    if end.is_own(destination) {
        return Judged::Own;
    }
    // What may be cut goes whole into one message, which the kernel cuts.
    let is_version_4 = frame[0] >> 4 == 4;
    let may_be_cut = is_version_4 && frame[6] & DO_NOT_FRAGMENT == 0;
    if frame.len() > mtu && !may_be_cut {
        return Judged::Refused(Refusal::TooBig(mtu));
    }
    match travel_on(frame) {
        Ok(()) => Judged::Forward(destination),
        Err(DropReason::HopLimit) => Judged::Refused(Refusal::HopsUsedUp),
        Err(reason) => Judged::Dropped(reason),
    }
}

/// Queues the answer to a packet for the gateway itself, which answers pings and nothing else. Tells whether it did.
pub(super) fn answer(bytes: &[u8], replies: &mut PacketQueue) -> bool {
    let Ok(Inbound::Echo(echo)) = packet::parse(bytes) else {
        return false;
    };
    if echo.kind != EchoKind::Request {
        return false;
    }
    let reply = Echo {
        kind: EchoKind::Reply,
        source: echo.destination,
        destination: echo.source,
        ..echo
    };
    compose::echo(&reply, replies);
    true
}

/// What is said back to hosts of the network.
#[derive(Debug, Default)]
pub(super) struct Replies {
    queue: PacketQueue,
}

impl Replies {
    /// Answers a packet for the gateway itself.
    pub(super) fn answer(&mut self, frame: &Frame, counters: &Counters) {
        if !answer(frame, &mut self.queue) {
            counters.count_drop(DropReason::NoRoute);
        }
    }

    /// Tells the sender of a packet why it goes no further.
    pub(super) fn refuse(
        &mut self,
        frame: &Frame,
        refusal: Refusal,
        end: &InnerEnd,
        counters: &Counters,
    ) {
        counters.count_drop(reason_of(refusal));
        if let Some(from) = end.address_for(frame) {
            compose::refusal(refusal, frame, from, &mut self.queue);
        }
    }

    /// Writes what was queued into frames to the host that it is for.
    pub(super) fn send(
        &mut self,
        to: EthernetAddress,
        end: &InnerEnd,
        burst: &mut Burst,
        queue: usize,
        counters: &Counters,
    ) {
        while let Some(mut frame) = end.empty_frame() {
            let Some(length) = self.queue.pop_into(frame.room_mut()) else {
                return;
            };
            let is_version_4 = frame.room_mut()[0] >> 4 == 4;
            let fits = frame.set_len(length);
            fits.expect("it was written into the room");
            let header = frame.prepend(ETHERNET);
            let header = header.expect("every frame of the region has 256 bytes of headroom");
            header[..6].copy_from_slice(to.as_bytes());
            header[6..12].copy_from_slice(end.mac().as_bytes());
            let ether_type: u16 = if is_version_4 { 0x0800 } else { 0x86dd };
            header[12..].copy_from_slice(&ether_type.to_be_bytes());
            end.gather(frame, burst, queue, counters);
        }
    }
}

/// As what a refused packet is counted.
pub(super) const fn reason_of(refusal: Refusal) -> DropReason {
    match refusal {
        Refusal::HopsUsedUp => DropReason::HopLimit,
        Refusal::TooBig(_) => DropReason::TooBig,
    }
}
