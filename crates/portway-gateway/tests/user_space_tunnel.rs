//! A gateway with the user-space exit and a client with its own stack, a real WireGuard tunnel
//! between them, no privileges anywhere.

#![expect(clippy::unwrap_used, reason = "a test's panic is the report")]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use portway_gateway::{
    Change, ClientConfiguration, ClientHandle, ClientStack, DataPath, DataPathConfiguration,
    DataPathHandle, Exit, ExitConfiguration, ExitCounters, ExitEvent, Forward, Inner,
    ListenAddress, PeerChange, PrivateKey, PublicKey, Publish,
};

/// Each way; many times what any buffer on the way holds.
const TRANSFER: usize = 16 << 20;
const PATIENCE: Duration = Duration::from_secs(30);
const GATEWAY: [&str; 2] = ["10.77.0.1", "fd77::1"];
const CLIENT: [&str; 2] = ["10.77.0.2", "fd77::2"];

struct Tunnel {
    gateway: DataPathHandle,
    client: DataPathHandle,
    handle: ClientHandle,
    counters: Arc<ExitCounters>,
    client_key: PublicKey,
    gateway_key: PublicKey,
}

impl Tunnel {
    /// Publishes `target` at port 80 and forwards to `forwards`.
    fn open(target: SocketAddr, forwards: &[&str]) -> Self {
        let (gateway_key, client_key) = (key(), key());
        let mut configuration = ExitConfiguration::new(addresses(GATEWAY), networks(), 1);
        configuration.publish = vec![Publish { port: 80, target }];
        let exit = Exit::new(configuration);
        let counters = exit.counters();
        let gateway = start(&gateway_key, Inner::Stack(Box::new(exit)));
        let prefixes = addresses(CLIENT).into_iter().map(Into::into).collect();
        add_peer(&gateway, client_key.public_key(), None, prefixes);

        let mut configuration = ClientConfiguration::new(addresses(CLIENT), 2);
        let read = |text: &&str| text.parse::<Forward>().unwrap();
        configuration.forwards = forwards.iter().map(read).collect();
        let (stack, handle) = ClientStack::new(configuration).unwrap();
        let client = start(&client_key, Inner::Stack(Box::new(stack)));
        let everything = ["0.0.0.0/0", "::/0"].map(|text| text.parse().unwrap());
        let endpoint = Some(gateway.local_address());
        let gateway_key = gateway_key.public_key();
        add_peer(&client, gateway_key, endpoint, everything.to_vec());
        Self {
            gateway,
            client,
            handle,
            counters,
            client_key: client_key.public_key(),
            gateway_key,
        }
    }

    fn connect(&self, forward: usize) -> TcpStream {
        let stream = TcpStream::connect(self.handle.forwards()[forward].listen).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Whether the first ping to `destination` is answered.
    fn answers(&self, destination: &str, patience: Duration) -> bool {
        let destination = destination.parse().unwrap();
        let mut replies = self.handle.ping(destination, 1, patience).unwrap();
        replies.blocking_recv().is_some()
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.gateway.stop();
        self.client.stop();
    }
}

fn key() -> PrivateKey {
    PrivateKey::generate().unwrap()
}

fn addresses(texts: [&str; 2]) -> Vec<IpAddr> {
    texts.map(|text| text.parse().unwrap()).to_vec()
}

fn networks() -> Vec<ipnet::IpNet> {
    ["10.77.0.0/16", "fd77::/64"]
        .map(|text| text.parse().unwrap())
        .to_vec()
}

fn start(key: &PrivateKey, inner: Inner) -> DataPathHandle {
    let listen = ListenAddress::At("127.0.0.1:0".parse().unwrap());
    let mut configuration = DataPathConfiguration::new(listen);
    configuration.private_key = Some(key.clone());
    DataPath::start(configuration, inner).unwrap().0
}

/// Another client of the same gateway.
fn start_client(key: &PrivateKey, tunnel: &Tunnel, own: Vec<IpAddr>) -> DataPathHandle {
    let (stack, _) = ClientStack::new(ClientConfiguration::new(own, 3)).unwrap();
    let client = start(key, Inner::Stack(Box::new(stack)));
    let everything = ["0.0.0.0/0", "::/0"].map(|text| text.parse().unwrap());
    let endpoint = Some(tunnel.gateway.local_address());
    add_peer(&client, tunnel.gateway_key, endpoint, everything.to_vec());
    client
}

fn add_peer(
    path: &DataPathHandle,
    key: PublicKey,
    endpoint: Option<SocketAddr>,
    prefixes: Vec<ipnet::IpNet>,
) {
    let mut peer = PeerChange::new(key);
    peer.endpoint = endpoint;
    peer.allowed_prefixes = prefixes.into_iter().map(|prefix| (prefix, true)).collect();
    path.apply(vec![Change::Peer(peer)]).unwrap();
}

/// Serves one connection: reads all of it, then sends `answer`.
fn service(answer: Vec<u8>) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut question = Vec::new();
        stream.read_to_end(&mut question).unwrap();
        stream.write_all(&answer).unwrap();
        question
    });
    (address, thread)
}

