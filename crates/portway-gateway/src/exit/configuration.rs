//! What a user-space exit is told before it starts.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use thiserror::Error;

/// The MTU of a WireGuard tunnel over an outer path of 1500 bytes, IPv6 included.
const TUNNEL_MTU: usize = 1420;

/// Descriptors that peers leave to the rest of the process: the outer sockets, the grid's files and
/// clients, metrics.
const RESERVED_DESCRIPTORS: usize = 256;

/// Which destinations peers reach through the host.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExitMode {
    /// The network beyond the host: no address of the host itself, no loopback, link-local,
    /// multicast, broadcast or tunnel address.
    #[default]
    Default,
    /// Nothing: only ping and what is published.
    Off,
    /// The host's own addresses too; still never loopback, link-local, multicast or broadcast
    /// addresses, nor our own listeners.
    All,
}

/// A service of the host that peers reach at the gateway's tunnel addresses.
///
/// Written `PORT=HOST:PORT`, as in `80=127.0.0.1:8080` or `443=[::1]:8443`. The target is named
/// by whoever runs the gateway, so the rules about destinations do not apply to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Publish {
    /// The TCP port at the gateway's tunnel addresses.
    pub port: u16,
    /// Where connections go.
    pub target: SocketAddr,
}

/// Why a published service cannot be read.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum PublishError {
    /// There is no `=`.
    #[error("`{0}` has no `=`; write PORT=HOST:PORT, as in 80=127.0.0.1:8080")]
    NoTarget(String),
    /// What stands before the `=` is no port.
    #[error("`{0}` is no port; write a number from 1 to 65535 before the `=`")]
    Port(String),
    /// What stands behind the `=` is no address with a port.
    #[error("`{0}` is no address with a port; write it as 127.0.0.1:8080 or [::1]:8080")]
    Target(String),
}

impl FromStr for Publish {
    type Err = PublishError;

    fn from_str(text: &str) -> Result<Self, PublishError> {
        let (port, target) = text
            .split_once('=')
            .ok_or_else(|| PublishError::NoTarget(text.to_owned()))?;
        let bad_port = || PublishError::Port(port.to_owned());
        let bad_target = || PublishError::Target(target.to_owned());
        let service = Self {
            port: port.parse().map_err(|_| bad_port())?,
            target: target.parse().map_err(|_| bad_target())?,
        };
        match (service.port, service.target.port()) {
            (0, _) => Err(bad_port()),
            (_, 0) => Err(bad_target()),
            _ => Ok(service),
        }
    }
}

/// The addresses on which this process listens and which peers must never reach.
///
/// A cheap handle: listeners whose port the system chooses are added once it is known.
#[derive(Clone, Debug, Default)]
pub struct OwnListeners(Arc<Mutex<Vec<SocketAddr>>>);

impl OwnListeners {
    /// Closes a listener to peers, on every address of the host.
    pub fn add(&self, listener: SocketAddr) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener);
    }

    /// Whether one of them has this port.
    pub(super) fn have_port(&self, port: u16) -> bool {
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().any(|listener| listener.port() == port)
    }
}

/// What a user-space exit serves and whom it lets where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExitConfiguration {
    /// The gateway's own tunnel addresses: they answer ping and offer what is published.
    pub addresses: Vec<IpAddr>,
    /// The tunnel networks. Packets to other peers do not come here, the data path relays them by
    /// the peers' prefixes (unless the exit is off); what does come here for these networks is
    /// refused.
    pub networks: Vec<IpNet>,
    /// Which destinations peers reach. Default: [`ExitMode::Default`].
    pub mode: ExitMode,
    /// Services of the host at the tunnel addresses; of two at one port the last one counts.
    /// Default: none.
    pub publish: Vec<Publish>,
    /// Our own listeners, refused in every mode. Default: none.
    pub own_listeners: OwnListeners,
    /// The greatest packet that is sent to a peer, in bytes: not more than the data path
    /// carries. Default: 1420.
    pub mtu: usize,
    /// How much peers may use at once.
    pub limits: ExitLimits,
    /// How long flows may be silent.
    pub timeouts: ExitTimeouts,
    /// Makes TCP's initial sequence numbers; random in production, fixed where a run must repeat.
    pub seed: u64,
}

impl ExitConfiguration {
    /// An exit with all defaults.
    #[must_use]
    pub fn new(addresses: Vec<IpAddr>, networks: Vec<IpNet>, seed: u64) -> Self {
        Self {
            addresses,
            networks,
            mode: ExitMode::default(),
            publish: Vec::new(),
            own_listeners: OwnListeners::default(),
            mtu: TUNNEL_MTU,
            limits: ExitLimits::default(),
            timeouts: ExitTimeouts::default(),
            seed,
        }
    }
}

