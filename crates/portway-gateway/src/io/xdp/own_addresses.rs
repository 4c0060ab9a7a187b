//! The addresses on an interface that WireGuard's messages come to.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
};

use portway_xdp::program::Match;

use crate::{io::ListenAddress, state::Endpoint};

/// Those that are taken off an interface.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::io) struct OwnAddresses {
    addresses: Vec<IpAddr>,
    /// Whether the kernel's socket, too, is bound to all there are: both then tell which one a peer has asked.
    several: bool,
}

impl OwnAddresses {
    /// The address that is listened on, or all of that kind that the interface has now.
    ///
    /// # Errors
    ///
    /// It has none that clients could dial, or the system does not tell.
    pub(in crate::io) fn of(interface: &str, listen: ListenAddress) -> io::Result<Self> {
        let (listen_4, listen_6) = match listen {
            ListenAddress::At(address) if !address.ip().is_unspecified() => {
                return Ok(Self {
                    addresses: vec![address.ip()],
                    several: false,
                });
            }
            ListenAddress::At(address) => (address.is_ipv4(), address.is_ipv6()),
            ListenAddress::Any(_) => (true, true),
        };
        let there = getifaddrs::getifaddrs()?.filter(|entry| entry.name == interface);
        let there = there.filter_map(|entry| entry.address.ip_addr());
        let wanted = |address: &IpAddr| match address {
            IpAddr::V4(_) => listen_4,
            // Addresses of the link stay the kernel's: an answer to one has to name the interface.
            IpAddr::V6(address) => listen_6 && !address.is_unicast_link_local(),
        };
        let addresses: Vec<_> = there.filter(wanted).collect();
        if addresses.is_empty() {
            let text = format!(
                "AF_XDP on {interface} takes what is for its addresses, and it has none: give it one first"
            );
            return Err(io::Error::new(ErrorKind::AddrNotAvailable, text));
        }
        Ok(Self {
            addresses,
            several: true,
        })
    }

    /// One of them.
    pub(super) fn first(&self) -> IpAddr {
        self.addresses[0]
    }

    /// What is taken off the interface: datagrams for any of them, to this port.
    pub(super) fn rule(&self, port: u16) -> Match {
        let addresses = self.addresses.iter();
        let destinations = addresses.map(|address| Match::destination((*address).into()));
        Match::all([Match::udp_port(port), Match::any(destinations)])
    }

    /// Where a message came from that was sent to one of them.
    pub(super) fn source(&self, remote: SocketAddr, asked: IpAddr) -> Endpoint {
        Endpoint {
            remote,
            local: self.several.then_some(asked),
        }
    }

    /// Which one a message to an endpoint comes from: the one that the peer has asked.
    pub(super) fn towards(&self, to: Endpoint) -> Option<IpAddr> {
        let asked = to.local.filter(|local| self.addresses.contains(local));
        let same_kind = |address: &&IpAddr| address.is_ipv4() == to.remote.is_ipv4();
        asked.or_else(|| self.addresses.iter().find(same_kind).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(remote: &str, local: Option<&str>) -> Endpoint {
        Endpoint {
            remote: remote.parse().unwrap(),
            local: local.map(|local| local.parse().unwrap()),
        }
    }

    #[test]
    fn an_answer_comes_from_the_address_that_was_asked_or_one_of_its_kind() {
        let own = OwnAddresses {
            addresses: ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
                .map(|text| text.parse().unwrap())
                .into(),
            several: true,
        };
        for (to, from) in [
            (endpoint("192.0.2.9:1", Some("192.0.2.2")), "192.0.2.2"),
            (endpoint("192.0.2.9:1", None), "192.0.2.1"),
            (endpoint("192.0.2.9:1", Some("203.0.113.1")), "192.0.2.1"),
            (endpoint("[2001:db8::9]:1", None), "2001:db8::1"),
        ] {
            assert_eq!(own.towards(to), from.parse().ok(), "{to:?}");
        }
        let asked = own.source("192.0.2.9:1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert_eq!(asked, endpoint("192.0.2.9:1", Some("192.0.2.2")));
    }

    #[test]
    fn one_address_is_itself_and_reaches_only_its_kind() {
        let listen = ListenAddress::At("192.0.2.1:51820".parse().unwrap());
        let own = OwnAddresses::of("absent0", listen).unwrap();
        assert_eq!(own.towards(endpoint("[2001:db8::9]:1", None)), None);
        let source = own.source("192.0.2.9:1".parse().unwrap(), own.first());
        assert_eq!(source, endpoint("192.0.2.9:1", None));
    }

    #[test]
    fn all_addresses_are_those_of_the_interface() {
        let version_4 = ListenAddress::At("0.0.0.0:1".parse().unwrap());
        let own = OwnAddresses::of("lo", version_4).unwrap();
        assert!(own.addresses.iter().all(IpAddr::is_ipv4));
        assert!(own.addresses.contains(&"127.0.0.1".parse().unwrap()));
        let error = OwnAddresses::of("absent0", ListenAddress::Any(1)).unwrap_err();
        assert!(error.to_string().contains("absent0"), "{error}");
    }
}
