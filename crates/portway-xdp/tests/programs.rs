//! Match programs on a veth pair, in network namespaces of the tests' own.
#![cfg(all(target_os = "linux", not(miri)))]

mod child;
mod network;

use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use portway_xdp::program::{
    AttachMode, AttachPolicy, Attached, Match, ProgramError, Redirection, SocketMap, can_redirect,
};
use portway_xdp::{Burst, Region, Socket};

use self::child::{Child, Role};
use self::network::{in_network, ip};

/// No wait in these tests is longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the tests' programs match.
const PORT: u16 = 7;

fn attach(policy: AttachPolicy) -> Result<Attached, ProgramError> {
    let builder = Attached::builder("left", Match::udp_port(PORT)).policy(policy);
    builder.counting().patience(Duration::ZERO).attach()
}

fn open() -> Socket {
    let region = Region::builder().chunks(2048).build().expect("memory");
    Socket::builder("left", 0).open(&region).expect("a socket")
}

/// Moves `right` to a namespace of its own, and runs `test` there beside `left` as 10.9.0.1 with `right` as 10.9.0.2.
fn with_peer_elsewhere(test: impl FnOnce() + Send + 'static) {
    let (tell, told) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let peer = thread::spawn(move || {
        // SAFETY: it moves this thread alone into a new namespace.
        let moved = unsafe { libc::unshare(libc::CLONE_NEWNET) };
        assert_eq!(moved, 0, "a namespace");
        // SAFETY: the call has no argument and no effect.
        tell.send(unsafe { libc::gettid() })
            .expect("the test waits");
        gone.recv().expect("the test goes on");
        ip(&["address", "add", "10.9.0.2/24", "dev", "right"]);
        ip(&["link", "set", "right", "up"]);
        test();
    });
    let thread = told.recv().expect("the peer has its namespace").to_string();
    ip(&["link", "set", "right", "netns", &thread]);
    ip(&["address", "add", "10.9.0.1/24", "dev", "left"]);
    go.send(()).expect("the peer waits");
    if let Err(panic) = peer.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Sends `count` datagrams to each port, and pings, from the peer's side.
fn send_datagrams_and_ping(ports: &[u16], count: u8) {
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

#[test]
fn only_matching_datagrams_reach_the_socket_and_the_kernel_goes_on_beside_it() {
    for (policy, mode) in [
        (AttachPolicy::Driver, AttachMode::Driver),
        (AttachPolicy::Generic, AttachMode::Generic),
    ] {
        in_network(1, move || {
            let attached = attach(policy).unwrap();
            assert_eq!(attached.mode(), mode);
            let mut socket = open();
            attached.insert(0, &socket).unwrap();
            let kernel = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 8)).unwrap();
            kernel.set_read_timeout(Some(PATIENCE)).unwrap();
            with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT, 8], 50));
            for number in 0..50 {
                let mut byte = [0];
                kernel.recv(&mut byte).unwrap();
                assert_eq!(byte, [number]);
            }
            assert_eq!(payloads(&mut socket, 50), Vec::from_iter(0..50));
            let counted = attached.statistics().unwrap().unwrap();
            assert_eq!((counted.redirected, counted.unclaimed), (50, 0));
            assert!(counted.passed >= 50, "{counted:?}");
        });
    }
}

/// Receives `count` frames, which must all be datagrams to the port, and returns their payload's first byte.
fn payloads(socket: &mut Socket, count: usize) -> Vec<u8> {
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

#[test]
fn a_queue_whose_socket_was_removed_is_the_kernels() {
    in_network(1, || {
        let attached = attach(AttachPolicy::Generic).unwrap();
        let socket = open();
        attached.insert(0, &socket).unwrap();
        attached.remove(0).unwrap();
        attached.remove(0).unwrap();
        let kernel = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).unwrap();
        kernel.set_read_timeout(Some(PATIENCE)).unwrap();
        with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT], 1));
        kernel.recv(&mut [0]).unwrap();
        assert_eq!(attached.statistics().unwrap().unwrap().unclaimed, 1);
    });
}

#[test]
fn a_second_program_is_refused_with_what_to_do() {
    in_network(1, || {
        let first = attach(AttachPolicy::Driver).unwrap();
        for policy in [
            AttachPolicy::Driver,
            AttachPolicy::Generic,
            AttachPolicy::default(),
        ] {
            let error = attach(policy).unwrap_err();
            let ProgramError::AlreadyAttached { program, .. } = &error else {
                panic!("{error}");
            };
            assert_eq!(*program, Some(first.program_id().unwrap()));
            assert!(
                error.to_string().contains("ip -details link show dev left"),
                "{error}"
            );
        }
    });
}

#[test]
fn attaching_waits_for_a_program_that_is_about_to_go() {
    in_network(1, || {
        let first = attach(AttachPolicy::Driver).unwrap();
        let leaving = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            drop(first);
        });
        let builder = Attached::builder("left", Match::everything()).patience(PATIENCE);
        builder.attach().unwrap();
        leaving.join().unwrap();
    });
}

#[test]
fn a_killed_process_leaves_no_program() {
    in_network(1, || {
        let mut child = Child::start(Role::HoldProgram, &[]);
        child.wait_for_line("attached");
        let error = attach(AttachPolicy::Driver).unwrap_err();
        assert!(
            matches!(error, ProgramError::AlreadyAttached { .. }),
            "{error}"
        );
        child.kill();
        let builder = Attached::builder("left", Match::everything()).patience(PATIENCE);
        assert_eq!(
            builder
                .policy(AttachPolicy::Driver)
                .attach()
                .unwrap()
                .mode(),
            AttachMode::Driver
        );
    });
}

