#![expect(clippy::disallowed_methods, reason = "a test needs some moment")]

//! Two tunnels that speak to each other.

use std::time::Instant;

use super::{BoringTunnel, Gatekeeper, Packet, PacketBatch, Tunnel as _};
use crate::{
    PrivateKey,
    state::{DropReason, INITIATION_LENGTH, RESPONSE_LENGTH, TRANSPORT_OVERHEAD, TunnelKeys},
};

/// Where the receiver index and the counter of a transport message lie.
const RECEIVER: std::ops::Range<usize> = 4..8;
const COUNTER: std::ops::Range<usize> = 8..16;

struct Pair {
    near: BoringTunnel,
    far: BoringTunnel,
    now: Instant,
}

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_bytes([number; 32])
}

fn tunnel(own: &PrivateKey, other: &PrivateKey, index: u32) -> BoringTunnel {
    let gatekeeper = Gatekeeper::new(own, &own.public_key());
    let keys = TunnelKeys {
        private_key: own.clone(),
        peer_public_key: other.public_key(),
        preshared_key: None,
        index,
    };
    BoringTunnel::new(&keys, gatekeeper.open_gate())
}

impl Pair {
    fn new() -> Self {
        let (near, far) = (key(1), key(2));
        Self {
            near: tunnel(&near, &far, 1),
            far: tunnel(&far, &near, 2),
            now: Instant::now(),
        }
    }

    /// The near side begins; tells the index by which the far side is addressed from then on.
    fn shake_hands(&mut self) -> u32 {
        let mut initiation = [0; INITIATION_LENGTH];
        let mut response = [0; RESPONSE_LENGTH];
        let mut confirmation = [0; TRANSPORT_OVERHEAD];
        self.near.initiate(&mut initiation, self.now).unwrap();
        let far = self
            .far
            .respond(&initiation, &mut response, self.now)
            .unwrap();
        self.near
            .complete(&response, &mut confirmation, self.now)
            .unwrap();
        open(&mut self.far, confirmation.to_vec(), self.now).unwrap();
        far.index
    }
}

/// An IPv4 packet without payload.
fn packet() -> [u8; 20] {
    let mut packet = [0; 20];
    packet[0] = 0x45;
    packet[3] = 20;
    packet
}

fn seal(tunnel: &mut BoringTunnel, now: Instant) -> Vec<u8> {
    let mut memory = vec![0; TRANSPORT_OVERHEAD + 20];
    memory[16..36].copy_from_slice(&packet());
    let mut packets = [Packet::new(16, 20)];
    tunnel
        .seal(&mut PacketBatch::new(&mut memory, &mut packets), now)
        .unwrap();
    assert_eq!(packets[0], Packet::new(0, TRANSPORT_OVERHEAD + 20));
    memory
}

fn open(
    tunnel: &mut BoringTunnel,
    mut message: Vec<u8>,
    now: Instant,
) -> Result<usize, DropReason> {
    let mut packets = [Packet::new(0, message.len())];
    tunnel.open(&mut PacketBatch::new(&mut message, &mut packets), now);
    packets[0].dropped.map_or(Ok(packets[0].length), Err)
}

#[test]
fn a_late_packet_of_the_session_before_does_not_bring_that_session_back() {
    let mut pair = Pair::new();
    pair.shake_hands();
    let late = seal(&mut pair.far, pair.now);
    let index = pair.shake_hands();
    assert_eq!(open(&mut pair.near, late, pair.now), Ok(20));
    let next = seal(&mut pair.near, pair.now);
    assert_eq!(next[RECEIVER], index.to_le_bytes());
    assert_eq!(open(&mut pair.far, next, pair.now), Ok(20));
}

#[test]
fn a_counter_beyond_the_last_one_is_refused_unopened() {
    let mut pair = Pair::new();
    pair.shake_hands();
    let mut message = seal(&mut pair.near, pair.now);
    message[COUNTER].copy_from_slice(&(u64::MAX - (1 << 13)).to_le_bytes());
    assert_eq!(
        open(&mut pair.far, message, pair.now),
        Err(DropReason::Replayed)
    );
}

#[test]
fn an_initiation_tells_its_sender_and_its_time_to_the_one_it_was_made_for() {
    let (near, far) = (key(1), key(2));
    let mut tunnel = tunnel(&near, &far, 1);
    let now = Instant::now();
    let (mut first, mut second) = ([0; INITIATION_LENGTH], [0; INITIATION_LENGTH]);
    tunnel.initiate(&mut first, now).unwrap();
    tunnel.initiate(&mut second, now).unwrap();
    let gatekeeper = Gatekeeper::new(&far, &far.public_key());
    let first = gatekeeper.identify(&first).unwrap();
    let second = gatekeeper.identify(&second).unwrap();
    assert_eq!(first.sender(), near.public_key());
    assert!(first.stamp().unwrap() < second.stamp().unwrap());
    let other = Gatekeeper::new(&key(3), &key(3).public_key());
    assert!(other.identify(&[1; INITIATION_LENGTH]).is_err());
}

#[test]
fn an_initiation_in_the_name_of_another_has_no_time() {
    let (near, far) = (key(1), key(2));
    let mut message = [0; INITIATION_LENGTH];
    tunnel(&near, &far, 1)
        .initiate(&mut message, Instant::now())
        .unwrap();
    message[90] ^= 1;
    let gatekeeper = Gatekeeper::new(&far, &far.public_key());
    let forged = gatekeeper.identify(&message).unwrap();
    assert_eq!(forged.sender(), near.public_key());
    assert_eq!(forged.stamp(), Err(DropReason::RefusedHandshake));
}

#[test]
fn only_the_latest_initiation_can_be_answered() {
    let mut pair = Pair::new();
    let (mut first, mut second) = ([0; INITIATION_LENGTH], [0; INITIATION_LENGTH]);
    let mut response = [0; RESPONSE_LENGTH];
    let mut confirmation = [0; TRANSPORT_OVERHEAD];
    pair.near.initiate(&mut first, pair.now).unwrap();
    pair.far.respond(&first, &mut response, pair.now).unwrap();
    pair.near.initiate(&mut second, pair.now).unwrap();
    assert_eq!(
        pair.near.complete(&response, &mut confirmation, pair.now),
        Err(DropReason::RefusedHandshake)
    );
    pair.far.respond(&second, &mut response, pair.now).unwrap();
    assert!(
        pair.near
            .complete(&response, &mut confirmation, pair.now)
            .is_ok()
    );
}
