//! A network of one's own for a test, and packets to send through it.

use std::process::Command;
use std::thread;
use std::time::Duration;

use portway_xdp::program::{AttachPolicy, Attached, Match};
use portway_xdp::{Burst, Region, Socket};

/// No wait in these tests is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The EtherType of a test's packets, which is for experiments.
const ETHER_TYPE: u16 = 0x88b5;

/// Runs a test on a thread in a network namespace of its own, which goes with the thread, whatever happens.
///
/// `left` and `right` are the two ends of a veth pair with `queues` queues each, up. Skips without root.
#[expect(clippy::print_stderr, reason = "a test that skips says why")]
pub(crate) fn in_network(queues: u32, test: impl FnOnce() + Send + 'static) {
    // SAFETY: the call has no argument and no effect.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("skipped: a network namespace needs root");
        return;
    }
    let thread = thread::spawn(move || {
        // SAFETY: it moves this thread alone into a new namespace.
        let moved = unsafe { libc::unshare(libc::CLONE_NEWNET) };
        assert_eq!(moved, 0, "a namespace");
        let queues = queues.to_string();
        ip(&[
            "link",
            "add",
            "left",
            "numtxqueues",
            &queues,
            "numrxqueues",
            &queues,
            "type",
            "veth",
            "peer",
            "name",
            "right",
            "numtxqueues",
            &queues,
            "numrxqueues",
            &queues,
        ]);
        ip(&["link", "set", "left", "up"]);
        ip(&["link", "set", "right", "up"]);
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Runs `ip` in the namespace of this thread.
pub(crate) fn ip(arguments: &[&str]) {
    let output = Command::new("ip")
        .args(arguments)
        .output()
        .expect("ip runs");
    assert!(
        output.status.success(),
        "ip {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

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
