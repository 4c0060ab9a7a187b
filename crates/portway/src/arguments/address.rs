//! Addresses with a port, as they stand on the command line.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use portway_gateway::{HostPort, HostPortError};

/// Why a text names no publication and no forward.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum AddressError {
    /// One of the two sides is no host with a port.
    #[error(transparent)]
    HostPort(#[from] HostPortError),
    /// A published port is not written as one.
    #[error("expected PORT=HOST:PORT, as in 80=127.0.0.1:8080")]
    Publish,
    /// A forward is not written as one.
    #[error("expected [BIND:]PORT:HOST:PORT, as in 127.0.0.1:8080:10.77.0.1:80")]
    Forward,
    /// A name where only an address will do.
    #[error("a forward takes addresses, not names, as in 10.77.0.1 or [fd00::1]")]
    Address,
}

/// `--publish PORT=HOST:PORT`: a port of the tunnel address and the service behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Publish {
    /// TCP port of the gateway's tunnel address.
    pub(crate) port: u16,
    /// Where connections to it go.
    pub(crate) target: HostPort,
}

impl FromStr for Publish {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (port, target) = text.split_once('=').ok_or(AddressError::Publish)?;
        Ok(Self {
            port: parse_port(port)?,
            target: target.parse()?,
        })
    }
}

/// `-L [BIND:]PORT:HOST:PORT`: a local port and the address in the tunnel behind it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Forward {
    /// Local address, loopback by default; port 0 lets the system choose.
    pub(crate) bind: SocketAddr,
    /// Address in the tunnel. Names mean nothing there: this client asks no name server.
    pub(crate) target: SocketAddr,
}

impl FromStr for Forward {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let parts = split_outside_brackets(text);
        let (bind, port, host, target_port) = match parts[..] {
            [bind, port, host, target_port] => (parse_address(bind)?, port, host, target_port),
            [port, host, target_port] => (Ipv4Addr::LOCALHOST.into(), port, host, target_port),
            _ => return Err(AddressError::Forward),
        };
        let port = port.parse().map_err(|_| HostPortError::Port)?;
        let target = SocketAddr::new(parse_address(host)?, parse_port(target_port)?);
        Ok(Self {
            bind: SocketAddr::new(bind, port),
            target,
        })
    }
}

fn parse_address(text: &str) -> Result<IpAddr, AddressError> {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner
        .unwrap_or(text)
        .parse()
        .map_err(|_| AddressError::Address)
}

fn parse_port(text: &str) -> Result<u16, HostPortError> {
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or(HostPortError::Port)
}

/// Splits at the colons that do not belong to an IPv6 address in brackets.
fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|letter| {
        inside = (inside || letter == '[') && letter != ']';
        letter == ':' && !inside
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_port_names_its_service() {
        let publish: Publish = "80=127.0.0.1:8080".parse().unwrap();
        assert_eq!((publish.port, publish.target.port()), (80, 8080));
        assert_eq!(
            "80:127.0.0.1:8080".parse::<Publish>(),
            Err(AddressError::Publish)
        );
    }

    #[test]
    fn a_forward_binds_loopback_unless_told_otherwise() {
        let forward: Forward = "8080:10.77.0.1:80".parse().unwrap();
        assert_eq!(forward.bind, "127.0.0.1:8080".parse().unwrap());
        let forward: Forward = "[::1]:0:[fd00::1]:80".parse().unwrap();
        assert_eq!(forward.bind, "[::1]:0".parse().unwrap());
        assert_eq!(forward.target, "[fd00::1]:80".parse().unwrap());
        assert_eq!("80:80".parse::<Forward>(), Err(AddressError::Forward));
        assert_eq!("80:name:80".parse::<Forward>(), Err(AddressError::Address));
    }
}
