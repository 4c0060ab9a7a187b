//! The echo server: what is sent to the port goes back.

use portway_xdp::{Burst, Frame};

use super::{
    Arrival, DiscardReason, Mode, Outputs,
    responder::{Identity, Role},
};
use crate::{Packet, Transport};

/// Answers ARP, neighbour solicitations, pings and UDP datagrams, over IPv4 and IPv6 (`echo`).
///
/// It answers for the addresses of its [`Identity`]. Where that has none, it answers pings and datagrams to any address, if
/// the frame was sent to the port's hardware address; ARP and neighbour solicitations it then leaves alone.
///
/// A datagram comes back with a hop limit that is one lower than it arrived with, so that two echo servers do not
/// talk for ever. Checksums are verified first. One that a device should have filled in, as a kernel leaves it on a veth
/// interface, is filled in.
#[derive(Clone, Debug)]
pub struct Echo {
    identity: Identity,
}

impl Echo {
    /// Answers for this port.
    pub fn new(identity: Identity) -> Self {
        Self { identity }
    }

    fn answer(&self, frame: &mut Frame) -> Result<(), DiscardReason> {
        let mut packet = Packet::ethernet(frame)?;
        if packet.layout().transport != Transport::Udp {
            return self.identity.answer(frame, Role::Host);
        }
        self.answer_datagram(&mut packet)
    }

    #[inline]
    fn answer_datagram(&self, packet: &mut Packet<'_>) -> Result<(), DiscardReason> {
        self.identity.accept(packet)?;
        if packet.udp().is_none() {
            // A fragment: the others of its datagram could not be told from something else.
            return Err(DiscardReason::Unsupported);
        }
        if packet.checksum_is_left_to_device() {
            packet.fill_checksums();
        } else {
            packet.verify_checksums()?;
        }
        if !packet.decrement_hop_limit() {
            return Err(DiscardReason::Expired);
        }
        packet.swap_macs();
        packet.swap_ends();
        Ok(())
    }
}

impl Mode for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn handle(&mut self, burst: &mut Burst, arrival: Arrival, outputs: &mut Outputs) {
        outputs.discard_divided(burst);
        for mut frame in burst.drain(burst.len()) {
            match self.answer(&mut frame) {
                Ok(()) => outputs.send(arrival.port, frame),
                Err(reason) => outputs.discard(frame, reason),
            }
        }
    }
}
