//! Handshakes that somebody recorded.

#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

#[expect(dead_code, reason = "another test uses the rest")]
mod support;

use std::{
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use portway_gateway::Change;
use support::{Node, PATIENCE, SILENCE, packet};

const INITIATION_LENGTH: usize = 148;
const RESPONSE_LENGTH: usize = 92;

/// Somebody between two peers, or at an address of his own.
struct Stranger(UdpSocket);

impl Stranger {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        Self(socket)
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    fn receive(&self, patience: Duration) -> Option<Vec<u8>> {
        self.0.set_read_timeout(Some(patience)).unwrap();
        let mut message = vec![0; 2048];
        let length = self.0.recv(&mut message).ok()?;
        message.truncate(length);
        Some(message)
    }

    fn send(&self, message: &[u8], to: &Node) {
        self.0.send_to(message, to.path.local_address()).unwrap();
    }
}

#[test]
fn a_recorded_initiation_is_not_answered_again_when_its_session_is_long_erased() {
    let (near, far) = (Node::start([10, 0, 0, 1]), Node::start([10, 0, 0, 2]));
    let between = Stranger::new();
    near.path
        .apply(vec![far.as_peer(Some(between.address()))])
        .unwrap();
    far.path.apply(vec![near.as_peer(None)]).unwrap();
    near.send(packet(near.address, far.address, 1, 10));
    let recorded = between.receive(PATIENCE).unwrap();
    assert_eq!(recorded.len(), INITIATION_LENGTH);
    between.send(&recorded, &far);
    assert_eq!(between.receive(PATIENCE).unwrap().len(), RESPONSE_LENGTH);

    // All sessions of the device are void, as they are nine minutes after the last handshake.
    let key = Some(far.key.clone());
    far.path
        .apply(vec![Change::PrivateKey(None), Change::PrivateKey(key)])
        .unwrap();
    let elsewhere = Stranger::new();
    // The first might only come too soon after the one that was answered.
    for _ in 0..2 {
        elsewhere.send(&recorded, &far);
        assert_eq!(elsewhere.receive(SILENCE), None);
    }
    let endpoint = far.path.snapshot().unwrap().peers[0].endpoint;
    assert_eq!(endpoint, Some(between.address()));
}
