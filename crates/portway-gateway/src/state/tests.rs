#![expect(clippy::disallowed_methods, reason = "a test needs some first moment")]

//! Decisions of a device, at times of the test's choice.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use ipnet::IpNet;
use proptest::prelude::*;

use super::{Action, Content, Counters, Device, DropReason, Endpoint, PeerEvent, Readiness};
use crate::{Change, PeerChange, PeerId, PresharedKey, PrivateKey, PublicKey};

const REMOTE: &str = "192.0.2.1:51820";
const ELSEWHERE: &str = "192.0.2.2:1024";
/// Our index in the session that the tests make.
const INDEX: u32 = 0x0000_0701;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn endpoint(text: &str) -> Endpoint {
    text.parse::<SocketAddr>().unwrap().into()
}

fn key(number: u8) -> PublicKey {
    PublicKey::from_bytes([number; 32])
}

fn peer_with(number: u8, prefixes: &[&str]) -> PeerChange {
    let mut change = PeerChange::new(key(number));
    let prefixes = prefixes.iter().map(|text| (text.parse().unwrap(), true));
    change.allowed_prefixes = prefixes.collect();
    change
}

/// A device whose random numbers count up from one.
fn device(now: Instant) -> Device {
    let mut draws = 0_u32;
    let random = Box::new(move || {
        draws += 1;
        draws << 8
    });
    let mut device = Device::new(
        Arc::new(Counters::default()),
        random,
        now,
        SystemTime::now(),
    );
    device.apply(
        Change::PrivateKey(Some(PrivateKey::from_bytes([9; 32]))),
        now,
    );
    device
}

/// A device with one peer, 10.0.0.1 at REMOTE.
fn with_peer(now: Instant) -> (Device, PeerId) {
    let mut device = device(now);
    let mut change = peer_with(1, &["10.0.0.1/32"]);
    change.endpoint = Some(REMOTE.parse().unwrap());
    device.apply(Change::Peer(change), now);
    let peer = device.route("10.0.0.1".parse().unwrap()).unwrap();
    device.open_tunnel(peer).unwrap();
    drain(&mut device);
    (device, peer)
}

fn drain(device: &mut Device) -> Vec<Action> {
    std::iter::from_fn(|| device.poll_action()).collect()
}

/// Gives the device a session that it began itself. The index is that of its open tunnel.
fn completed(device: &mut Device, peer: PeerId, now: Instant) -> u32 {
    let index = device.open_tunnel(peer).unwrap().index << 8 | 1;
    device.completed(peer, index, endpoint(REMOTE), 92, now);
    index
}

fn run_until(device: &mut Device, end: Instant) -> Vec<(Instant, Action)> {
    let mut done = Vec::new();
    while let Some(at) = device.next_timeout().filter(|at| *at <= end) {
        device.handle_timeout(at);
        done.extend(drain(device).into_iter().map(|action| (at, action)));
    }
    done
}

#[test]
fn a_packet_without_session_waits_and_starts_one_handshake() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    assert_eq!(device.prepare_send(peer, now), Readiness::Hold);
    assert_eq!(device.prepare_send(peer, now), Readiness::Hold);
    assert_eq!(drain(&mut device), [Action::Initiate(peer)]);
    completed(&mut device, peer, now);
    assert_eq!(drain(&mut device)[0], Action::SendHeld(peer));
    assert_eq!(
        device.prepare_send(peer, now),
        Readiness::Ready(endpoint(REMOTE))
    );
}

#[test]
fn a_peer_without_endpoint_or_identity_is_refused_by_name() {
    let now = Instant::now();
    let mut device = device(now);
    device.apply(Change::Peer(peer_with(1, &["10.0.0.1/32"])), now);
    let peer = device.route("10.0.0.1".parse().unwrap()).unwrap();
    assert_eq!(
        device.prepare_send(peer, now),
        Readiness::Refuse(DropReason::NoEndpoint)
    );
    device.apply(Change::PrivateKey(None), now);
    assert_eq!(
        device.prepare_send(peer, now),
        Readiness::Refuse(DropReason::NoIdentity)
    );
}

#[test]
fn an_answered_session_is_used_only_once_confirmed() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    device.responded(peer, INDEX, endpoint(REMOTE), 148, now);
    assert_eq!(device.prepare_send(peer, now), Readiness::Hold);
    device.received(peer, INDEX, endpoint(REMOTE), 32, Content::Keepalive, now);
    assert_eq!(
        device.prepare_send(peer, now),
        Readiness::Ready(endpoint(REMOTE))
    );
    assert_eq!(device.snapshot().peers[0].received_bytes, 180);
}

