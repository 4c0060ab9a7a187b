use super::*;
use crate::fleet::{Prefixes, seal::SealNonce};
use crate::{PeerChange, PresharedKey};

const NOW: UnixSeconds = UnixSeconds::new(1_000);

pub(super) fn fleet_key() -> FleetKey {
    FleetKey::from_bytes([1; 32])
}

pub(super) fn public_key(index: u8) -> PublicKey {
    PublicKey::from_bytes([index; 32])
}

pub(super) fn record(index: u8, version: i64, prefixes: &str) -> PeerRecord {
    PeerRecord {
        public_key: public_key(index),
        name: format!("peer-{index}").parse().unwrap(),
        prefixes: prefixes.parse::<Prefixes>().unwrap(),
        keepalive: 0,
        enabled: true,
        expires: None,
        version: Version::from_column(version).unwrap(),
        preshared_key: None,
    }
}

pub(super) fn seal(record: &PeerRecord) -> PeerRow {
    const NONCE: SealNonce = [0; 12];
    record.to_row(&fleet_key().seal_key(SEAL_KIND), NONCE)
}

fn write(state: &mut FleetState, record: &PeerRecord) -> Result<(), Refusal> {
    state.handle_written(&record.public_key.to_base64(), &seal(record), NOW)
}

fn started() -> FleetState {
    FleetState::new(&fleet_key(), public_key(255))
}

/// Scans `records` and nothing else.
fn resync(state: &mut FleetState, records: &[PeerRecord]) -> Vec<Change> {
    state.begin_sync();
    for record in records {
        let key = record.public_key.to_base64();
        state.handle_scanned(&key, &seal(record), NOW).unwrap();
    }
    state.end_sync(NOW);
    state.poll_changes()
}

fn named(changes: &[Change]) -> Vec<PublicKey> {
    let name = |change: &Change| match change {
        Change::RemovePeer(key) => *key,
        Change::Peer(change) => change.public_key,
        other => panic!("unexpected {other:?}"),
    };
    changes.iter().map(name).collect()
}

#[test]
fn a_new_peer_is_told_in_one_change() {
    let mut state = started();
    let record = PeerRecord {
        keepalive: 25,
        preshared_key: Some(PresharedKey::from_bytes([3; 32])),
        ..record(1, 1, "10.77.0.2/32, 10.9.0.0/16")
    };
    write(&mut state, &record).unwrap();
    let prefixes = record.prefixes.as_slice();
    let expected = PeerChange {
        preshared_key: Some(record.preshared_key.clone()),
        keepalive: Some(25),
        replace_allowed_prefixes: true,
        allowed_prefixes: prefixes.iter().map(|prefix| (*prefix, true)).collect(),
        ..PeerChange::new(record.public_key)
    };
    assert_eq!(state.poll_changes(), [Change::Peer(expected)]);
    assert!(state.serves(&record.public_key));
}

#[test]
fn a_changed_peer_keeps_its_sessions_and_hears_only_the_difference() {
    let mut state = started();
    write(&mut state, &record(1, 1, "10.77.0.2/32, 10.9.0.0/16")).unwrap();
    let _ = state.poll_changes();
    write(&mut state, &record(1, 2, "10.77.0.2/32, 10.8.0.0/16")).unwrap();
    let expected = PeerChange {
        update_only: true,
        allowed_prefixes: vec![
            ("10.9.0.0/16".parse().unwrap(), false),
            ("10.8.0.0/16".parse().unwrap(), true),
        ],
        ..PeerChange::new(public_key(1))
    };
    assert_eq!(state.poll_changes(), [Change::Peer(expected)]);
}

#[test]
fn removed_disabled_and_expired_peers_are_cut_off() {
    let mut state = started();
    for index in 1..=3 {
        write(&mut state, &record(index, 1, "")).unwrap();
    }
    let _ = state.poll_changes();
    state.handle_removed(
        &public_key(1).to_base64(),
        Some(&seal(&record(1, 1, ""))),
        NOW,
    );
    write(
        &mut state,
        &PeerRecord {
            enabled: false,
            ..record(2, 2, "")
        },
    )
    .unwrap();
    write(
        &mut state,
        &PeerRecord {
            expires: Some(NOW),
            ..record(3, 2, "")
        },
    )
    .unwrap();
    let expected = [1, 2, 3].map(|index| Change::RemovePeer(public_key(index)));
    assert_eq!(state.poll_changes(), expected);
    assert_eq!(state.peers(), 2);
}

#[test]
fn a_peer_expires_without_the_grid() {
    let mut state = started();
    let later = NOW.plus(60);
    write(
        &mut state,
        &PeerRecord {
            expires: Some(later),
            ..record(1, 1, "")
        },
    )
    .unwrap();
    let _ = state.poll_changes();
    assert_eq!(state.next_timeout(), Some(later));
    state.handle_timeout(NOW.plus(59));
    assert!(state.serves(&public_key(1)));
    state.handle_timeout(later);
    assert_eq!(state.poll_changes(), [Change::RemovePeer(public_key(1))]);
    assert_eq!(state.next_timeout(), None);
}

