//! Where a node listens: `HOST:PORT`, `[V6]:PORT` or `unix:PATH`.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// The port of an Ignite node unless its configuration names another one.
pub const DEFAULT_PORT: u16 = 10800;

const UNIX_PREFIX: &str = "unix:";

/// The address of one node of the grid.
///
/// It is written and read as `HOST:PORT`, `[V6]:PORT` or `unix:PATH`; a host without a port means
/// port [`DEFAULT_PORT`].
///
/// ```
/// # use portway_ignite::Address;
/// let address: Address = "[::1]:10800".parse()?;
/// assert_eq!(address, Address::tcp("::1", 10800));
/// assert_eq!(address.to_string(), "[::1]:10800");
/// # Ok::<(), portway_ignite::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// A TCP endpoint. The host is a name or an IP address without brackets.
    Tcp {
        /// The name or the IP address.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix stream socket.
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

/// Why a text is not an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not an address of a node: {reason}")]
pub struct AddressError {
    text: String,
    reason: AddressReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum AddressReason {
    #[error("it is empty; write HOST:PORT, [IPV6]:PORT or unix:PATH")]
    Empty,
    #[error("the host is missing; write HOST:PORT")]
    NoHost,
    #[error("the port must be a number from 1 to 65535")]
    Port,
    #[error("a range of ports goes up; write HOST:FROM..TO with FROM not above TO")]
    Range,
    #[error("an IPv6 address stands in brackets; write [IPV6]:PORT")]
    Brackets,
    #[cfg(unix)]
    #[error("the path of the socket is missing; write unix:PATH")]
    NoPath,
    #[cfg(not(unix))]
    #[error("this system has no Unix sockets; write HOST:PORT")]
    NoUnixSockets,
}

impl Address {
    /// Makes the address of a TCP endpoint. `host` is a name or an IP address without brackets.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        Self::Tcp { host, port }
    }
}

impl Address {
    /// Reads one address, or a range of ports as `HOST:FROM..TO`: an address for each of them.
    ///
    /// # Errors
    /// [`AddressError`] with what is wrong with the text.
    ///
    /// ```
    /// # use portway_ignite::Address;
    /// let addresses = Address::range("grid:10800..10802")?;
    /// assert_eq!(addresses.len(), 3);
    /// assert_eq!(addresses[2].to_string(), "grid:10802");
    /// # Ok::<(), portway_ignite::AddressError>(())
    /// ```
    pub fn range(text: &str) -> Result<Vec<Self>, AddressError> {
        parse_range(text.trim()).map_err(|reason| AddressError {
            text: text.to_owned(),
            reason,
        })
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::tcp(address.ip().to_string(), address.port())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        parse(text).map_err(|reason| AddressError {
            text: text.to_owned(),
            reason,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(formatter, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(formatter, "{host}:{port}"),
            #[cfg(unix)]
            Self::Unix(path) => write!(formatter, "{UNIX_PREFIX}{}", path.display()),
        }
    }
}

fn parse_range(text: &str) -> Result<Vec<Address>, AddressReason> {
    let Some((first, last)) = text
        .rsplit_once("..")
        .filter(|_| !text.starts_with(UNIX_PREFIX))
    else {
        return parse(text).map(|address| vec![address]);
    };
    let last = parse_port(&format!(":{last}"))?;
    match parse(first)? {
        Address::Tcp { host, port } if port <= last => Ok((port..=last)
            .map(|port| Address::tcp(host.clone(), port))
            .collect()),
        _ => Err(AddressReason::Range),
    }
}

fn parse(text: &str) -> Result<Address, AddressReason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressReason::Empty);
    }
    if let Some(path) = text.strip_prefix(UNIX_PREFIX) {
        return parse_unix(path);
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(AddressReason::Brackets)?,
        None => split_host(text)?,
    };
    if host.is_empty() {
        return Err(AddressReason::NoHost);
    }
    Ok(Address::tcp(host, parse_port(port)?))
}

/// Splits a host without brackets from the rest, which is empty or begins with the colon.
fn split_host(text: &str) -> Result<(&str, &str), AddressReason> {
    let end = text.find(':').unwrap_or(text.len());
    let (host, port) = text.split_at(end);
    match port.matches(':').count() {
        0 | 1 => Ok((host, port)),
        _ => Err(AddressReason::Brackets),
    }
}

fn parse_port(port: &str) -> Result<u16, AddressReason> {
    if port.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    let digits = port.strip_prefix(':').ok_or(AddressReason::Port)?;
    match digits.parse() {
        Ok(0) | Err(_) => Err(AddressReason::Port),
        Ok(port) => Ok(port),
    }
}

#[cfg(unix)]
fn parse_unix(path: &str) -> Result<Address, AddressReason> {
    if path.is_empty() {
        return Err(AddressReason::NoPath);
    }
    Ok(Address::Unix(path.into()))
}

#[cfg(not(unix))]
fn parse_unix(_path: &str) -> Result<Address, AddressReason> {
    Err(AddressReason::NoUnixSockets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> AddressReason {
        text.parse::<Address>().unwrap_err().reason
    }

    #[test]
    fn every_form_is_read_and_written_alike() {
        for text in [
            "localhost:10800",
            "127.0.0.1:1",
            "[::1]:65535",
            "unix:/run/grid.sock",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_range_of_ports_is_an_address_for_each() {
        let all = |text| Address::range(text).map_err(|error| error.reason);
        let expected = [Address::tcp("::1", 9), Address::tcp("::1", 10)];
        assert_eq!(all("[::1]:9..10").as_deref(), Ok(expected.as_slice()));
        assert_eq!(all("grid").map(|addresses| addresses.len()), Ok(1));
        assert_eq!(
            all("unix:/run/../grid").map(|addresses| addresses.len()),
            Ok(1)
        );
        assert_eq!(all("grid:10..9"), Err(AddressReason::Range));
        assert_eq!(all("grid:10..70000"), Err(AddressReason::Port));
    }

    #[test]
    fn a_host_alone_has_the_default_port() {
        assert_eq!("grid".parse(), Ok(Address::tcp("grid", DEFAULT_PORT)));
        assert_eq!(
            "[fe80::1]".parse(),
            Ok(Address::tcp("fe80::1", DEFAULT_PORT))
        );
    }

    #[test]
    fn a_bare_ipv6_address_is_told_to_use_brackets() {
        assert_eq!(reason("::1:10800"), AddressReason::Brackets);
        assert_eq!(reason("[::1"), AddressReason::Brackets);
    }

    #[test]
    fn missing_parts_are_named() {
        assert_eq!(reason("  "), AddressReason::Empty);
        assert_eq!(reason(":10800"), AddressReason::NoHost);
        assert_eq!(reason("unix:"), AddressReason::NoPath);
        assert_eq!(reason("[]:1"), AddressReason::NoHost);
    }

    #[test]
    fn a_port_out_of_range_is_refused() {
        for text in ["grid:0", "grid:65536", "grid:", "grid:ten", "[::1]10800"] {
            assert_eq!(reason(text), AddressReason::Port, "{text}");
        }
    }
}