#[test]
fn after_handshakes_from_both_sides_at_once_either_session_opens() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let theirs = device.open_tunnel(peer).unwrap().index << 8 | 2;
    device.responded(peer, theirs, endpoint(REMOTE), 148, now);
    let ours = completed(&mut device, peer, now);
    assert_eq!(device.prepare_open(theirs, now), Ok(peer));
    assert_eq!(device.prepare_open(ours, now), Ok(peer));
}

#[test]
fn the_initiator_renews_after_two_minutes_of_use_the_responder_does_not() {
    let now = Instant::now();
    let (mut initiator, peer) = with_peer(now);
    completed(&mut initiator, peer, now);
    drain(&mut initiator);
    initiator.sent(peer, 100, Content::Data, now + seconds(119));
    assert_eq!(drain(&mut initiator), []);
    initiator.sent(peer, 100, Content::Data, now + seconds(120));
    initiator.sent(peer, 100, Content::Data, now + seconds(121));
    assert_eq!(drain(&mut initiator), [Action::Initiate(peer)]);

    let (mut responder, peer) = with_peer(now);
    responder.responded(peer, INDEX, endpoint(REMOTE), 148, now);
    responder.received(peer, INDEX, endpoint(REMOTE), 32, Content::Keepalive, now);
    drain(&mut responder);
    responder.sent(peer, 100, Content::Data, now + seconds(130));
    assert_eq!(drain(&mut responder), []);
}

#[test]
fn a_session_older_than_three_minutes_neither_sends_nor_opens() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let index = completed(&mut device, peer, now);
    assert_eq!(device.prepare_open(index, now + seconds(179)), Ok(peer));
    let late = now + seconds(180);
    assert_eq!(
        device.prepare_open(index, late),
        Err(DropReason::ExpiredSession)
    );
    assert_eq!(device.prepare_send(peer, late), Readiness::Hold);
    assert_eq!(
        device.prepare_open(0xffff_ffff, now),
        Err(DropReason::UnknownIndex)
    );
}

#[test]
fn keys_are_erased_when_nothing_renewed_them() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let index = completed(&mut device, peer, now);
    drain(&mut device);
    let done = run_until(&mut device, now + seconds(600));
    assert_eq!(done, [(now + seconds(540), Action::CloseTunnel(peer))]);
    assert_eq!(device.peer_of(index), None);
    assert_eq!(device.next_timeout(), None);
}

#[test]
fn an_unanswered_handshake_ends_and_drops_what_waits() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    device.prepare_send(peer, now);
    let done = run_until(&mut device, now + seconds(600));
    let initiations = done
        .iter()
        .filter(|(_, action)| *action == Action::Initiate(peer))
        .count();
    assert!((16..=18).contains(&initiations), "{initiations}");
    assert!(
        done.iter()
            .any(|(_, action)| *action == Action::DropHeld(peer))
    );
    assert_eq!(device.next_timeout(), None);
    assert_eq!(
        device.prepare_send(peer, now + seconds(601)),
        Readiness::Hold
    );
    assert_eq!(drain(&mut device), [Action::Initiate(peer)]);
}

#[test]
fn a_persistent_keepalive_keeps_an_idle_session_alive() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let mut change = PeerChange::new(key(1));
    change.keepalive = Some(25);
    device.apply(Change::Peer(change), now);
    device.handle_timeout(now);
    assert_eq!(drain(&mut device), [Action::Initiate(peer)]);
    completed(&mut device, peer, now);
    drain(&mut device);
    let done = run_until(&mut device, now + seconds(25));
    assert_eq!(done, [(now + seconds(25), Action::Keepalive(peer))]);
}

#[test]
fn a_peer_with_a_persistent_keepalive_is_tried_for_ever_though_nothing_can_be_sent() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let mut change = PeerChange::new(key(1));
    change.keepalive = Some(25);
    device.apply(Change::Peer(change), now);
    // Nobody tells the device that a message was sent: the network is down.
    let done = run_until(&mut device, now + seconds(600));
    let (last, _) = done.last().unwrap();
    assert!(*last > now + seconds(560), "{done:?}");
    assert!(done.contains(&(*last, Action::Initiate(peer))));
}

