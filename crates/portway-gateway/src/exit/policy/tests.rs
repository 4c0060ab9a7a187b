//! The rules, destination by destination.

use std::net::{Ipv4Addr, Ipv6Addr};

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
