//! Data paths over loopback whose inner sides are test doubles.

#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

use std::{
    collections::VecDeque,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, event::Event, net::UnixStream};
use portway_gateway::{
    Change, DataPath, DataPathConfiguration, DataPathHandle, FlowExport, Inner, InnerStack,
    ListenAddress, PeerChange, PeerEvent, PeerId, PrivateKey, PublicKey,
};

/// No wait in these tests is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing must arrive to count as silence.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);

/// What the test and the double share.
struct Shared {
    outgoing: Mutex<VecDeque<Vec<u8>>>,
    bell: Mutex<UnixStream>,
}

/// An inner side that hands every packet to the test and sends what the test gives it.
struct Probe {
    shared: Arc<Shared>,
    /// Rings when the test has given a packet.
    bell: UnixStream,
    arrived: mpsc::Sender<(PeerId, Vec<u8>)>,
    forgotten: mpsc::Sender<PeerId>,
}

impl InnerStack for Probe {
    fn attach(&mut self, registry: Registry, first_token: usize) -> io::Result<()> {
        registry.register(&mut self.bell, Token(first_token), Interest::READABLE)
    }

    fn handle_packet(&mut self, from: PeerId, packet: &[u8], _now: Instant) {
        let _ = self.arrived.send((from, packet.to_vec()));
    }

    fn handle_event(&mut self, _event: &Event, _now: Instant) {
        let mut rings = [0; 64];
        while self.bell.read(&mut rings).is_ok() {}
    }

    fn handle_timeout(&mut self, _now: Instant) {}

    fn next_timeout(&mut self) -> Option<Instant> {
        None
    }

    fn poll_packet(&mut self, packet: &mut [u8], _now: Instant) -> Option<usize> {
        let next = self.shared.outgoing.lock().unwrap().pop_front()?;
        packet[..next.len()].copy_from_slice(&next);
        Some(next.len())
    }

    fn forget_peer(&mut self, peer: PeerId) {
        let _ = self.forgotten.send(peer);
    }
}

/// A device on loopback.
pub(crate) struct Node {
    pub(crate) path: DataPathHandle,
    pub(crate) events: tokio::sync::mpsc::Receiver<PeerEvent>,
    pub(crate) key: PrivateKey,
    pub(crate) address: Ipv4Addr,
    pub(crate) forgotten: mpsc::Receiver<PeerId>,
    arrivals: mpsc::Receiver<(PeerId, Vec<u8>)>,
    shared: Arc<Shared>,
}

impl Node {
    pub(crate) fn start(address: [u8; 4]) -> Self {
        Self::start_with(address, None)
    }

    /// A device that counts conversations, if it is told where to.
    pub(crate) fn start_with(address: [u8; 4], flows: Option<FlowExport>) -> Self {
        let key = PrivateKey::generate().unwrap();
        let (ringer, bell) = UnixStream::pair().unwrap();
        let shared = Arc::new(Shared {
            outgoing: Mutex::default(),
            bell: ringer.into(),
        });
        let (arrived, arrivals) = mpsc::channel();
        let (forgotten_sender, forgotten) = mpsc::channel();
        let probe = Probe {
            shared: shared.clone(),
            bell,
            arrived,
            forgotten: forgotten_sender,
        };
        let listen = ListenAddress::At("127.0.0.1:0".parse().unwrap());
        let mut configuration = DataPathConfiguration::new(listen);
        configuration.private_key = Some(key.clone());
        configuration.flows = flows;
        let (path, events) = DataPath::start(configuration, Inner::Stack(Box::new(probe))).unwrap();
        Self {
            path,
            events,
            key,
            address: address.into(),
            forgotten,
            arrivals,
            shared,
        }
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// What makes this node a peer of another one.
    pub(crate) fn as_peer(&self, endpoint: Option<SocketAddr>) -> Change {
        let mut peer = PeerChange::new(self.public_key());
        peer.endpoint = endpoint;
        peer.allowed_prefixes = vec![(
            ipnet::IpNet::from(std::net::IpAddr::from(self.address)),
            true,
        )];
        Change::Peer(peer)
    }

    pub(crate) fn send(&self, packet: Vec<u8>) {
        self.shared.outgoing.lock().unwrap().push_back(packet);
        self.shared.bell.lock().unwrap().write_all(&[1]).unwrap();
    }

    /// The next packet that came through the tunnel.
    pub(crate) fn receive(&self) -> (PeerId, Vec<u8>) {
        self.arrivals
            .recv_timeout(PATIENCE)
            .expect("a packet arrives")
    }

    pub(crate) fn hears_nothing(&self) -> bool {
        self.arrivals.recv_timeout(SILENCE).is_err()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.path.stop();
    }
}

/// Two nodes that know each other; only the first knows where the other is.
pub(crate) fn pair() -> (Node, Node) {
    pair_with(None)
}

/// Two nodes, of which the first counts conversations, if it is told where to.
pub(crate) fn pair_with(flows: Option<FlowExport>) -> (Node, Node) {
    let near = Node::start_with([10, 0, 0, 1], flows);
    let far = Node::start([10, 0, 0, 2]);
    near.path
        .apply(vec![far.as_peer(Some(far.path.local_address()))])
        .unwrap();
    far.path.apply(vec![near.as_peer(None)]).unwrap();
    (near, far)
}

/// An IPv4 packet (protocol 253, for experiments) with a payload of `length` bytes.
pub(crate) fn packet(from: Ipv4Addr, to: Ipv4Addr, mark: u8, length: usize) -> Vec<u8> {
    let mut packet = vec![mark; 20 + length];
    packet[..12].copy_from_slice(&[0x45, 0, 0, 0, 0, 0, 0, 0, 64, 253, 0, 0]);
    packet[2..4].copy_from_slice(&(20 + length as u16).to_be_bytes());
    packet[12..16].copy_from_slice(&from.octets());
    packet[16..20].copy_from_slice(&to.octets());
    packet
}

/// Waits until a condition holds, looking again every few milliseconds.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
