//! Decides which destinations peers may reach. Pure functions on addresses.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use ipnet::IpNet;

use super::configuration::{ExitMode, OwnListeners};

/// Metadata services of clouds outside the link-local range, where whoever asks gets the
/// credentials of the machine: Amazon (IPv6), Google (IPv6), Alibaba, Oracle, Azure.
const METADATA_SERVICES: [IpAddr; 5] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
];

/// Why a destination is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The exit is off.
    Off,
    /// It is the host's loopback network.
    Loopback,
    /// It is link-local, which is where most clouds keep their metadata services.
    LinkLocal,
    /// It is a metadata service at another address.
    Metadata,
    /// It is a multicast group.
    Multicast,
    /// It is the broadcast address.
    Broadcast,
    /// It is unspecified, or in "this network" 0.0.0.0/8.
    Unspecified,
    /// It is inside the tunnel networks, but no peer has it.
    TunnelNetwork,
    /// It is one of our own listeners.
    OwnListener,
    /// It is an address of the host.
    HostAddress,
}

/// The rules of one exit.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    mode: ExitMode,
    networks: Vec<IpNet>,
    own_listeners: OwnListeners,
    /// Empty but in tests.
    exempt: Vec<IpNet>,
}

impl Policy {
    pub(crate) const fn new(
        mode: ExitMode,
        networks: Vec<IpNet>,
        own_listeners: OwnListeners,
    ) -> Self {
        Self {
            mode,
            networks,
            own_listeners,
            exempt: Vec::new(),
        }
    }

    /// Admits a network whatever the rules say, so that tests reach servers on loopback.
    #[cfg(test)]
    pub(crate) fn exempting(mut self, network: IpNet) -> Self {
        self.exempt.push(network);
        self
    }

    /// Judges a destination; `host` are the addresses of the host as of now.
    ///
    /// # Errors
    ///
    /// Tells the first rule that refuses it.
    pub(crate) fn judge(
        &self,
        destination: SocketAddr,
        host: &BTreeSet<IpAddr>,
    ) -> Result<(), Refusal> {
        if contains(&self.exempt, destination.ip()) {
            return Ok(());
        }
        if self.mode == ExitMode::Off {
            return Err(Refusal::Off);
        }
        self.judge_address(destination.ip(), destination.port(), host)?;
        embedded(destination.ip())
            .chain(in_local_translation(destination.ip()))
            .try_for_each(|inner| self.judge_address(inner.into(), destination.port(), host))
    }

    fn judge_address(
        &self,
        address: IpAddr,
        port: u16,
        host: &BTreeSet<IpAddr>,
    ) -> Result<(), Refusal> {
        if let Some(refusal) = never_reachable(address) {
            return Err(refusal);
        }
        if contains(&self.networks, address) {
            return Err(Refusal::TunnelNetwork);
        }
        if host.contains(&address) {
            if self.own_listeners.have_port(port) {
                return Err(Refusal::OwnListener);
            }
            if self.mode != ExitMode::All {
                return Err(Refusal::HostAddress);
            }
        }
        Ok(())
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// What no mode admits.
fn never_reachable(address: IpAddr) -> Option<Refusal> {
    if METADATA_SERVICES.contains(&address) {
        return Some(Refusal::Metadata);
    }
    match address {
        IpAddr::V4(address) => never_reachable_four(address),
        IpAddr::V6(address) => never_reachable_six(address),
    }
}

fn never_reachable_four(address: Ipv4Addr) -> Option<Refusal> {
    if address.is_loopback() {
        Some(Refusal::Loopback)
    } else if address.is_link_local() {
        Some(Refusal::LinkLocal)
    } else if address.is_multicast() {
        Some(Refusal::Multicast)
    } else if address.is_broadcast() {
        Some(Refusal::Broadcast)
    } else if address.octets()[0] == 0 {
        Some(Refusal::Unspecified)
    } else {
        None
    }
}

fn never_reachable_six(address: Ipv6Addr) -> Option<Refusal> {
    if address.is_loopback() {
        Some(Refusal::Loopback)
    } else if address.is_unicast_link_local() {
        Some(Refusal::LinkLocal)
    } else if address.is_multicast() {
        Some(Refusal::Multicast)
    } else if address.is_unspecified() {
        Some(Refusal::Unspecified)
    } else {
        None
    }
}

/// The IPv4 address that an IPv6 address stands for, if it does: the host, or a translator on the
/// way, would connect to that one.
fn embedded(address: IpAddr) -> impl Iterator<Item = Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None.into_iter();
    };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = match [a, b, c, d, e, f] {
        // IPv4-mapped and IPv4-compatible (RFC 4291, 2.5.5); `::` and `::1` were judged before.
        [0, 0, 0, 0, 0, 0xffff | 0]
        // IPv4-translated (RFC 2765, 2.1).
        | [0, 0, 0, 0, 0xffff, 0]
        // NAT64 (RFC 6052, 2.1).
        | [0x64, 0xff9b, 0, 0, 0, 0] => Some(from_segments(g, h)),
        // 6to4 (RFC 3056, 2).
        [0x2002, ..] => Some(from_segments(b, c)),
        // Teredo: the client's address, every bit turned over (RFC 4380, 4).
        [0x2001, 0, ..] => Some(from_segments(!g, !h)),
        _ => None,
    };
    inner.into_iter()
}

