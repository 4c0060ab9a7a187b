//! Packets for tests, and sockets to send them through.

#[path = "../network/mod.rs"]
mod network;

use std::time::Duration;

use portway_xdp::program::{AttachPolicy, Attached, Match};
use portway_xdp::{Burst, Region, Socket};

pub(crate) use self::network::{in_network, ip};

/// No wait in these tests is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The EtherType of a test's packets, which is for experiments.
const ETHER_TYPE: u16 = 0x88b5;

/// The packet of a test: broadcast, of an EtherType for experiments, with a number.
pub(crate) fn packet(number: u64) -> [u8; 64] {
    let mut packet = [0; 64];
    packet[..6].fill(0xff);
    packet[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 1]);
    packet[12..14].copy_from_slice(&ETHER_TYPE.to_be_bytes());
    packet[14..22].copy_from_slice(&number.to_be_bytes());
    packet
}

/// The number of a test's packet.
pub(crate) fn number(packet: &[u8]) -> u64 {
    u64::from_be_bytes(packet[14..22].try_into().expect("eight bytes"))
}

/// Redirects the tests' packets to sockets, before the kernel makes buffers of its own or after.
pub(crate) fn redirect(interface: &str, policy: AttachPolicy) -> Attached {
    let builder = Attached::builder(interface, Match::ether_type(ETHER_TYPE));
    let builder = builder.policy(policy).several_buffers();
    builder.attach().expect("the program is attached")
}

/// Puts `count` packets with numbers from `first` on into a burst; fewer if the region or the burst has no room.
pub(crate) fn load(
    burst: &mut Burst,
    pool: &mut portway_xdp::FramePool,
    first: u64,
    count: u64,
) -> u64 {
    for offset in 0..count {
        if burst.is_full() {
            return offset;
        }
        let Some(mut frame) = pool.take() else {
            return offset;
        };
        frame
            .append(&packet(first + offset))
            .expect("room for a packet");
        burst.push(frame).expect("the burst is not full");
    }
    count
}

/// A region of chunks of 2048 bytes.
pub(crate) fn region(chunks: usize) -> Region {
    Region::builder().chunks(chunks).build().expect("memory")
}

/// A socket in copy mode.
pub(crate) fn open(interface: &str, queue: u32, region: &Region) -> Socket {
    let builder = Socket::builder(interface, queue);
    builder
        .copying(portway_xdp::Copying::Copy)
        .open(region)
        .expect("a socket")
}