/// How much peers may use at once. Whatever is over a limit is refused with an answer and
/// counted; nothing waits.
///
/// Each TCP connection costs two buffers and a descriptor of the host, each UDP flow a descriptor
/// and less than 1 kB; datagrams wait in the host's socket, not here. Where the process may not
/// open that many descriptors (`ulimit -n`), the exit lowers the limits that cost one, so that
/// peers leave enough for everything else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExitLimits {
    /// TCP connections of one peer. Default: 256, more than a browser with many tabs opens.
    pub connections_per_peer: usize,
    /// TCP connections in all. Default: 2048.
    pub connections: usize,
    /// Of these, the ones of a peer whose handshake is not complete. Default: 64.
    pub half_open_per_peer: usize,
    /// Of these, the ones whose handshake is not complete, in all. Default: 512.
    pub half_open: usize,
    /// UDP flows of one peer. Default: 256.
    pub udp_flows_per_peer: usize,
    /// UDP flows in all. Default: 2048.
    pub udp_flows: usize,
    /// The size of each of a connection's two buffers, in bytes. It bounds what one connection
    /// carries in a round trip. Default: 256 KiB, about 100 Mbit/s over 20 ms.
    ///
    /// Only pages that were used once cost memory.
    pub buffer: usize,
    /// The size of each buffer of a connection that opens when half of the memory below is
    /// taken, in bytes. Default: 16 KiB.
    pub small_buffer: usize,
    /// What the buffers of one peer take at most, in bytes. Default: 64 MiB.
    pub memory_per_peer: usize,
    /// What all buffers take at most, in bytes. Default: 256 MiB.
    pub memory: usize,
}

impl Default for ExitLimits {
    fn default() -> Self {
        Self {
            connections_per_peer: 256,
            connections: 2048,
            half_open_per_peer: 64,
            half_open: 512,
            udp_flows_per_peer: 256,
            udp_flows: 2048,
            buffer: 256 << 10,
            small_buffer: 16 << 10,
            memory_per_peer: 64 << 20,
            memory: 256 << 20,
        }
    }
}

impl ExitLimits {
    /// Lowers what costs a descriptor until `descriptors` are enough for all peers and the rest
    /// of the process, and no single peer can take more than half of them.
    pub(super) fn within(self, descriptors: usize) -> Self {
        let share = descriptors.saturating_sub(RESERVED_DESCRIPTORS) / 2;
        let peer_share = share / 2;
        Self {
            connections: self.connections.min(share),
            connections_per_peer: self.connections_per_peer.min(peer_share),
            udp_flows: self.udp_flows.min(share),
            udp_flows_per_peer: self.udp_flows_per_peer.min(peer_share),
            ..self
        }
    }
}

/// How long flows may be silent before they are given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExitTimeouts {
    /// For the destination to accept, and again for the peer to complete the handshake.
    /// Default: 10 s.
    pub half_open: Duration,
    /// For an open TCP connection. Default: 10 min.
    pub idle: Duration,
    /// For a TCP connection of which one direction has ended. Default: 60 s.
    pub closing: Duration,
    /// For a UDP flow that was answered. Default: 60 s.
    pub udp: Duration,
    /// For a UDP flow without an answer. Default: 30 s.
    pub udp_unanswered: Duration,
}

impl Default for ExitTimeouts {
    fn default() -> Self {
        Self {
            half_open: Duration::from_secs(10),
            idle: Duration::from_secs(600),
            closing: Duration::from_secs(60),
            udp: Duration::from_secs(60),
            udp_unanswered: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_service_names_a_port_and_an_address() {
        let service: Publish = "80=127.0.0.1:8080".parse().unwrap();
        assert_eq!(service.port, 80);
        assert_eq!(service.target, "127.0.0.1:8080".parse().unwrap());
        let service: Publish = "443=[::1]:8443".parse().unwrap();
        assert_eq!(service.target, "[::1]:8443".parse().unwrap());
    }

    #[test]
    fn limits_leave_descriptors_for_the_rest_of_the_process() {
        let limits = ExitLimits::default();
        assert_eq!(limits.within(1 << 20), limits);
        let low = limits.within(1024);
        assert!(low.connections + low.udp_flows + RESERVED_DESCRIPTORS <= 1024);
        assert!(low.connections_per_peer < low.connections);
        assert_eq!(limits.within(10).connections, 0);
    }

    #[test]
    fn a_wrong_part_of_a_published_service_is_named() {
        let read = |text: &str| text.parse::<Publish>().unwrap_err();
        assert_eq!(read("80"), PublishError::NoTarget("80".into()));
        assert_eq!(read("0=127.0.0.1:1"), PublishError::Port("0".into()));
        assert_eq!(read("x=127.0.0.1:1"), PublishError::Port("x".into()));
        assert_eq!(read("80=host:1"), PublishError::Target("host:1".into()));
        assert_eq!(
            read("80=127.0.0.1:0"),
            PublishError::Target("127.0.0.1:0".into())
        );
    }
}