/// With prefixes of 48, 56, 64 and 96 bits; the octet 8 is always left out.
const TRANSLATED_PLACES: [[usize; 4]; 4] = [
    [6, 7, 9, 10],
    [7, 9, 10, 11],
    [9, 10, 11, 12],
    [12, 13, 14, 15],
];

/// The IPv4 addresses that an address of the NAT64 range for local use (RFC 8215) may stand for:
/// its operator chooses the length of the prefix, and with it the place (RFC 6052, 2.2).
fn in_local_translation(address: IpAddr) -> impl Iterator<Item = Ipv4Addr> {
    let octets = match address {
        IpAddr::V6(address) => address.octets(),
        IpAddr::V4(_) => [0; 16],
    };
    let is_local = octets.starts_with(&[0, 0x64, 0xff, 0x9b, 0, 1]);
    let inner = TRANSLATED_PLACES.map(|places| Ipv4Addr::from(places.map(|place| octets[place])));
    // A zero in front fills up an address with another prefix, unless all begin with one.
    let is_filling = |inner: &Ipv4Addr| inner.octets()[0] == 0;
    let only_filling = inner.iter().all(is_filling);
    let read = inner
        .into_iter()
        .filter(move |inner| only_filling || !is_filling(inner));
    read.filter(move |_| is_local)
}