#[test]
fn a_longer_term_moves_the_deadline() {
    let mut state = started();
    for (version, term) in [(1, 60), (2, 120)] {
        let expires = Some(NOW.plus(term));
        write(
            &mut state,
            &PeerRecord {
                expires,
                ..record(1, version, "")
            },
        )
        .unwrap();
    }
    assert_eq!(state.next_timeout(), Some(NOW.plus(120)));
    write(&mut state, &record(1, 3, "")).unwrap();
    assert_eq!(state.next_timeout(), None);
}

#[test]
fn an_older_row_put_back_is_refused_and_counted() {
    let mut state = started();
    write(
        &mut state,
        &PeerRecord {
            enabled: false,
            ..record(1, 2, "")
        },
    )
    .unwrap();
    assert_eq!(write(&mut state, &record(1, 1, "")), Err(Refusal::Older));
    assert_eq!(state.refused().of(Refusal::Older), 1);
    assert!(!state.serves(&public_key(1)));
}

#[test]
fn a_removed_peer_does_not_come_back_by_replay() {
    let mut state = started();
    write(&mut state, &record(1, 5, "")).unwrap();
    // The attacker hides the newest row behind an older one before the removal.
    state.handle_removed(
        &public_key(1).to_base64(),
        Some(&seal(&record(1, 4, ""))),
        NOW,
    );
    assert_eq!(write(&mut state, &record(1, 5, "")), Err(Refusal::Older));
    assert_eq!(
        write(&mut state, &record(1, 6, "")),
        Ok(()),
        "but a new row admits it"
    );
}

#[test]
fn a_forged_row_leaves_the_earlier_copy() {
    let mut state = started();
    write(&mut state, &record(1, 1, "10.77.0.2/32")).unwrap();
    let _ = state.poll_changes();
    let forged = PeerRow {
        prefixes: "0.0.0.0/0".into(),
        ..seal(&record(1, 2, "10.77.0.2/32"))
    };
    let key = public_key(1).to_base64();
    assert_eq!(
        state.handle_written(&key, &forged, NOW),
        Err(Refusal::Forged)
    );
    state.begin_sync();
    assert_eq!(
        state.handle_scanned(&key, &forged, NOW),
        Err(Refusal::Forged)
    );
    state.end_sync(NOW);
    assert_eq!(state.poll_changes(), []);
    assert!(state.serves(&public_key(1)));
    assert_eq!(state.refused().of(Refusal::Forged), 2);
}

#[test]
fn a_row_that_was_lost_comes_back_as_it_was_and_not_as_it_was_before() {
    let mut state = started();
    let (earlier, latest) = (record(1, 1, "10.77.0.2/32"), record(1, 2, "10.77.0.2/32"));
    write(&mut state, &latest).unwrap();
    resync(&mut state, &[]);
    assert!(!state.serves(&public_key(1)));
    assert_eq!(write(&mut state, &earlier), Err(Refusal::Older));
    assert_eq!(write(&mut state, &latest), Ok(()));
    assert!(state.serves(&public_key(1)));
}

#[test]
fn the_gateway_does_not_peer_with_itself() {
    assert_eq!(
        write(&mut started(), &record(255, 1, "")),
        Err(Refusal::Malformed)
    );
}

#[test]
fn the_higher_version_has_a_prefix_and_the_other_gets_it_back() {
    let mut state = started();
    write(&mut state, &record(1, 1, "10.9.0.0/16")).unwrap();
    write(&mut state, &record(2, 2, "10.9.0.0/16")).unwrap();
    assert_eq!(named(&state.poll_changes()), [1, 2, 1, 2].map(public_key));
    write(
        &mut state,
        &PeerRecord {
            enabled: false,
            ..record(2, 3, "10.9.0.0/16")
        },
    )
    .unwrap();
    let changes = state.poll_changes();
    assert_eq!(named(&changes), [2, 1].map(public_key));
    let Change::Peer(change) = &changes[1] else {
        panic!("{changes:?}")
    };
    assert_eq!(
        change.allowed_prefixes,
        [("10.9.0.0/16".parse().unwrap(), true)]
    );
}

#[test]
fn catching_up_touches_only_what_changed() {
    let mut state = started();
    let (first, second, third) = (record(1, 1, ""), record(2, 1, ""), record(3, 1, ""));
    resync(&mut state, &[first.clone(), second.clone(), third]);
    let changed = PeerRecord {
        keepalive: 9,
        ..record(2, 2, "")
    };
    let changes = resync(&mut state, &[first, changed.clone()]);
    assert_eq!(named(&changes), [2, 3].map(public_key));
    assert_eq!(resync(&mut state, &[record(1, 1, ""), changed]), []);
}

#[test]
fn an_event_beats_the_scan_that_was_read_before_it() {
    let mut state = started();
    state.begin_sync();
    let key = public_key(1).to_base64();
    state.handle_removed(&key, Some(&seal(&record(1, 1, ""))), NOW);
    state
        .handle_scanned(&key, &seal(&record(1, 1, "")), NOW)
        .unwrap();
    state.end_sync(NOW);
    assert!(!state.serves(&public_key(1)));
}
