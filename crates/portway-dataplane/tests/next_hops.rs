//! Next hops, held against the kernel whose tables they are.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]
#![expect(clippy::print_stderr, reason = "a test that skips says why")]

mod network;

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use network::{in_network, ip};
use portway_dataplane::{NextHops, Towards, wire::EthernetAddress};

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(10);

fn towards(hops: &mut NextHops, destination: &str) -> Towards {
    let destination: IpAddr = destination.parse().unwrap();
    hops.towards(destination, Instant::now())
}

#[track_caller]
fn assert_neighbour(hops: &mut NextHops, destination: &str, last: u8, mtu: usize) {
    match towards(hops, destination) {
        Towards::Neighbour(neighbour) => {
            let mac = EthernetAddress([2, 0, 0, 0, 0, last]);
            assert_eq!((neighbour.mac, neighbour.mtu), (mac, mtu), "{destination}");
        }
        other => panic!("{destination}: {other:?}"),
    }
}

/// Does something to the kernel's tables and reads the news until it is known.
fn after(hops: &mut NextHops, change: &str, known: impl Fn(&mut NextHops) -> bool) {
    ip(change);
    let end = Instant::now() + PATIENCE;
    loop {
        hops.read_news().unwrap();
        if known(hops) {
            return;
        }
        assert!(Instant::now() < end, "heard of `ip {change}`");
    }
}

/// Addresses, routes and neighbours of the interface `left`.
fn furnish() {
    ip("address add 192.0.2.1/24 dev left");
    ip("address add 2001:db8::1/64 dev left nodad");
    ip("neighbour add 192.0.2.2 dev left lladdr 02:00:00:00:00:02");
    ip("neighbour add 192.0.2.254 dev left lladdr 02:00:00:00:00:fe");
    ip("neighbour add 2001:db8::2 dev left lladdr 02:00:00:00:00:02");
    ip("route add 198.51.100.0/24 via 192.0.2.254 mtu 1400");
    ip("route add 203.0.113.0/24 dev right");
}

#[test]
fn packets_go_where_the_kernel_would_send_them() {
    in_network("hops", || {
        furnish();
        let mut hops = NextHops::of("left").unwrap();
        assert_eq!(hops.mtu(), 1500);
        assert_neighbour(&mut hops, "192.0.2.2", 2, 1500);
        assert_neighbour(&mut hops, "2001:db8::2", 2, 1500);
        assert_neighbour(&mut hops, "198.51.100.9", 0xFE, 1400);
        assert_eq!(towards(&mut hops, "192.0.2.3"), Towards::Unresolved);
        // Another interface, this host, nowhere, many.
        for elsewhere in ["203.0.113.1", "192.0.2.1", "8.8.8.8", "224.0.0.1"] {
            assert_eq!(
                towards(&mut hops, elsewhere),
                Towards::Elsewhere,
                "{elsewhere}"
            );
        }
    });
}

#[test]
fn changes_of_the_kernels_tables_are_followed() {
    in_network("news", || {
        furnish();
        let mut hops = NextHops::of("left").unwrap();
        assert_neighbour(&mut hops, "192.0.2.2", 2, 1500);
        assert_neighbour(&mut hops, "198.51.100.9", 0xFE, 1400);
        let other = "neighbour replace 192.0.2.2 dev left lladdr 02:00:00:00:00:09";
        after(&mut hops, other, |hops| {
            let mac = EthernetAddress([2, 0, 0, 0, 0, 9]);
            matches!(towards(hops, "192.0.2.2"), Towards::Neighbour(to) if to.mac == mac)
        });
        after(&mut hops, "neighbour delete 192.0.2.2 dev left", |hops| {
            towards(hops, "192.0.2.2") == Towards::Unresolved
        });
        after(&mut hops, "route delete 198.51.100.0/24", |hops| {
            towards(hops, "198.51.100.9") == Towards::Elsewhere
        });
        after(&mut hops, "link set left mtu 1300", |hops| {
            hops.mtu() == 1300
        });
        assert!(!hops.is_removed());
        after(&mut hops, "link delete left", |hops| hops.is_removed());
    });
}

#[test]
fn an_interface_that_is_not_there_is_named() {
    let absent = NextHops::of("absent0").unwrap_err().to_string();
    assert!(absent.contains("absent0"), "{absent}");
}
