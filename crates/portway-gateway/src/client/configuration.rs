//! What a client stack is told before it starts.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use thiserror::Error;

/// The MTU of a WireGuard tunnel over an outer path of 1500 bytes, IPv6 included.
const TUNNEL_MTU: usize = 1420;

/// A port of this machine whose connections go through the tunnel.
///
/// Written `[BIND:]PORT:HOST:PORT`, as in `8080:10.77.0.1:80` or `[::1]:8080:[fd77::1]:80`. It
/// listens on 127.0.0.1 unless told otherwise; port 0 lets the system choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forward {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where connections go, behind the tunnel.
    pub target: SocketAddr,
}

/// Why a forward cannot be read.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ForwardError {
    /// It has too few or too many parts.
    #[error(
        "`{0}` is no forward; write [BIND:]PORT:HOST:PORT, as in 8080:10.77.0.1:80, \
         with IPv6 addresses in brackets"
    )]
    Parts(String),
    /// A part should be an address.
    #[error("`{0}` is no IP address; write it as 10.77.0.1 or [fd77::1], names are not looked up")]
    Address(String),
    /// A part should be a port.
    #[error("`{0}` is no port; write a number from 1 to 65535, or 0 to listen on any")]
    Port(String),
}

impl FromStr for Forward {
    type Err = ForwardError;

    fn from_str(text: &str) -> Result<Self, ForwardError> {
        let parts = split_outside_brackets(text);
        let (bind, port, host, target_port) = match parts[..] {
            [port, host, target_port] => (None, port, host, target_port),
            [bind, port, host, target_port] => (Some(bind), port, host, target_port),
            _ => return Err(ForwardError::Parts(text.to_owned())),
        };
        let bind = bind.map_or(Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)), read_address)?;
        let target = SocketAddr::new(read_address(host)?, read_port(target_port)?);
        if target.port() == 0 {
            return Err(ForwardError::Port(target_port.to_owned()));
        }
        let listen = SocketAddr::new(bind, read_port(port)?);
        Ok(Self { listen, target })
    }
}

fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|character| {
        inside = character == '[' || inside && character != ']';
        character == ':' && !inside
    })
    .collect()
}

fn read_address(text: &str) -> Result<IpAddr, ForwardError> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse();
    address.map_err(|_| ForwardError::Address(text.to_owned()))
}

fn read_port(text: &str) -> Result<u16, ForwardError> {
    let port = text.parse();
    port.map_err(|_| ForwardError::Port(text.to_owned()))
}

/// What a client stack is and carries.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfiguration {
    /// Its own addresses, from `Address` of the wg-quick file.
    pub addresses: Vec<IpAddr>,
    /// Ports of this machine that lead through the tunnel. Default: none.
    pub forwards: Vec<Forward>,
    /// The greatest packet that is sent, in bytes: not more than the data path
    /// carries. Default: 1420.
    pub mtu: usize,
    /// Makes TCP's initial sequence numbers and the first local port; random in production, fixed
    /// where a run must repeat.
    pub seed: u64,
}

impl ClientConfiguration {
    /// A client without forwards.
    #[must_use]
    pub const fn new(addresses: Vec<IpAddr>, seed: u64) -> Self {
        Self {
            addresses,
            forwards: Vec::new(),
            mtu: TUNNEL_MTU,
            seed,
        }
    }
}

/// Why a client stack cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A forward's port cannot be listened on.
    #[error("cannot listen on {listen}: {source}; choose another port, or 0 for any")]
    Listen {
        /// Which one.
        listen: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A forward leads to an address of a version of which the client has none.
    #[error(
        "the client has no address to reach {0} from; \
         add one of the same IP version to `Address` in its file"
    )]
    NoAddress(IpAddr),
    /// The system gives no pipe to wake the stack with.
    #[error("cannot make a pipe: {0}; the limit of open files may be reached (`ulimit -n`)")]
    Pipe(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(listen: &str, target: &str) -> Result<Forward, ForwardError> {
        Ok(Forward {
            listen: listen.parse().unwrap(),
            target: target.parse().unwrap(),
        })
    }

    #[test]
    fn a_forward_listens_on_loopback_unless_told_otherwise() {
        let table = [
            ("8080:10.77.0.1:80", "127.0.0.1:8080", "10.77.0.1:80"),
            ("0:10.77.0.1:80", "127.0.0.1:0", "10.77.0.1:80"),
            ("0.0.0.0:8080:10.77.0.1:80", "0.0.0.0:8080", "10.77.0.1:80"),
            ("8080:[fd77::1]:80", "127.0.0.1:8080", "[fd77::1]:80"),
            ("[::1]:8080:[fd77::1]:80", "[::1]:8080", "[fd77::1]:80"),
        ];
        for (text, listen, target) in table {
            assert_eq!(text.parse(), forward(listen, target), "{text}");
        }
    }

    #[test]
    fn a_wrong_part_of_a_forward_is_named() {
        let read = |text: &str| text.parse::<Forward>().unwrap_err();
        assert_eq!(read("80"), ForwardError::Parts("80".into()));
        assert_eq!(read("1:2:3:4:5"), ForwardError::Parts("1:2:3:4:5".into()));
        assert_eq!(read("80:host:80"), ForwardError::Address("host".into()));
        assert_eq!(read("80:10.0.0.1:0"), ForwardError::Port("0".into()));
        assert_eq!(read("x:10.0.0.1:80"), ForwardError::Port("x".into()));
        assert_eq!(
            read("fd77::1:80:10.0.0.1:80"),
            ForwardError::Parts("fd77::1:80:10.0.0.1:80".into())
        );
    }
}
