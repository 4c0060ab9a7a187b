//! The format in both directions, without a socket.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::{
    Change, DeviceSnapshot, PeerChange, PeerSnapshot, PresharedKey, PrivateKey, PublicKey,
};

const KEY: &str = "4141414141414141414141414141414141414141414141414141414141414141";
const OTHER: &str = "4242424242424242424242424242424242424242424242424242424242424242";
const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; 32])
}

fn peer(byte: u8, change: impl FnOnce(&mut PeerChange)) -> Change {
    let mut peer = PeerChange::new(key(byte));
    change(&mut peer);
    Change::Peer(peer)
}

/// Feeds a stream in pieces of `step` bytes.
fn events(stream: &[u8], step: usize) -> Vec<RequestEvent> {
    let mut parser = RequestParser::default();
    let mut events = Vec::new();
    for piece in stream.chunks(step) {
        parser.free_space()[..piece.len()].copy_from_slice(piece);
        parser.filled(piece.len());
        events.extend(std::iter::from_fn(|| parser.poll()));
    }
    events
}

/// All changes and the result of the only request in `text`.
fn set(text: &str) -> (Vec<Change>, Result<(), Errno>) {
    let mut changes = Vec::new();
    for event in events(text.as_bytes(), 4096) {
        match event {
            RequestEvent::Apply(batch) => changes.extend(batch),
            RequestEvent::SetDone(result) => return (changes, result),
            other => panic!("{other:?}"),
        }
    }
    panic!("the request did not end");
}

#[test]
fn a_device_is_set_in_the_order_of_the_lines() {
    let text = format!(
        "set=1\nprivate_key={KEY}\nlisten_port=51820\nfwmark=4660\nreplace_peers=true\n\
         public_key={KEY}\nendpoint=[fe80::1]:51820\npersistent_keepalive_interval=25\n\
         preshared_key={OTHER}\nreplace_allowed_ips=true\nallowed_ip=10.0.0.1/8\n\
         allowed_ip=-fd00::/64\nprotocol_version=1\n\
         public_key={OTHER}\nupdate_only=true\npreshared_key={NONE}\n\n"
    );
    let expected = vec![
        Change::PrivateKey(Some(PrivateKey::from_bytes([0x41; 32]))),
        Change::ListenPort(51820),
        Change::FirewallMark(4660),
        Change::RemoveAllPeers,
        peer(0x41, |peer| {
            peer.endpoint = Some("[fe80::1]:51820".parse().unwrap());
            peer.keepalive = Some(25);
            peer.preshared_key = Some(Some(PresharedKey::from_bytes([0x42; 32])));
            peer.replace_allowed_prefixes = true;
            peer.allowed_prefixes = vec![
                ("10.0.0.0/8".parse().unwrap(), true),
                ("fd00::/64".parse().unwrap(), false),
            ];
        }),
        peer(0x42, |peer| {
            peer.update_only = true;
            peer.preshared_key = Some(None);
        }),
    ];
    assert_eq!(set(&text), (expected, Ok(())));
}

#[test]
fn a_scope_may_be_the_name_of_an_interface() {
    let mut parser = RequestParser::new(|name| (name == "eth0").then_some(7));
    let text = format!(
        "set=1\npublic_key={KEY}\nendpoint=[fe80::1%eth0]:9\nendpoint=[fe80::1%eth1]:9\n\n"
    );
    parser.free_space()[..text.len()].copy_from_slice(text.as_bytes());
    parser.filled(text.len());
    let expected = peer(0x41, |peer| {
        let address = "fe80::1".parse().unwrap();
        peer.endpoint = Some(std::net::SocketAddrV6::new(address, 9, 0, 7).into());
    });
    assert_eq!(parser.poll(), Some(RequestEvent::Apply(vec![expected])));
    assert_eq!(
        parser.poll(),
        Some(RequestEvent::SetDone(Err(Errno::INVALID)))
    );
}