#[test]
fn a_peer_with_a_persistent_keepalive_is_tried_once_its_endpoint_is_known() {
    let now = Instant::now();
    let mut device = device(now);
    let mut change = peer_with(1, &["10.0.0.1/32"]);
    change.keepalive = Some(25);
    device.apply(Change::Peer(change), now);
    assert_eq!(run_until(&mut device, now + seconds(60)), []);
    let mut change = PeerChange::new(key(1));
    change.endpoint = Some(REMOTE.parse().unwrap());
    let later = now + seconds(60);
    device.apply(Change::Peer(change), later);
    let peer = device.route("10.0.0.1".parse().unwrap()).unwrap();
    let done = run_until(&mut device, later);
    assert_eq!(done, [(later, Action::Initiate(peer))]);
}

#[test]
fn what_waits_for_a_session_is_dropped_when_its_handshake_becomes_void() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    assert_eq!(device.prepare_send(peer, now), Readiness::Hold);
    drain(&mut device);
    let mut change = PeerChange::new(key(1));
    change.preshared_key = Some(Some(PresharedKey::from_bytes([3; 32])));
    device.apply(Change::Peer(change), now);
    assert!(drain(&mut device).contains(&Action::DropHeld(peer)));
}

#[test]
fn an_unanswered_initiation_is_repeated_from_whatever_address_we_have() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let here = Endpoint {
        local: Some("198.51.100.1".parse().unwrap()),
        ..endpoint(REMOTE)
    };
    device.responded(peer, INDEX, here, 148, now);
    device.prepare_send(peer, now);
    assert_eq!(device.endpoint(peer), Some(here));
    run_until(&mut device, now + seconds(6));
    assert_eq!(device.endpoint(peer), Some(endpoint(REMOTE)));
}

#[test]
fn the_first_keepalives_of_many_peers_are_spread_out() {
    let now = Instant::now();
    let mut device = device(now);
    for number in 10..210 {
        let mut change = peer_with(number, &[]);
        change.endpoint = Some(REMOTE.parse().unwrap());
        change.keepalive = Some(25);
        device.apply(Change::Peer(change), now);
    }
    device.handle_timeout(now);
    assert_eq!(drain(&mut device).len(), 1);
    device.handle_timeout(now + Duration::from_millis(100));
    assert_eq!(drain(&mut device).len(), 50);
}

#[test]
fn a_peer_is_answered_where_it_was_heard_last() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let index = completed(&mut device, peer, now);
    drain(&mut device);
    device.received(peer, index, endpoint(ELSEWHERE), 64, Content::Data, now);
    assert_eq!(
        device.prepare_send(peer, now),
        Readiness::Ready(endpoint(ELSEWHERE))
    );
    let [Action::Emit(PeerEvent::Roamed { endpoint, .. })] = drain(&mut device)[..] else {
        panic!("the move is told");
    };
    assert_eq!(endpoint, Some(ELSEWHERE.parse().unwrap()));
}

#[test]
fn initiations_of_a_peer_are_answered_fifty_times_a_second() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let mut answered = 0;
    for millisecond in 0..1000 {
        let at = now + Duration::from_millis(millisecond);
        if device.admit_initiation(&key(1), at) == Ok(peer) {
            device.responded(peer, INDEX, endpoint(REMOTE), 148, at);
            answered += 1;
        }
    }
    assert_eq!(answered, 50);
    assert_eq!(
        device.admit_initiation(&key(2), now),
        Err(DropReason::RefusedHandshake)
    );
}

#[test]
fn initiations_that_were_not_authentic_lock_nobody_out() {
    let now = Instant::now();
    let (device, peer) = with_peer(now);
    assert_eq!(device.admit_initiation(&key(1), now), Ok(peer));
    assert_eq!(device.admit_initiation(&key(1), now), Ok(peer));
}

#[test]
fn a_removed_peer_is_nowhere_to_be_found() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    let index = completed(&mut device, peer, now);
    drain(&mut device);
    device.apply(Change::RemovePeer(key(1)), now);
    assert_eq!(drain(&mut device), [Action::Forget(peer)]);
    assert_eq!(
        device.prepare_open(index, now),
        Err(DropReason::UnknownIndex)
    );
    assert_eq!(device.route("10.0.0.1".parse().unwrap()), None);
    assert!(!device.accepts_source(peer, "10.0.0.1".parse().unwrap()));
    assert_eq!(device.next_timeout(), None);
}

