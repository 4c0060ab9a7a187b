//! The two sides of a gateway: where WireGuard's datagrams come in, and where packets go.

use std::{net::SocketAddr, str::FromStr};

use clap::ValueEnum;

/// The longest name of an interface that Linux takes.
const LONGEST_INTERFACE_NAME: usize = 15;

/// Why a text names no side.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum SideError {
    /// The AF_XDP data plane is not there yet.
    #[error(
        "the AF_XDP data plane comes in a later version; use {0} until then (nothing else changes)"
    )]
    DataPlane(&'static str),
    /// Neither `udp:` nor `xdp:`.
    #[error("expected udp:ADDR:PORT, as in udp:0.0.0.0:51820")]
    Outer,
    /// Neither `exit` nor `tun:` nor `xdp:`.
    #[error("expected `exit` (needs no root) or tun:NAME, as in tun:wg0")]
    Inner,
    /// A name that the kernel would not take.
    #[error("an interface name has 1 to 15 letters, digits or _ = + . - and is not . or ..")]
    Interface,
}

/// `--outer udp:ADDR:PORT`: where WireGuard listens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OuterSide {
    /// An ordinary UDP socket; port 0 lets the system choose.
    Udp(SocketAddr),
}

impl FromStr for OuterSide {
    type Err = SideError;

    fn from_str(text: &str) -> Result<Self, SideError> {
        match text.split_once(':') {
            Some(("udp", address)) => address.parse().map(Self::Udp).map_err(|_| SideError::Outer),
            Some(("xdp", _)) => Err(SideError::DataPlane("--outer udp:ADDR:PORT")),
            _ => Err(SideError::Outer),
        }
    }
}

/// `--inner exit|tun:NAME`: where decrypted packets go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum InnerSide {
    /// The user-space exit: ordinary sockets of this host.
    Exit,
    /// A TUN interface of this name.
    Tun(String),
}

impl FromStr for InnerSide {
    type Err = SideError;

    fn from_str(text: &str) -> Result<Self, SideError> {
        match text.split_once(':') {
            None if text == "exit" => Ok(Self::Exit),
            Some(("tun", name)) => interface_name(name).map(Self::Tun),
            Some(("xdp", _)) => Err(SideError::DataPlane("--inner exit or --inner tun:NAME")),
            _ => Err(SideError::Inner),
        }
    }
}

/// Checks the name of an interface, which is also a file name and a word for `wg`.
///
/// # Errors
///
/// [`SideError::Interface`] for a name that Linux or wg-quick would refuse.
pub(crate) fn interface_name(text: &str) -> Result<String, SideError> {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_=+.-".contains(letter);
    let fits = (1..=LONGEST_INTERFACE_NAME).contains(&text.len());
    if fits && text.chars().all(letters) && ![".", ".."].contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(SideError::Interface)
    }
}

/// What the user-space exit lets peers reach.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum ExitPolicy {
    /// The network beyond this host, but none of the host's own addresses
    #[default]
    Default,
    /// Only ping and what --publish names
    Off,
    /// The host's own addresses too; never loopback, link-local, multicast or our own listeners
    All,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_side_is_a_udp_address() {
        let side = "udp:[::]:51820".parse();
        assert_eq!(side, Ok(OuterSide::Udp("[::]:51820".parse().unwrap())));
        assert_eq!("udp:51820".parse::<OuterSide>(), Err(SideError::Outer));
    }

    #[test]
    fn xdp_is_refused_with_the_reason() {
        let error = "xdp:eth0:4".parse::<OuterSide>().unwrap_err();
        assert!(error.to_string().contains("later version"), "{error}");
        assert!("xdp:eth0".parse::<InnerSide>().is_err());
    }

    #[test]
    fn an_interface_name_is_one_that_the_kernel_takes() {
        assert_eq!("tun:wg0".parse(), Ok(InnerSide::Tun("wg0".to_owned())));
        for name in [
            "",
            "..",
            "a/b",
            "sixteen-letters!",
            "sixteen-letters0",
            "with space",
        ] {
            assert_eq!(interface_name(name), Err(SideError::Interface), "{name}");
        }
    }
}