#[test]
fn a_removed_peer_takes_no_further_lines() {
    let text = format!(
        "set=1\npublic_key={KEY}\nremove=true\nallowed_ip=10.0.0.0/8\npublic_key={OTHER}\n\n"
    );
    let expected = vec![Change::RemovePeer(key(0x41)), peer(0x42, |_| {})];
    assert_eq!(set(&text), (expected, Ok(())));
}

#[test]
fn lines_before_an_error_stay_and_lines_after_it_do_not_count() {
    let text = format!("set=1\nlisten_port=1\npublic_key={KEY}\nendpoint=x\nlisten_port=2\n\n");
    let expected = vec![Change::ListenPort(1), peer(0x41, |_| {})];
    assert_eq!(set(&text), (expected, Err(Errno::INVALID)));
}

#[test]
fn every_wrong_line_has_its_number() {
    let peer = format!("public_key={KEY}\n");
    let invalid = [
        "private_key=41",
        "listen_port=65536",
        "listen_port=+1",
        "listen_port=",
        "fwmark=0x10",
        "replace_peers=false",
        "allowed_ip=10.0.0.0/8",
        "unknown=1",
        &format!("{peer}allowed_ip=10.0.0.0/33"),
        &format!("{peer}endpoint=10.0.0.1"),
        &format!("{peer}endpoint=10.0.0.1:0"),
        &format!("{peer}remove=1"),
        &format!("{peer}protocol_version=2"),
        &format!("{peer}listen_port=1"),
    ];
    for line in invalid {
        assert_eq!(
            set(&format!("set=1\n{line}\n\n")).1,
            Err(Errno::INVALID),
            "{line}"
        );
    }
    assert_eq!(set("set=1\nlisten_port\n\n").1, Err(Errno::PROTOCOL));
}

#[test]
fn requests_follow_one_another_however_the_stream_is_cut() {
    let stream = b"get=1\n\nset=1\nlisten_port=7\n\nget=1\nx=y\n\nset=1\n\nnonsense\nget=1\n\n";
    let expected = vec![
        RequestEvent::Get,
        RequestEvent::Apply(vec![Change::ListenPort(7)]),
        RequestEvent::SetDone(Ok(())),
        RequestEvent::Refused(Malformed::TrailingLine),
        RequestEvent::SetDone(Ok(())),
        RequestEvent::Broken(Malformed::Operation),
    ];
    for step in 1..stream.len() {
        assert_eq!(events(stream, step), expected, "in steps of {step}");
    }
}