#[test]
fn without_privileges_the_error_names_them() {
    in_network(1, || {
        let mut child = Child::start_with_capabilities("net_raw", Role::TryAttach, &[]);
        child.wait_for_line("CAP_BPF and CAP_NET_ADMIN");
    });
}

#[test]
fn an_interface_without_a_driver_program_falls_back_to_generic_mode_and_tells() {
    in_network(1, || {
        let on_loopback = |policy| {
            Attached::builder("lo", Match::everything())
                .policy(policy)
                .attach()
        };
        let attached = on_loopback(AttachPolicy::DriverElseGeneric).unwrap();
        assert_eq!(attached.mode(), AttachMode::Generic);
        assert!(attached.refusal().is_some());
        drop(attached);
        let error = on_loopback(AttachPolicy::Driver).unwrap_err();
        let refused = matches!(
            error,
            ProgramError::ModeRefused {
                mode: AttachMode::Driver,
                ..
            }
        );
        assert!(refused, "{error}");
    });
}

#[test]
fn an_interface_that_is_not_there_is_named() {
    let error = Attached::builder("nowhere0", Match::everything())
        .attach()
        .unwrap_err();
    assert!(
        matches!(error, ProgramError::NoSuchInterface { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("nowhere0"), "{error}");
}

#[test]
fn only_af_xdp_sockets_go_into_a_map_and_only_where_it_has_places() {
    in_network(1, || {
        let map = SocketMap::create(2).unwrap();
        let kernel = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
        let other = kernel.unwrap_or_else(|_| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap());
        let error = map.insert(0, &other).unwrap_err();
        assert!(
            matches!(error, ProgramError::NotASocket { queue: 0, .. }),
            "{error}"
        );
        let error = map.insert(2, &other).unwrap_err();
        assert!(
            matches!(
                error,
                ProgramError::QueueBeyondMap {
                    queue: 2,
                    entries: 2
                }
            ),
            "{error}"
        );
        let error = SocketMap::create(0).unwrap_err();
        assert!(
            matches!(error, ProgramError::QueueCount { queues: 0 }),
            "{error}"
        );
    });
}

#[test]
fn a_process_with_cap_net_raw_alone_receives_by_a_pinned_map() {
    in_network(1, || {
        let directory = bpf_file_system();
        let path = directory.path().join("sockets");
        let attached = attach(AttachPolicy::Driver).unwrap();
        attached.socket_map().pin(&path).unwrap();
        let error = attached.socket_map().pin(&path).unwrap_err();
        assert!(
            error.to_string().contains("something of that name already"),
            "{error}"
        );
        let reopened = SocketMap::from_pin(&path).unwrap();
        assert_eq!(reopened.queues(), attached.socket_map().queues());
        let path = path.to_str().unwrap();
        let mut child = Child::start_with_capabilities("net_raw", Role::ReceiveByPin, &[path]);
        child.wait_for_line("ready");
        with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT], 5));
        child.wait_for_line("received 5");
    });
}

#[test]
fn what_is_no_pin_is_told_with_the_path() {
    in_network(1, || {
        let directory = bpf_file_system();
        let missing = directory.path().join("missing");
        let error = SocketMap::from_pin(&missing).unwrap_err();
        assert!(
            matches!(&error, ProgramError::Pin { path, .. } if *path == missing),
            "{error}"
        );
        let map = SocketMap::create(1).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let error = map.pin(elsewhere.path().join("map")).unwrap_err();
        assert!(
            error.to_string().contains("must be in a BPF file system"),
            "{error}"
        );
        let file = std::fs::File::open("/dev/null").unwrap();
        let error = SocketMap::from_descriptor(file.as_fd().try_clone_to_owned().unwrap());
        assert!(
            matches!(error, Err(ProgramError::NotASocketMap { .. })),
            "{error:?}"
        );
    });
}

/// Mounts a BPF file system that only this thread and its children see, and that goes with them.
fn bpf_file_system() -> tempfile::TempDir {
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

#[test]
fn a_veth_can_redirect_once_its_peer_polls() {
    in_network(1, || {
        assert_eq!(can_redirect("lo").unwrap(), Redirection::Possible);
        let found = can_redirect("left").unwrap();
        assert_eq!(
            found,
            Redirection::PeerNotReady {
                peer: "right".to_owned()
            }
        );
        let attached = Attached::builder("right", Match::any([])).attach().unwrap();
        assert_eq!(can_redirect("left").unwrap(), Redirection::Possible);
        drop(attached);
        with_peer_elsewhere(|| {
            assert_eq!(can_redirect("right").unwrap(), Redirection::PeerElsewhere);
        });
    });
}

/// Not a test but what [`Child`] runs; does nothing otherwise.
#[test]
fn child_process() {
    match Role::of_this_process() {
        None => {}
        Some((Role::HoldProgram, _)) => {
            let _attached = attach(AttachPolicy::Driver).unwrap();
            child::say("attached");
            thread::sleep(PATIENCE * 6);
        }
        Some((Role::TryAttach, _)) => {
            child::say(&attach(AttachPolicy::Driver).unwrap_err().to_string());
        }
        Some((Role::ReceiveByPin, arguments)) => {
            let map = SocketMap::from_pin(&arguments[0]).unwrap();
            let mut socket = open();
            map.insert(socket.queue(), &socket).unwrap();
            child::say("ready");
            child::say(&format!("received {}", payloads(&mut socket, 5).len()));
        }
    }
}
