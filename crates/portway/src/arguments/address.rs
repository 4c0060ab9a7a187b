//! Addresses with a port, as they stand on the command line.

use std::{fmt, net::Ipv6Addr, str::FromStr};

/// Why a text is not an address with a port.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum AddressError {
    /// There is no `:PORT` at the end.
    #[error("expected HOST:PORT or [V6]:PORT, as in 127.0.0.1:8080")]
    NoPort,
    /// The part before the port is empty, or an IPv6 address without brackets.
    #[error(
        "expected a host before the port; an IPv6 address stands in brackets, as in [::1]:8080"
    )]
    NoHost,
    /// A port is not a number of 1 to 65535.
    #[error("a port is a number of 1 to 65535")]
    Port,
    /// A published port is not written as one.
    #[error("expected PORT=HOST:PORT, as in 80=127.0.0.1:8080")]
    Publish,
    /// A forward is not written as one.
    #[error("expected [BIND:]PORT:HOST:PORT, as in 127.0.0.1:8080:10.77.0.1:80")]
    Forward,
}

/// A host, by name or address, and a port; names are resolved when they are needed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HostPort {
    /// A name or an address, without brackets.
    pub(crate) host: String,
    /// Never 0.
    pub(crate) port: u16,
}

impl FromStr for HostPort {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = text.rsplit_once(':').ok_or(AddressError::NoPort)?;
        Ok(Self {
            host: parse_host(host)?,
            port: parse_port(port)?,
        })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
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
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Forward {
    /// Local address, loopback by default.
    pub(crate) bind: String,
    /// Local port; 0 lets the system choose.
    pub(crate) port: u16,
    /// Address in the tunnel.
    pub(crate) target: HostPort,
}

impl FromStr for Forward {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut parts = split_outside_brackets(text);
        if parts.len() == 3 {
            parts.insert(0, "127.0.0.1");
        }
        let [bind, port, host, target_port] = parts[..] else {
            return Err(AddressError::Forward);
        };
        let target = HostPort {
            host: parse_host(host)?,
            port: parse_port(target_port)?,
        };
        let port = port.parse().map_err(|_| AddressError::Port)?;
        Ok(Self {
            bind: parse_host(bind)?,
            port,
            target,
        })
    }
}

fn parse_host(text: &str) -> Result<String, AddressError> {
    if let Some(address) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let address = address
            .parse::<Ipv6Addr>()
            .map_err(|_| AddressError::NoHost)?;
        return Ok(address.to_string());
    }
    let usable = !text.is_empty() && !text.contains([':', '[', ']', ' ']);
    usable.then(|| text.to_owned()).ok_or(AddressError::NoHost)
}

fn parse_port(text: &str) -> Result<u16, AddressError> {
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or(AddressError::Port)
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
    fn hosts_and_ports_are_read_and_written() {
        for text in ["127.0.0.1:80", "[::1]:51820", "vpn.example:443"] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
        assert_eq!("host".parse::<HostPort>(), Err(AddressError::NoPort));
        assert_eq!("::1:80".parse::<HostPort>(), Err(AddressError::NoHost));
        assert_eq!("host:0".parse::<HostPort>(), Err(AddressError::Port));
        assert_eq!("host:65536".parse::<HostPort>(), Err(AddressError::Port));
    }

    #[test]
    fn a_published_port_names_its_service() {
        let publish: Publish = "80=127.0.0.1:8080".parse().unwrap();
        assert_eq!((publish.port, publish.target.port), (80, 8080));
        assert_eq!(
            "80:127.0.0.1:8080".parse::<Publish>(),
            Err(AddressError::Publish)
        );
    }

    #[test]
    fn a_forward_binds_loopback_unless_told_otherwise() {
        let forward: Forward = "8080:10.77.0.1:80".parse().unwrap();
        assert_eq!((forward.bind.as_str(), forward.port), ("127.0.0.1", 8080));
        let forward: Forward = "[::1]:0:[fd00::1]:80".parse().unwrap();
        assert_eq!(
            (forward.bind.as_str(), forward.target.host.as_str()),
            ("::1", "fd00::1")
        );
        assert_eq!("80:80".parse::<Forward>(), Err(AddressError::Forward));
    }
}