fn pattern(seed: u64) -> Vec<u8> {
    let byte = |place: u64| (place.wrapping_mul(0x9e37_79b9 + seed) >> 16) as u8;
    (0..TRANSFER as u64).map(byte).collect()
}

#[test]
fn the_gateway_answers_ping_over_both_ip_versions() {
    let tunnel = Tunnel::open(([127, 0, 0, 1], 9).into(), &[]);
    for gateway in GATEWAY {
        assert!(tunnel.answers(gateway, PATIENCE), "{gateway}");
    }
    assert_eq!(tunnel.counters.count(ExitEvent::EchoAnswered), 2);
}

#[test]
fn one_peer_reaches_another_through_the_gateway() {
    let tunnel = Tunnel::open(([127, 0, 0, 1], 9).into(), &[]);
    let other_key = key();
    let others = ["10.77.0.3", "fd77::3"];
    let prefixes = addresses(others).into_iter().map(Into::into).collect();
    let other = start_client(&other_key, &tunnel, addresses(others));
    let endpoint = Some(other.local_address());
    add_peer(&tunnel.gateway, other_key.public_key(), endpoint, prefixes);
    for address in others {
        assert!(tunnel.answers(address, PATIENCE), "{address}");
    }
    assert!(!tunnel.answers("10.77.0.4", Duration::from_millis(200)));
    other.stop();
}

#[test]
fn many_bytes_pass_both_ways_to_a_published_service() {
    for forward in ["0:10.77.0.1:80", "0:[fd77::1]:80"] {
        let (target, service) = service(pattern(2));
        let tunnel = Tunnel::open(target, &[forward]);
        let mut stream = tunnel.connect(0);
        stream.write_all(&pattern(1)).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer == pattern(2), "{forward}: {} bytes", answer.len());
        assert!(service.join().unwrap() == pattern(1), "{forward}");
    }
}

#[test]
fn loopback_and_metadata_are_refused_through_the_tunnel() {
    let secret = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = secret.local_addr().unwrap().port();
    let loopback = format!("0:127.0.0.1:{port}");
    let mapped = format!("0:[::ffff:127.0.0.1]:{port}");
    let forwards = [&loopback, &mapped, "0:169.254.169.254:80"];
    let tunnel = Tunnel::open(([127, 0, 0, 1], 9).into(), &forwards);
    for forward in 0..forwards.len() {
        let error = tunnel.connect(forward).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    // A question that was asked again before its answer came was refused twice.
    assert!(tunnel.counters.count(ExitEvent::RefusedLoopback) >= 2);
    assert!(tunnel.counters.count(ExitEvent::RefusedLinkLocal) >= 1);
    secret.set_nonblocking(true).unwrap();
    assert!(secret.accept().is_err(), "somebody got through");
}

#[test]
fn a_removed_peer_is_silent_and_its_connections_are_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    let tunnel = Tunnel::open(target, &["0:10.77.0.1:80"]);
    let mut stream = tunnel.connect(0);
    stream.write_all(b"x").unwrap();
    let (mut served, _) = listener.accept().unwrap();
    served.read_exact(&mut [0]).unwrap();
    assert_eq!(tunnel.counters.open_tcp(), 1);

    let removal = Change::RemovePeer(tunnel.client_key);
    tunnel.gateway.apply(vec![removal]).unwrap();
    served.set_read_timeout(Some(PATIENCE)).unwrap();
    let error = served.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(tunnel.counters.open_tcp(), 0);
    assert!(!tunnel.answers(GATEWAY[0], Duration::from_millis(500)));
}
