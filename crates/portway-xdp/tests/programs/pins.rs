//! Maps: what goes in, pins, and processes with fewer privileges.

use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsFd;

use portway_xdp::program::{AttachPolicy, ProgramError, SocketMap};

use crate::child::{Child, Role};
use crate::network::in_network;
use crate::support::{PORT, attach, bpf_file_system, send_datagrams_and_ping, with_peer_elsewhere};

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
        let _elsewhere = with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT], 5));
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
