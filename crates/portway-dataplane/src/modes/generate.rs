//! Sending without having received: `tx-only`.

use portway_xdp::Burst;
use smoltcp::wire::EthernetAddress;

use super::{Arrival, DiscardReason, Mode, Outputs};
use crate::Packet;

/// 64 bytes on the wire, with the check sequence that the device adds.
const PACKET_LENGTH: usize = 60;
/// Addresses for measurements (RFC 2544, RFC 6815); the port is that of the discard service.
const SOURCE: [u8; 4] = [198, 18, 0, 1];
const DESTINATION: [u8; 4] = [198, 18, 0, 2];
const DISCARD_PORT: u16 = 9;
/// Nobody's, so that no host takes the packets for its own unless it is told this address.
const DESTINATION_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 2]);
const SOURCE_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 1]);

/// Sends one prepared packet over and over, as fast as the port takes it: UDP from 198.18.0.1 to 198.18.0.2, both of
/// port 9, 64 bytes on the wire.
#[derive(Clone, Debug)]
pub struct Generator {
    packet: [u8; PACKET_LENGTH],
    burst: usize,
    receives: bool,
}

impl Generator {
    /// Sends bursts of so many packets and receives nothing (`tx-only`). `source` is the port's hardware address.
    pub fn new(source: Option<EthernetAddress>, burst: usize) -> Self {
        Self {
            packet: packet(source.unwrap_or(SOURCE_MAC)),
            burst,
            receives: false,
        }
    }

    /// Discards what arrives meanwhile (`tx-only-rx`), instead of letting it wait in the ring.
    pub fn receiving(mut self) -> Self {
        self.receives = true;
        self
    }
}

impl Mode for Generator {
    fn name(&self) -> &'static str {
        if self.receives {
            "tx-only-rx"
        } else {
            "tx-only"
        }
    }

    fn handle(&mut self, burst: &mut Burst, _: Arrival, outputs: &mut Outputs) {
        outputs.discard_all(burst, DiscardReason::AsAsked);
    }

    fn receives(&self) -> bool {
        self.receives
    }

    fn generates(&self) -> usize {
        self.burst
    }

    fn generate(&mut self, burst: &mut Burst) {
        for frame in burst.iter_mut().filter(|frame| frame.is_empty()) {
            // A frame that is too small stays empty, and is given back.
            let _ = frame.append(&self.packet);
        }
    }
}

fn packet(source: EthernetAddress) -> [u8; PACKET_LENGTH] {
    let mut bytes = [0; PACKET_LENGTH];
    bytes[12..15].copy_from_slice(&[0x08, 0x00, 0x45]);
    bytes[16..18].copy_from_slice(&46_u16.to_be_bytes());
    bytes[22..24].copy_from_slice(&[64, 17]);
    bytes[26..30].copy_from_slice(&SOURCE);
    bytes[30..34].copy_from_slice(&DESTINATION);
    bytes[34..36].copy_from_slice(&DISCARD_PORT.to_be_bytes());
    bytes[36..38].copy_from_slice(&DISCARD_PORT.to_be_bytes());
    bytes[38..40].copy_from_slice(&26_u16.to_be_bytes());
    let mut packet = Packet::ethernet(&mut bytes).expect("the constants above are a packet");
    packet.set_macs(source, DESTINATION_MAC);
    packet.fill_checksums();
    bytes
}
