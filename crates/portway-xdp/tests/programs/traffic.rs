//! What becomes of frames, those that match and the others.

use std::net::{Ipv4Addr, UdpSocket};

use portway_xdp::program::{AttachMode, AttachPolicy};

use crate::network::in_network;
use crate::support::{
    PATIENCE, PORT, attach, open, payloads, send_datagrams_and_ping, with_peer_elsewhere,
};

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
            let _elsewhere = with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT, 8], 50));
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
        let _elsewhere = with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT], 1));
        kernel.recv(&mut [0]).unwrap();
        assert_eq!(attached.statistics().unwrap().unwrap().unclaimed, 1);
    });
}
