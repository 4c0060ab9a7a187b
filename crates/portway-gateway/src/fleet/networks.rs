//! The tunnel networks of a fleet, and which addresses of them are whose.

use std::{
    collections::HashSet,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
    str::FromStr,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::FleetKey;

/// More networks than a client's `AllowedIPs` line should name.
pub(super) const MAX_NETWORKS: usize = 16;
/// The IPv4 tunnel network unless another is asked for.
const DEFAULT_IPV4: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 77, 0, 0), 16);
/// Addresses beyond the network's own: one for the gateway, one for a peer at least.
const LEAST_HOST_BITS: u8 = 2;

/// Why networks cannot be tunnel networks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworksError {
    /// No network at all, or too many.
    #[error("a gateway has 1 to {MAX_NETWORKS} tunnel networks")]
    Count,
    /// The network has bits beyond its length.
    #[error("{given} has bits beyond its length; did you mean {meant}?")]
    HostBits {
        /// As it was written.
        given: IpNet,
        /// Without those bits.
        meant: IpNet,
    },
    /// The network holds no gateway and peer.
    #[error("{0} has no room for a gateway and a peer; take a shorter prefix")]
    TooSmall(IpNet),
    /// Two networks overlap.
    #[error("{0} and {1} overlap")]
    Overlap(IpNet, IpNet),
    /// The text is no list of networks.
    #[error("{0:?} is no network; write it like 10.77.0.0/16")]
    NotANetwork(String),
}

/// The networks from which the fleet's own addresses are allotted: between one and sixteen, none
/// overlapping. The first address of each is the gateway's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TunnelNetworks(Vec<IpNet>);

impl TunnelNetworks {
    /// Checks a list of networks.
    ///
    /// # Errors
    ///
    /// Fails when there are none or too many, and for one that is too small, has host bits or
    /// overlaps another.
    pub fn new(networks: Vec<IpNet>) -> Result<Self, NetworksError> {
        if networks.is_empty() || networks.len() > MAX_NETWORKS {
            return Err(NetworksError::Count);
        }
        for (index, network) in networks.iter().enumerate() {
            check_alone(*network)?;
            let overlaps = |other: &&IpNet| other.contains(network) || network.contains(*other);
            if let Some(other) = networks[..index].iter().find(overlaps) {
                return Err(NetworksError::Overlap(*other, *network));
            }
        }
        Ok(Self(networks))
    }

    /// 10.77.0.0/16, and a /64 of a unique local prefix that belongs to this fleet alone.
    #[must_use]
    pub fn default_for(key: &FleetKey) -> Self {
        let id = key.unique_local_id();
        let mut octets = [0; 16];
        octets[0] = 0xfd;
        octets[1..=id.len()].copy_from_slice(&id);
        let ipv6 = Ipv6Net::new_assert(Ipv6Addr::from(octets), 64);
        Self(vec![DEFAULT_IPV4.into(), ipv6.into()])
    }

    /// The networks in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[IpNet] {
        &self.0
    }

    /// The gateway's address in each network, with the network's prefix length.
    #[must_use]
    pub fn gateway_addresses(&self) -> Vec<IpNet> {
        self.0.iter().map(gateway_address).collect()
    }

    /// Whether a prefix lies in or over one of the networks' own addresses.
    #[must_use]
    pub fn network_around(&self, prefix: &IpNet) -> Option<IpNet> {
        self.0
            .iter()
            .find(|network| network.contains(prefix))
            .copied()
    }

    /// The addresses that a peer may get, IPv4 first, each family lazily and in order: those of
    /// its first network, then of the next. `taken` are left out.
    pub(super) fn free<'a>(
        &'a self,
        family: Family,
        taken: &'a HashSet<IpAddr>,
    ) -> impl Iterator<Item = IpAddr> + 'a {
        let networks = self
            .0
            .iter()
            .filter(move |network| Family::of(network) == family);
        networks
            .flat_map(peer_addresses)
            .filter(|address| !taken.contains(address))
    }

    /// The families that a peer gets an address of.
    pub(super) fn families(&self) -> impl Iterator<Item = Family> {
        let has = |family| self.0.iter().any(|network| Family::of(network) == family);
        [Family::Ipv4, Family::Ipv6]
            .into_iter()
            .filter(move |family| has(*family))
    }
}

/// The two kinds of address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Family {
    Ipv4,
    Ipv6,
}

impl Family {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        }
    }

    const fn of(network: &IpNet) -> Self {
        match network {
            IpNet::V4(_) => Self::Ipv4,
            IpNet::V6(_) => Self::Ipv6,
        }
    }
}

fn check_alone(network: IpNet) -> Result<(), NetworksError> {
    if network != network.trunc() {
        return Err(NetworksError::HostBits {
            given: network,
            meant: network.trunc(),
        });
    }
    if network.max_prefix_len() - network.prefix_len() < LEAST_HOST_BITS {
        return Err(NetworksError::TooSmall(network));
    }
    Ok(())
}

