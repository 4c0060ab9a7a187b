//! The client stack as this machine's programs see it.

mod forward;
mod joined;
mod ping;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{ClientConfiguration, ClientHandle, ClientStack, Forward};
use crate::stack::testing::World;

/// The client's addresses.
const OWN: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(10, 77, 0, 9)),
    IpAddr::V6(Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 9)),
];

const SEED: u64 = 42;

fn client(forwards: &[&str]) -> (ClientStack, ClientHandle) {
    let mut configuration = ClientConfiguration::new(OWN.to_vec(), SEED);
    let read = |text: &&str| text.parse::<Forward>().unwrap();
    configuration.forwards = forwards.iter().map(read).collect();
    ClientStack::new(configuration).unwrap()
}

type ClientWorld = World<ClientStack>;
