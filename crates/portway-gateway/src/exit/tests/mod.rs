//! The exit as a peer sees it, with real servers of this machine as destinations.

mod limits;
mod ping;
mod segments;
mod tcp;
mod udp;

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    thread::JoinHandle,
    time::Duration,
};

use super::{
    configuration::{ExitConfiguration, OwnListeners},
    engine::Exit,
    policy::Policy,
};
use crate::{
    exit::{ExitCounters, ExitEvent, ExitMode, Publish},
    stack::testing::World,
};

/// The gateway's tunnel addresses.
const GATEWAY: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(10, 77, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 1)),
];

const SEED: u64 = 42;
/// How long a server waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

fn configuration() -> ExitConfiguration {
    let networks = vec![
        "10.77.0.0/16".parse().unwrap(),
        "fd77::/64".parse().unwrap(),
    ];
    ExitConfiguration::new(GATEWAY.to_vec(), networks, SEED)
}

/// An exit that reaches this machine's loopback, where the tests' servers are.
fn reaching_loopback(configuration: ExitConfiguration) -> Exit {
    let networks = configuration.networks.clone();
    let policy = Policy::new(ExitMode::Default, networks, OwnListeners::default())
        .exempting("127.0.0.0/8".parse().unwrap())
        .exempting("::1/128".parse().unwrap());
    Exit::with_policy(configuration, policy)
}

fn publishing(port: u16, target: SocketAddr) -> ExitConfiguration {
    let mut configuration = configuration();
    configuration.publish = vec![Publish { port, target }];
    configuration
}

/// Serves one connection on loopback and ends with what `serve` returns.
fn serve_once<R: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> R + Send + 'static,
) -> (SocketAddr, JoinHandle<R>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        // Who waits for this server waits no longer.
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        serve(stream)
    });
    (address, thread)
}

fn echo(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        stream.write_all(&buffer[..length]).unwrap();
    }
}

/// Bytes that are wrong at any other place.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u64)
        .map(|place| (place.wrapping_mul(0x9e37_79b9) >> 16) as u8)
        .collect()
}

fn count(counters: &ExitCounters, event: ExitEvent) -> u64 {
    counters.count(event)
}

type ExitWorld = World<Exit>;
