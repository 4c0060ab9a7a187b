//! Files that are right, wrong, and made up.

use proptest::prelude::*;

use super::*;
use crate::{PresharedKey, PrivateKey, PublicKey};

const PRIVATE_KEY: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
const PUBLIC_KEY: &str = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";

fn problem(text: &str) -> (usize, String) {
    let error = text.parse::<TunnelFile>().unwrap_err();
    (error.line, error.problem.to_string())
}

#[test]
fn a_file_of_wg_quick_is_read_whole() {
    let text = format!(
        "# my tunnel\n[interface]\nprivatekey={PRIVATE_KEY} # mine\nAddress = 10.77.0.2/16, fd00::2/64\n\
         Address = 10.9.0.1\nDNS = 1.1.1.1, example.org\nMTU = 1420\nTable = off\nFwMark = 0xca6c\n\
         PostUp = ip route add 10.9.0.0/16 dev %i metric=5\nSaveConfig = false\n\n\
         [Peer]\nPublicKey = {PUBLIC_KEY}\nAllowedIPs = 0.0.0.0/0\nAllowedIPs = ::/0, 10.0.0.9/8\n\
         Endpoint = vpn.example.org:51820\nPersistentKeepalive = off\n"
    );
    let file: TunnelFile = text.parse().unwrap();
    let interface = &file.interface;
    assert_eq!(
        interface.private_key,
        Some(PrivateKey::from_bytes([0x41; 32]))
    );
    assert_eq!(interface.addresses[0].to_string(), "10.77.0.2/16");
    assert_eq!(interface.addresses[2].to_string(), "10.9.0.1/32");
    assert_eq!(
        interface
            .dns
            .iter()
            .map(PlainText::as_str)
            .collect::<Vec<_>>(),
        ["1.1.1.1", "example.org"]
    );
    assert_eq!(
        (interface.mtu, interface.firewall_mark),
        (Some(1420), Some(0xca6c))
    );
    assert_eq!(interface.hooks[0].event, HookEvent::PostUp);
    assert_eq!(
        interface.hooks[0].command.as_str(),
        "ip route add 10.9.0.0/16 dev %i metric=5"
    );
    let peer = &file.peers[0];
    assert_eq!(peer.public_key, PublicKey::from_bytes([0x42; 32]));
    let prefixes: Vec<String> = peer
        .allowed_prefixes
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(prefixes, ["0.0.0.0/0", "::/0", "10.0.0.0/8"]);
    assert_eq!(
        peer.endpoint.as_ref().unwrap().to_string(),
        "vpn.example.org:51820"
    );
    assert_eq!(peer.keepalive, Some(0));
}

#[test]
fn an_error_names_the_line_the_key_the_value_and_what_is_legal() {
    let (line, text) = problem("[Interface]\n\nMTU = 99999\n");
    assert_eq!(line, 3);
    assert_eq!(text, "MTU = \"99999\": expected a number of 68 to 65535");
    let (line, text) = problem("[Interface]\nAdress = 10.0.0.1\n");
    assert_eq!(line, 2);
    assert!(
        text.starts_with("unknown key \"Adress\"; the section has PrivateKey,"),
        "{text}"
    );
    assert_eq!(
        problem("MTU = 1420\n").1,
        TunnelFileProblem::NoSection.to_string()
    );
    assert_eq!(
        problem("[Pear]\n").1,
        TunnelFileProblem::Section.to_string()
    );
    assert_eq!(
        problem("[Peer]\nnonsense\n"),
        (2, TunnelFileProblem::NoEquals.to_string())
    );
    assert_eq!(
        problem("\n[Peer]\n\n[Peer]\n"),
        (2, TunnelFileProblem::NoPublicKey.to_string())
    );
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    for key in ["[Interface]\nPrivateKey", "[Peer]\nPresharedKey"] {
        let error = format!("{key} = c2VjcmV0\n")
            .parse::<TunnelFile>()
            .unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("c2VjcmV0"),
            "{error:?}"
        );
    }
}

#[test]
fn every_wrong_value_is_refused() {
    let interface = [
        "ListenPort = 65536",
        "ListenPort = -1",
        "ListenPort =",
        "FwMark = 0x",
        "FwMark = 0x+1",
        "Address = 10.0.0.1/33",
        "Address = 10.0.0.1,,10.0.0.2",
        "MTU = 67",
        "SaveConfig = yes",
        "Table =",
        "PostUp =",
    ];
    for line in interface {
        assert_eq!(problem(&format!("[Interface]\n{line}\n")).0, 2, "{line}");
    }
    let peer = [
        "PublicKey = x",
        "AllowedIPs = 10.0.0.0/8/9",
        "Endpoint = 10.0.0.1",
        "Endpoint = ::1:80",
        "PersistentKeepalive = 65536",
        "MTU = 1420",
    ];
    for line in peer {
        assert_eq!(
            problem(&format!("[Peer]\nPublicKey = {PUBLIC_KEY}\n{line}\n")).0,
            3,
            "{line}"
        );
    }
}