const fn from_segments(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOST: [&str; 3] = ["192.0.2.10", "2001:db8::10", "127.0.0.1"];

    fn judge(mode: ExitMode, destination: &str) -> Result<(), Refusal> {
        policy(mode).judge(destination.parse().unwrap(), &host())
    }

    fn policy(mode: ExitMode) -> Policy {
        let networks = vec![
            "10.77.0.0/16".parse().unwrap(),
            "fd77::/64".parse().unwrap(),
        ];
        let listeners = OwnListeners::default();
        listeners.add("0.0.0.0:51820".parse().unwrap());
        Policy::new(mode, networks, listeners)
    }

    fn host() -> BTreeSet<IpAddr> {
        HOST.iter()
            .map(|address| address.parse().unwrap())
            .collect()
    }

    #[test]
    fn the_network_beyond_the_host_is_reachable() {
        for destination in [
            "198.51.100.7:443",
            "192.168.1.1:80",
            "100.64.0.1:22",
            "[2001:db8::11]:443",
            "[fd12:3456::1]:80",
            "[::ffff:198.51.100.7]:443",
            "[64:ff9b::198.51.100.7]:443",
            "[64:ff9b:1::198.51.100.7]:443",
            "[64:ff9b:1:c633:64:700::]:443",
            "[2002:c633:6407::1]:443",
        ] {
            assert_eq!(
                judge(ExitMode::Default, destination),
                Ok(()),
                "{destination}"
            );
            assert_eq!(judge(ExitMode::All, destination), Ok(()), "{destination}");
        }
    }

    #[test]
    fn no_mode_reaches_what_is_never_reachable() {
        let table = [
            ("127.0.0.1:80", Refusal::Loopback),
            ("127.255.255.254:80", Refusal::Loopback),
            ("[::1]:80", Refusal::Loopback),
            ("169.254.169.254:80", Refusal::LinkLocal),
            ("169.254.0.1:80", Refusal::LinkLocal),
            ("[fe80::1]:80", Refusal::LinkLocal),
            ("[febf::1]:80", Refusal::LinkLocal),
            ("[fd00:ec2::254]:80", Refusal::Metadata),
            ("100.100.100.200:80", Refusal::Metadata),
            ("224.0.0.1:80", Refusal::Multicast),
            ("239.255.255.255:80", Refusal::Multicast),
            ("[ff02::1]:80", Refusal::Multicast),
            ("255.255.255.255:80", Refusal::Broadcast),
            ("0.0.0.0:80", Refusal::Unspecified),
            ("0.1.2.3:80", Refusal::Unspecified),
            ("[::]:80", Refusal::Unspecified),
            ("10.77.3.4:80", Refusal::TunnelNetwork),
            ("[fd77::9]:80", Refusal::TunnelNetwork),
            ("192.0.2.10:51820", Refusal::OwnListener),
            ("[2001:db8::10]:51820", Refusal::OwnListener),
        ];
        for (destination, refusal) in table {
            for mode in [ExitMode::Default, ExitMode::All] {
                assert_eq!(judge(mode, destination), Err(refusal), "{destination}");
            }
        }
    }

    #[test]
    fn only_the_widest_mode_reaches_the_host() {
        for destination in ["192.0.2.10:80", "[2001:db8::10]:80"] {
            let default = judge(ExitMode::Default, destination);
            assert_eq!(default, Err(Refusal::HostAddress));
            assert_eq!(judge(ExitMode::All, destination), Ok(()));
        }
    }

    #[test]
    fn an_exit_that_is_off_reaches_nothing() {
        for destination in ["198.51.100.7:443", "192.0.2.10:80", "127.0.0.1:80"] {
            assert_eq!(judge(ExitMode::Off, destination), Err(Refusal::Off));
        }
    }

    #[test]
    fn an_embedded_address_is_judged_like_the_address_itself() {
        let forms = [
            "[::ffff:a9fe:a9fe]:80",
            "[::a9fe:a9fe]:80",
            "[::ffff:0:a9fe:a9fe]:80",
            "[64:ff9b::a9fe:a9fe]:80",
            "[64:ff9b:1::a9fe:a9fe]:80",
            "[64:ff9b:1:a9fe:a9:fe00::]:80",
            "[64:ff9b:1:a9:fe:a9fe::]:80",
            "[64:ff9b:1:0:a9:fea9:fe00:0]:80",
            "[2002:a9fe:a9fe::1]:80",
            "[2001:0:1:2:3:4:5601:5601]:80",
        ];
        for form in forms {
            let verdict = judge(ExitMode::All, form);
            assert_eq!(verdict, Err(Refusal::LinkLocal), "{form}");
        }
        let mapped = |address| judge(ExitMode::Default, address);
        assert_eq!(mapped("[::ffff:127.0.0.1]:80"), Err(Refusal::Loopback));
        assert_eq!(mapped("[::ffff:10.77.0.9]:80"), Err(Refusal::TunnelNetwork));
        assert_eq!(mapped("[::ffff:192.0.2.10]:80"), Err(Refusal::HostAddress));
        assert_eq!(
            mapped("[::ffff:192.0.2.10]:51820"),
            Err(Refusal::OwnListener)
        );
        assert_eq!(mapped("[::ffff:0.0.0.0]:80"), Err(Refusal::Unspecified));
    }

    #[test]
    fn an_exempt_network_is_reachable_for_tests() {
        let policy = policy(ExitMode::Default).exempting("127.0.0.0/8".parse().unwrap());
        assert!(
            policy
                .judge("127.0.0.1:80".parse().unwrap(), &host())
                .is_ok()
        );
        assert!(policy.judge("[::1]:80".parse().unwrap(), &host()).is_err());
    }

    proptest! {
        #[test]
        fn every_form_of_an_address_gets_the_same_verdict(bits: u32, port in 1..u16::MAX) {
            let address = Ipv4Addr::from(bits);
            let plain = policy(ExitMode::All).judge((address, port).into(), &host());
            let [a, b, c, d] = address.octets();
            let high = u16::from_be_bytes([a, b]);
            let low = u16::from_be_bytes([c, d]);
            let forms = [
                address.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ];
            for form in forms {
                let verdict = policy(ExitMode::All).judge((form, port).into(), &host());
                prop_assert_eq!(verdict, plain);
            }
        }
    }
}