#[test]
fn a_peer_with_many_prefixes_is_applied_in_bounded_batches() {
    let prefixes: String = (0..10_000_u32)
        .map(|n| format!("allowed_ip={}/32\n", std::net::Ipv4Addr::from(n)))
        .collect();
    let text = format!(
        "set=1\npublic_key={KEY}\nupdate_only=true\nreplace_allowed_ips=true\n{prefixes}\n"
    );
    let (changes, result) = set(&text);
    assert_eq!(result, Ok(()));
    let peers: Vec<PeerChange> = changes
        .into_iter()
        .map(|change| match change {
            Change::Peer(peer) => peer,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(peers.len() > 1);
    assert!(
        peers
            .iter()
            .all(|peer| peer.update_only && peer.allowed_prefixes.len() <= 2048)
    );
    assert!(peers[0].replace_allowed_prefixes);
    assert!(peers[1..].iter().all(|peer| !peer.replace_allowed_prefixes));
    assert_eq!(
        peers
            .iter()
            .map(|peer| peer.allowed_prefixes.len())
            .sum::<usize>(),
        10_000
    );
}

#[test]
fn the_lines_of_one_peer_are_not_cut_apart_between_batches() {
    let peers: String = (0..5000_u32)
        .map(|n| format!("public_key={n:064}\nupdate_only=true\nallowed_ip=10.0.0.0/8\n"))
        .collect();
    let (changes, result) = set(&format!("set=1\n{peers}\n"));
    assert_eq!((changes.len(), result), (5000, Ok(())));
    assert!(changes.iter().all(|change| {
        matches!(change, Change::Peer(peer) if peer.update_only && peer.allowed_prefixes.len() == 1)
    }));
}

#[test]
fn a_rejected_batch_is_the_result_and_ends_the_changes() {
    let mut parser = RequestParser::default();
    let text = b"set=1\nlisten_port=1\nbad=1\nlisten_port=2\n\n";
    parser.free_space()[..text.len()].copy_from_slice(text);
    parser.filled(text.len());
    assert_eq!(
        parser.poll(),
        Some(RequestEvent::Apply(vec![Change::ListenPort(1)]))
    );
    parser.reject(Errno::ADDRESS_IN_USE);
    assert_eq!(
        parser.poll(),
        Some(RequestEvent::SetDone(Err(Errno::ADDRESS_IN_USE)))
    );
    assert_eq!(parser.poll(), None);
}

#[test]
fn a_sender_that_goes_away_leaves_its_whole_lines() {
    let mut parser = RequestParser::default();
    let text = b"set=1\nlisten_port=1\nlisten_po";
    parser.free_space()[..text.len()].copy_from_slice(text);
    parser.filled(text.len());
    assert_eq!(parser.poll(), None);
    assert_eq!(parser.abandon(), Some(vec![Change::ListenPort(1)]));
    assert_eq!(parser.poll(), None);
}

#[test]
fn a_device_is_written_as_wg_reads_it() {
    let peer = PeerSnapshot {
        public_key: key(0x42),
        preshared_key: None,
        endpoint: Some("[fe80::1]:51820".parse().unwrap()),
        last_handshake: Some(UNIX_EPOCH + Duration::new(7, 9)),
        sent_bytes: 148,
        received_bytes: 92,
        keepalive: 25,
        allowed_prefixes: vec!["10.0.0.0/8".parse().unwrap(), "::/0".parse().unwrap()],
    };
    let device = DeviceSnapshot {
        private_key: Some(PrivateKey::from_bytes([0x41; 32])),
        listen_port: 51820,
        firewall_mark: 0,
        peers: vec![peer],
    };
    let mut text = Vec::new();
    write_device(&mut text, &device).unwrap();
    let expected = format!(
        "private_key={KEY}\nlisten_port=51820\npublic_key={OTHER}\npreshared_key={NONE}\n\
         protocol_version=1\nendpoint=[fe80::1]:51820\nlast_handshake_time_sec=7\n\
         last_handshake_time_nsec=9\ntx_bytes=148\nrx_bytes=92\n\
         persistent_keepalive_interval=25\nallowed_ip=10.0.0.0/8\nallowed_ip=::/0\n"
    );
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

fn any_line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "set",
        "get",
        "private_key",
        "listen_port",
        "fwmark",
        "replace_peers",
        "public_key",
        "remove",
        "update_only",
        "preshared_key",
        "endpoint",
        "persistent_keepalive_interval",
        "replace_allowed_ips",
        "allowed_ip",
        "protocol_version",
        "",
    ]);
    let value = prop::sample::select(vec![
        "1",
        "true",
        "",
        KEY,
        OTHER,
        NONE,
        "10.0.0.0/8",
        "-::/0",
        "1.2.3.4:5",
        "99999999999",
    ]);
    (name, value).prop_map(|(name, value)| match name {
        "" => "\n".to_owned(),
        name => format!("{name}={value}\n"),
    })
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        events(&bytes, 64);
    }

    #[test]
    fn the_cut_of_the_stream_changes_nothing(
        lines in prop::collection::vec(any_line(), 0..60),
        step in 1..200_usize,
    ) {
        let stream = lines.concat();
        prop_assert_eq!(events(stream.as_bytes(), step), events(stream.as_bytes(), 4096));
    }
}