#[test]
fn what_is_too_long_is_refused() {
    let line = format!("[Interface]\nPostUp = {}\n", "x".repeat(1 << 17));
    assert!(matches!(
        line.parse::<TunnelFile>().unwrap_err().problem,
        TunnelFileProblem::LineTooLong(_)
    ));
    let peers = "[Peer]\n".repeat((1 << 16) + 1);
    assert!(matches!(
        peers.parse::<TunnelFile>().unwrap_err().problem,
        TunnelFileProblem::TooManyPeers(_)
    ));
    let file = "\n".repeat(17 << 20);
    assert!(matches!(
        file.parse::<TunnelFile>().unwrap_err().problem,
        TunnelFileProblem::FileTooLong(_)
    ));
}

fn any_prefix() -> impl Strategy<Value = ipnet::IpNet> {
    prop_oneof![
        (any::<[u8; 4]>(), 0..=32_u8).prop_map(|(address, length)| {
            ipnet::IpNet::new(std::net::Ipv4Addr::from(address).into(), length).unwrap()
        }),
        (any::<[u8; 16]>(), 0..=128_u8).prop_map(|(address, length)| {
            ipnet::IpNet::new(std::net::Ipv6Addr::from(address).into(), length).unwrap()
        }),
    ]
}

fn any_host_port() -> impl Strategy<Value = HostPort> {
    let host = prop_oneof![
        "[a-z][a-z0-9.-]{0,30}",
        any::<[u8; 16]>().prop_map(|address| std::net::Ipv6Addr::from(address).to_string()),
    ];
    (host, 1..=u16::MAX).prop_map(|(host, port)| HostPort::new(&host, port).unwrap())
}

fn any_interface() -> impl Strategy<Value = InterfaceSection> {
    (
        prop::option::of(any::<[u8; 32]>().prop_map(PrivateKey::from_bytes)),
        (
            any::<Option<u16>>(),
            any::<Option<u32>>(),
            prop::option::of(68..=u16::MAX),
        ),
        prop::collection::vec(any_prefix(), 0..4),
        prop::collection::vec(
            "[a-z0-9.:]{1,20}".prop_map(|text| text.parse().unwrap()),
            0..3,
        ),
        prop::collection::vec("[a-z=%,/]{1,9}( [a-z=]{1,9})?", 0..3),
        any::<Option<bool>>(),
    )
        .prop_map(
            |(
                private_key,
                (listen_port, firewall_mark, mtu),
                addresses,
                dns,
                hooks,
                save_config,
            )| {
                let hook = |command: String| Hook {
                    event: HookEvent::PreDown,
                    command: command.parse().unwrap(),
                };
                let hooks = hooks.into_iter().map(hook).collect();
                let table = mtu.map(|_| "auto".parse().unwrap());
                InterfaceSection {
                    private_key,
                    listen_port,
                    firewall_mark,
                    addresses,
                    dns,
                    mtu,
                    table,
                    hooks,
                    save_config,
                }
            },
        )
}

fn any_peer() -> impl Strategy<Value = PeerSection> {
    (
        any::<[u8; 32]>().prop_map(PublicKey::from_bytes),
        prop::option::of(any::<[u8; 32]>().prop_map(PresharedKey::from_bytes)),
        prop::collection::vec(any_prefix().prop_map(|prefix| prefix.trunc()), 0..4),
        prop::option::of(any_host_port()),
        any::<Option<u16>>(),
    )
        .prop_map(
            |(public_key, preshared_key, allowed_prefixes, endpoint, keepalive)| PeerSection {
                public_key,
                preshared_key,
                allowed_prefixes,
                endpoint,
                keepalive,
            },
        )
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(
        interface in any_interface(),
        peers in prop::collection::vec(any_peer(), 0..4),
    ) {
        let file = TunnelFile { interface, peers };
        prop_assert_eq!(file.to_text().parse::<TunnelFile>(), Ok(file));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(\\[Interface\\]|\\[Peer\\])?(\n[A-Za-z]{0,12} ?= ?.{0,40}){0,5}") {
        let _ = text.parse::<TunnelFile>();
    }
}
