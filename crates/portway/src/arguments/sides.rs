//! The two sides of a gateway: where WireGuard's datagrams come in, and where packets go.

use std::{collections::BTreeSet, fmt, net::SocketAddr, str::FromStr};

use clap::ValueEnum;
use portway_gateway::XdpInterface;

/// The longest name of an interface that Linux takes.
const LONGEST_INTERFACE_NAME: usize = 15;

/// The most queues that one side may name; each has a thread and 8 MiB or more of packet memory.
const MOST_QUEUES: usize = 64;

/// Why a text names no side.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum SideError {
    /// Neither `udp:` nor `xdp:`.
    #[error(
        "expected udp:ADDR:PORT, as in udp:0.0.0.0:51820, or xdp:INTERFACE[:QUEUES], as in xdp:eth0:0-3"
    )]
    Outer,
    /// Neither `exit` nor `tun:` nor `xdp:`.
    #[error(
        "expected `exit` (needs no root), tun:NAME, as in tun:wg0, or xdp:INTERFACE[:QUEUES], as in xdp:eth1"
    )]
    Inner,
    /// A name that the kernel would not take.
    #[error("an interface name has 1 to 15 letters, digits or _ = + . - and is not . or ..")]
    Interface,
    /// No list of queues.
    #[error(
        "queues are numbers and ranges, at most {MOST_QUEUES} in all, as in 0 or 0-3 or 0,2,5; without any, all are used"
    )]
    Queues,
}

/// `--outer udp:ADDR:PORT|xdp:INTERFACE[:QUEUES]`: where WireGuard listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum OuterSide {
    /// An ordinary UDP socket; port 0 lets the system choose.
    Udp(SocketAddr),
    /// AF_XDP on an interface, for the address of `--listen`.
    Xdp(XdpInterface),
}

impl FromStr for OuterSide {
    type Err = SideError;

    fn from_str(text: &str) -> Result<Self, SideError> {
        match text.split_once(':') {
            Some(("udp", address)) => address.parse().map(Self::Udp).map_err(|_| SideError::Outer),
            Some(("xdp", interface)) => xdp_interface(interface).map(Self::Xdp),
            _ => Err(SideError::Outer),
        }
    }
}

/// `--inner exit|tun:NAME|xdp:INTERFACE[:QUEUES]`: where decrypted packets go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum InnerSide {
    /// The user-space exit: ordinary sockets of this host.
    Exit,
    /// A TUN interface of this name.
    Tun(String),
    /// AF_XDP on an interface.
    Xdp(XdpInterface),
}

impl FromStr for InnerSide {
    type Err = SideError;

    fn from_str(text: &str) -> Result<Self, SideError> {
        match text.split_once(':') {
            None if text == "exit" => Ok(Self::Exit),
            Some(("tun", name)) => interface_name(name).map(Self::Tun),
            Some(("xdp", interface)) => xdp_interface(interface).map(Self::Xdp),
            _ => Err(SideError::Inner),
        }
    }
}

/// As the user would write it.
impl fmt::Display for InnerSide {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit => formatter.write_str("exit"),
            Self::Tun(name) => write!(formatter, "tun:{name}"),
            Self::Xdp(interface) => write!(formatter, "xdp:{}", interface.name),
        }
    }
}

/// Reads `INTERFACE[:QUEUES]`.
fn xdp_interface(text: &str) -> Result<XdpInterface, SideError> {
    let (name, queues) = match text.split_once(':') {
        Some((name, queues)) => (name, Some(queues)),
        None => (text, None),
    };
    let mut interface = XdpInterface::new(interface_name(name)?);
    interface.queues = queues.map(queue_numbers).transpose()?.unwrap_or_default();
    Ok(interface)
}

/// Reads numbers and ranges, and gives each number once, in order.
fn queue_numbers(text: &str) -> Result<Vec<u32>, SideError> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| SideError::Queues);
    let mut queues = BTreeSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        let count = last.checked_sub(first).ok_or(SideError::Queues)? as usize;
        if count + queues.len() >= MOST_QUEUES {
            return Err(SideError::Queues);
        }
        queues.extend(first..=last);
    }
    Ok(queues.into_iter().collect())
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
    fn xdp_names_an_interface_and_perhaps_its_queues() {
        let side = |queues: &[u32]| {
            let mut interface = XdpInterface::new("eth0");
            interface.queues = queues.to_vec();
            Ok(InnerSide::Xdp(interface))
        };
        assert_eq!("xdp:eth0".parse(), side(&[]));
        assert_eq!("xdp:eth0:4".parse(), side(&[4]));
        assert_eq!("xdp:eth0:2,0-1,1".parse(), side(&[0, 1, 2]));
        for queues in ["", "x", "3-1", "0-", "-1", "0-64", "0,,1", "4294967296"] {
            let text = format!("xdp:eth0:{queues}");
            assert_eq!(text.parse::<OuterSide>(), Err(SideError::Queues), "{text}");
        }
        assert_eq!("xdp:".parse::<OuterSide>(), Err(SideError::Interface));
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
