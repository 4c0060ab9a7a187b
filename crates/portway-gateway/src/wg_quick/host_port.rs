//! A host and a port, as files and command lines have them.

use std::{fmt, net::Ipv6Addr, str::FromStr};

/// The longest name of a host (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;

/// Why a text is not a host with a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HostPortError {
    /// There is no `:PORT` at the end.
    #[error("expected HOST:PORT or [V6]:PORT, as in 127.0.0.1:8080")]
    NoPort,
    /// The part before the port is empty, no name, or an IPv6 address without brackets.
    #[error("expected a host before the port; an IPv6 address stands in brackets, as in [::1]:80")]
    Host,
    /// The port is not a number of 1 to 65535.
    #[error("a port is a number of 1 to 65535")]
    Port,
}

/// A host, by name or address, and a port. It is resolved when it is needed.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct HostPort {
    host: String,
    port: u16,
}

impl HostPort {
    /// Takes a host, an IPv6 address in brackets or without, and a port.
    ///
    /// # Errors
    ///
    /// Fails where the host is no name and no address, or the port is 0.
    pub fn new(host: &str, port: u16) -> Result<Self, HostPortError> {
        let host = match host.parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => checked_host(host)?,
        };
        if port == 0 {
            Err(HostPortError::Port)
        } else {
            Ok(Self { host, port })
        }
    }

    /// A name or an address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, never 0.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        let (host, port) = text.rsplit_once(':').ok_or(HostPortError::NoPort)?;
        let port = port.parse().map_err(|_| HostPortError::Port)?;
        if host.parse::<Ipv6Addr>().is_ok() {
            return Err(HostPortError::Host);
        }
        Self::new(host, port)
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

/// Checks what is not an IPv6 address without brackets.
fn checked_host(text: &str) -> Result<String, HostPortError> {
    if let Some(address) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let address = address
            .parse::<Ipv6Addr>()
            .map_err(|_| HostPortError::Host)?;
        return Ok(address.to_string());
    }
    let letters = |letter: char| letter.is_alphanumeric() || ".-_".contains(letter);
    let is_name = (1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(letters);
    is_name.then(|| text.to_owned()).ok_or(HostPortError::Host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_read_and_written() {
        for text in ["127.0.0.1:80", "[::1]:51820", "vpn.example:443"] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_host_with_a_port_is_refused() {
        for (text, error) in [
            ("host", HostPortError::NoPort),
            ("", HostPortError::NoPort),
            (":80", HostPortError::Host),
            ("::1:80", HostPortError::Host),
            ("[fe80]:80", HostPortError::Host),
            ("a b:80", HostPortError::Host),
            ("a\nb:80", HostPortError::Host),
            ("host:0", HostPortError::Port),
            ("host:65536", HostPortError::Port),
        ] {
            assert_eq!(text.parse::<HostPort>(), Err(error), "{text}");
        }
    }
}
