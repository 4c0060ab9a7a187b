//! Who ports are on their links, as the system says.

use std::{io, net::IpAddr};

use getifaddrs::{Address, getifaddrs};
use smoltcp::wire::EthernetAddress;

use crate::modes::Identity;

impl Identity {
    /// The hardware address and the IP addresses of a network interface, with more of the latter.
    ///
    /// # Errors
    ///
    /// The system does not tell its addresses.
    pub fn of_interface(name: &str, more: &[IpAddr]) -> io::Result<Self> {
        let mut identity = Self::default();
        for entry in getifaddrs()?.filter(|entry| entry.name == name) {
            match entry.address {
                Address::V4(address) => identity.addresses.push(address.address.into()),
                Address::V6(address) => identity.addresses.push(address.address.into()),
                Address::Mac(mac) => identity.mac = Some(EthernetAddress(mac)),
            }
        }
        identity.addresses.extend(more);
        Ok(identity)
    }
}
