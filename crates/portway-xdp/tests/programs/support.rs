//! What the tests share: a program on `left`, a socket there, and `right` in a namespace of its own.

use std::fs::File;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use portway_xdp::program::{AttachPolicy, Attached, Match, ProgramError};
use portway_xdp::{Burst, Region, Socket};

use crate::network::ip;

/// No wait in these tests is longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// What the tests' programs match.
pub(super) const PORT: u16 = 7;

pub(super) fn attach(policy: AttachPolicy) -> Result<Attached, ProgramError> {
    let builder = Attached::builder("left", Match::udp_port(PORT)).policy(policy);
    builder.counting().patience(Duration::ZERO).attach()
}

pub(super) fn open() -> Socket {
    let region = Region::builder().chunks(2048).build().expect("memory");
    Socket::builder("left", 0).open(&region).expect("a socket")
}

/// Keeps the namespace of `right`: both ends of the pair go with it, at a moment that the kernel chooses.
#[must_use = "`left` goes with the namespace of `right`"]
pub(super) struct Elsewhere {
    _namespace: File,
}

/// Moves `right` to a namespace of its own, and runs `test` there beside `left` as 10.9.0.1 with `right` as 10.9.0.2.
pub(super) fn with_peer_elsewhere(test: impl FnOnce() + Send + 'static) -> Elsewhere {
    let (tell, told) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let peer = thread::spawn(move || {
        // SAFETY: it moves this thread alone into a new namespace.
        let moved = unsafe { libc::unshare(libc::CLONE_NEWNET) };
        assert_eq!(moved, 0, "a namespace");
        let thread = rustix::thread::gettid();
        let namespace = File::open("/proc/thread-self/ns/net").expect("it has one");
        tell.send((thread, namespace)).expect("the test waits");
        gone.recv().expect("the test goes on");
        ip(&["address", "add", "10.9.0.2/24", "dev", "right"]);
        ip(&["link", "set", "right", "up"]);
        test();
    });
    let (thread, namespace) = told.recv().expect("the peer has its namespace");
    ip(&["link", "set", "right", "netns", &thread.to_string()]);
    ip(&["address", "add", "10.9.0.1/24", "dev", "left"]);
    go.send(()).expect("the peer waits");
    if let Err(panic) = peer.join() {
        std::panic::resume_unwind(panic);
    }
    Elsewhere {
        _namespace: namespace,
    }
}

/// Sends `count` datagrams to each port, and pings, from the peer's side.
pub(super) fn send_datagrams_and_ping(ports: &[u16], count: u8) {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("works");
    for number in 0..count {
        for port in ports {
            socket
                .send_to(&[number], (Ipv4Addr::new(10, 9, 0, 1), *port))
                .expect("works");
        }
    }
    let ping = Command::new("ping")
        .args(["-c", "2", "-W", "5", "10.9.0.1"])
        .output()
        .expect("works");
    assert!(
        ping.status.success(),
        "{}",
        String::from_utf8_lossy(&ping.stdout)
    );
}

/// Receives `count` frames, which must all be datagrams to the port, and returns their payload's first byte.
pub(super) fn payloads(socket: &mut Socket, count: usize) -> Vec<u8> {
    let (mut burst, mut payloads) = (Burst::new(), Vec::new());
    let deadline = Instant::now() + PATIENCE;
    while payloads.len() < count && Instant::now() < deadline {
        socket.receive(&mut burst).expect("works");
        for frame in burst.iter() {
            assert!(Match::udp_port(PORT).matches(frame), "{:02x?}", &frame[..]);
            payloads.push(frame[42]);
        }
        burst.clear();
    }
    payloads
}

/// Mounts a BPF file system that only this thread and its children see, and that goes with them.
pub(super) fn bpf_file_system() -> tempfile::TempDir {
    // SAFETY: it moves this thread alone into a new namespace.
    let moved = unsafe { libc::unshare(libc::CLONE_NEWNS) };
    assert_eq!(moved, 0, "a namespace");
    let directory = tempfile::tempdir().expect("works");
    let mount = |arguments: &[&str]| {
        let status = Command::new("mount")
            .args(arguments)
            .status()
            .expect("works");
        assert!(status.success(), "mount {arguments:?}");
    };
    mount(&["--make-rprivate", "/"]);
    mount(&[
        "-t",
        "bpf",
        "bpf",
        directory.path().to_str().expect("works"),
    ]);
    directory
}