#[test]
fn a_new_private_key_voids_sessions_and_drops_the_peer_that_it_is() {
    let now = Instant::now();
    let (mut device, peer) = with_peer(now);
    completed(&mut device, peer, now);
    let own = PrivateKey::from_bytes([7; 32]);
    let mut change = PeerChange::new(own.public_key());
    change.allowed_prefixes = vec![("10.0.0.9/32".parse().unwrap(), true)];
    device.apply(Change::Peer(change.clone()), now);
    drain(&mut device);
    device.apply(Change::PrivateKey(Some(own)), now);
    assert!(drain(&mut device).contains(&Action::CloseTunnel(peer)));
    assert_eq!(device.prepare_send(peer, now), Readiness::Hold);
    device.apply(Change::Peer(change), now);
    assert_eq!(device.snapshot().peers.len(), 1);
}

#[test]
fn update_only_makes_no_peer() {
    let now = Instant::now();
    let mut device = device(now);
    let mut change = peer_with(1, &["10.0.0.1/32"]);
    change.update_only = true;
    device.apply(Change::Peer(change), now);
    assert!(device.snapshot().peers.is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Peer {
        number: u8,
        replace: bool,
        prefixes: Vec<(IpNet, bool)>,
    },
    Remove(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let prefix = (0_u8..4, 28_u8..=32)
        .prop_map(|(last, length)| IpNet::new(IpAddr::from([10, 0, 0, last]), length).unwrap());
    let prefixes = prop::collection::vec((prefix, any::<bool>()), 0..4);
    let change =
        (1_u8..5, any::<bool>(), prefixes).prop_map(|(number, replace, prefixes)| Step::Peer {
            number,
            replace,
            prefixes,
        });
    prop::collection::vec(
        prop_oneof![4 => change, 1 => (1_u8..5).prop_map(Step::Remove)],
        0..40,
    )
}

/// Who has which prefix, kept the slow way.
#[derive(Default)]
struct Model(Vec<(u8, Vec<IpNet>)>);

impl Model {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Remove(number) => self.0.retain(|(peer, _)| peer != number),
            Step::Peer {
                number,
                replace,
                prefixes,
            } => self.change(*number, *replace, prefixes),
        }
    }

    fn change(&mut self, number: u8, replace: bool, changes: &[(IpNet, bool)]) {
        if !self.0.iter().any(|(peer, _)| *peer == number) {
            self.0.push((number, Vec::new()));
        }
        if replace {
            self.of(number).clear();
        }
        for (prefix, add) in changes {
            let prefix = prefix.trunc();
            if *add && !self.of(number).contains(&prefix) {
                self.0
                    .iter_mut()
                    .for_each(|(_, known)| known.retain(|other| *other != prefix));
                self.of(number).push(prefix);
            } else if !add {
                self.of(number).retain(|known| *known != prefix);
            }
        }
    }

    fn of(&mut self, number: u8) -> &mut Vec<IpNet> {
        &mut self
            .0
            .iter_mut()
            .find(|(peer, _)| *peer == number)
            .unwrap()
            .1
    }

    fn owner(&self, address: IpAddr) -> Option<u8> {
        let all = self
            .0
            .iter()
            .flat_map(|(peer, own)| own.iter().map(move |one| (one, *peer)));
        let covering = all.filter(|(prefix, _)| prefix.contains(&address));
        covering
            .max_by_key(|(prefix, _)| prefix.prefix_len())
            .map(|(_, peer)| peer)
    }
}

proptest! {
    #[test]
    fn prefixes_go_where_a_naive_model_says(steps in steps()) {
        let now = Instant::now();
        let (mut device, mut model) = (device(now), Model::default());
        for step in steps {
            model.apply(&step);
            device.apply(match step {
                Step::Remove(number) => Change::RemovePeer(key(number)),
                Step::Peer { number, replace, prefixes } => {
                    let mut change = PeerChange::new(key(number));
                    change.replace_allowed_prefixes = replace;
                    change.allowed_prefixes = prefixes;
                    Change::Peer(change)
                }
            }, now);
            let peers = device.snapshot().peers;
            let told: Vec<_> =
                peers.iter().map(|peer| (peer.public_key, peer.allowed_prefixes.clone())).collect();
            let expected: Vec<_> =
                model.0.iter().map(|(peer, prefixes)| (key(*peer), prefixes.clone())).collect();
            prop_assert_eq!(told, expected);
            for last in 0..20 {
                let address = IpAddr::from([10, 0, 0, last]);
                let owner = device.route(address).and_then(|peer| device.public_key_of(peer));
                prop_assert_eq!(owner, model.owner(address).map(key));
            }
        }
    }
}