fn gateway_address(network: &IpNet) -> IpNet {
    match network {
        IpNet::V4(network) => {
            let address = Ipv4Addr::from_bits(network.network().to_bits() | 1);
            IpNet::V4(Ipv4Net::new_assert(address, network.prefix_len()))
        }
        IpNet::V6(network) => {
            let address = Ipv6Addr::from_bits(network.network().to_bits() | 1);
            IpNet::V6(Ipv6Net::new_assert(address, network.prefix_len()))
        }
    }
}

/// After the gateway's address, up to the last but one: an IPv4 network's last is its broadcast
/// address, and one address of an IPv6 network is no loss.
fn peer_addresses(network: &IpNet) -> Box<dyn Iterator<Item = IpAddr> + Send> {
    match network {
        IpNet::V4(network) => {
            let range: RangeInclusive<u32> =
                network.network().to_bits() + 2..=network.broadcast().to_bits() - 1;
            Box::new(range.map(|bits| Ipv4Addr::from_bits(bits).into()))
        }
        IpNet::V6(network) => {
            let range: RangeInclusive<u128> =
                network.network().to_bits() + 2..=network.broadcast().to_bits() - 1;
            Box::new(range.map(|bits| Ipv6Addr::from_bits(bits).into()))
        }
    }
}

impl fmt::Display for TunnelNetworks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        formatter.write_str(&texts.join(", "))
    }
}

impl FromStr for TunnelNetworks {
    type Err = NetworksError;

    fn from_str(text: &str) -> Result<Self, NetworksError> {
        let parts = text.split(',').map(str::trim);
        let parse = |part: &str| {
            part.parse()
                .map_err(|_| NetworksError::NotANetwork(part.into()))
        };
        Self::new(parts.map(parse).collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str) -> TunnelNetworks {
        text.parse().unwrap()
    }

    fn first_free(networks: &TunnelNetworks, family: Family, taken: &[&str]) -> Option<String> {
        let taken = taken
            .iter()
            .map(|address| address.parse().unwrap())
            .collect();
        networks
            .free(family, &taken)
            .next()
            .map(|address| address.to_string())
    }

    #[test]
    fn the_gateway_has_the_first_address_and_peers_the_next_free() {
        let networks = networks("10.77.0.0/16, fd00:1::/64");
        let gateway: Vec<String> = networks
            .gateway_addresses()
            .iter()
            .map(IpNet::to_string)
            .collect();
        assert_eq!(gateway, ["10.77.0.1/16", "fd00:1::1/64"]);
        assert_eq!(
            first_free(&networks, Family::Ipv4, &[]).unwrap(),
            "10.77.0.2"
        );
        let taken = ["10.77.0.2", "10.77.0.3", "10.77.0.5"];
        assert_eq!(
            first_free(&networks, Family::Ipv4, &taken).unwrap(),
            "10.77.0.4"
        );
        assert_eq!(
            first_free(&networks, Family::Ipv6, &taken).unwrap(),
            "fd00:1::2"
        );
    }

    #[test]
    fn a_full_network_overflows_into_the_next_and_the_broadcast_address_stays_free() {
        let small = networks("10.1.0.0/30, 10.2.0.0/30");
        assert_eq!(first_free(&small, Family::Ipv4, &[]).unwrap(), "10.1.0.2");
        assert_eq!(
            first_free(&small, Family::Ipv4, &["10.1.0.2"]).unwrap(),
            "10.2.0.2"
        );
        assert_eq!(
            first_free(&small, Family::Ipv4, &["10.1.0.2", "10.2.0.2"]),
            None
        );
        assert_eq!(first_free(&small, Family::Ipv6, &[]), None);
    }

    #[test]
    fn the_default_ipv6_network_is_stable_and_each_fleets_own() {
        let of = |byte| TunnelNetworks::default_for(&FleetKey::from_bytes([byte; 32]));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        let ipv6 = of(1).as_slice()[1];
        assert_eq!(ipv6.prefix_len(), 64);
        assert!("fd00::/8".parse::<IpNet>().unwrap().contains(&ipv6));
    }

    #[test]
    fn networks_that_cannot_work_are_refused() {
        let refused = |text: &str| text.parse::<TunnelNetworks>().unwrap_err();
        assert!(matches!(refused("10.0.0.0/31"), NetworksError::TooSmall(_)));
        assert!(matches!(
            refused("10.0.0.1/24"),
            NetworksError::HostBits { .. }
        ));
        assert!(matches!(
            refused("10.0.0.0/8, 10.1.0.0/16"),
            NetworksError::Overlap(..)
        ));
        assert!(matches!(
            refused("fd00::/64, fd00::/48"),
            NetworksError::Overlap(..)
        ));
        assert!(matches!(refused(""), NetworksError::NotANetwork(_)));
        assert_eq!(TunnelNetworks::new(Vec::new()), Err(NetworksError::Count));
    }
}
