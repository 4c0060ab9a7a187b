//! Facts about the engine that the random model does not state one by one.

use super::caches::IfExists;
use super::*;
use portway_ignite_protocol::{
    CacheConfiguration, CacheId, EventKind, ExpiryDuration, ExpiryPolicy, QueryEntity, QueryField,
};

pub(super) const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 20,
    caches: 4,
    resources_per_connection: 3,
    transactions_per_connection: 2,
    tasks_per_connection: 0,
};

pub(super) fn engine() -> Engine {
    Engine::new(Table::default(), Box::new(NoJournal), LIMITS).unwrap()
}

pub(super) fn id(name: &str) -> i32 {
    CacheId::of(name).0
}

fn engine_with_cache() -> (Engine, Call) {
    let mut engine = engine();
    engine
        .create_cache(&CacheConfiguration::new("A"), IfExists::Fail)
        .unwrap();
    (
        engine,
        Call {
            cache: id("A"),
            policy: None,
            transaction: None,
            now: 1000,
        },
    )
}

fn put(engine: &mut Engine, call: Call, key: &[u8], value: &[u8]) {
    engine
        .update(call, key, Condition::Always, Some(value))
        .unwrap();
}

/// A policy by its numbers on the wire.
pub(super) fn policy(create: i64, update: i64, access: i64) -> ExpiryPolicy {
    let duration = |wire: i64| match wire {
        -2 => ExpiryDuration::Unchanged,
        -1 => ExpiryDuration::Eternal,
        _ => ExpiryDuration::Milliseconds(wire.unsigned_abs()),
    };
    ExpiryPolicy {
        create: duration(create),
        update: duration(update),
        access: duration(access),
    }
}

fn lifetime(call: Call, create: i64, update: i64, access: i64) -> Call {
    Call {
        policy: Some(policy(create, update, access)),
        ..call
    }
}

const CONNECTION: ConnectionId = ConnectionId(1);
const EVERYTHING: ListenerOptions = ListenerOptions {
    include_expired: true,
    page_size: 1,
    interval: 0,
};

/// The kind of an event, the old and the new value.
type Told = (EventKind, Option<Vec<u8>>, Option<Vec<u8>>);

fn events(engine: &mut Engine) -> Vec<Told> {
    let notifications = std::iter::from_fn(|| engine.poll_notification());
    notifications
        .map(|notification| match notification.news {
            News::Event(event) => event,
            other => panic!("no event: {other:?}"),
        })
        .map(|event| {
            (
                event.kind,
                event.old.as_deref().map(Vec::from),
                event.new.as_deref().map(Vec::from),
            )
        })
        .collect()
}

#[test]
fn a_destroyed_cache_raises_the_minor_topology_version() {
    let mut engine = engine();
    engine
        .create_cache(&CacheConfiguration::new("A"), IfExists::Keep)
        .unwrap();
    let before = engine.topology();
    engine.destroy_cache(id("A")).unwrap();
    assert_eq!(engine.topology().minor, before.minor + 1);
}

#[test]
fn a_created_cache_is_listed_described_and_raises_the_minor_topology_version() {
    let mut engine = engine();
    let before = engine.topology();
    engine
        .create_cache(&CacheConfiguration::new("A"), IfExists::Keep)
        .unwrap();
    engine
        .create_cache(&CacheConfiguration::new("A"), IfExists::Keep)
        .unwrap();
    assert_eq!(engine.topology().minor, before.minor + 1);
    assert_eq!(engine.cache_names().collect::<Vec<_>>(), ["A"]);
    assert_eq!(
        engine.cache_configuration(id("A")).unwrap(),
        CacheConfiguration::new("A")
    );
    let again = engine.create_cache(&CacheConfiguration::new("A"), IfExists::Fail);
    assert!(matches!(again, Err(EngineError::CacheExists(_))));
}

#[test]
fn clients_are_told_the_tables_that_a_cache_was_made_with() {
    let mut engine = engine();
    let made = CacheConfiguration::new("A");
    engine.create_cache(&made, IfExists::Fail).unwrap();
    let mut changed = made.clone();
    for column in ["B", "C"] {
        let field = QueryField::new(column, "java.lang.String");
        let entity = QueryEntity {
            fields: vec![field],
            ..QueryEntity::default()
        };
        changed.query_entities = vec![entity];
        engine.change_configuration(&changed).unwrap();
    }
    assert_eq!(engine.told_configuration(id("A")).unwrap(), made);
    assert_eq!(engine.cache_configuration(id("A")).unwrap(), changed);
}

#[test]
fn two_names_with_one_hash_are_refused() {
    let mut engine = engine();
    engine
        .create_cache(&CacheConfiguration::new("Aa"), IfExists::Fail)
        .unwrap();
    let collision = engine.create_cache(&CacheConfiguration::new("BB"), IfExists::Keep);
    assert!(matches!(collision, Err(EngineError::CacheIdTaken(..))));
}

#[test]
fn caches_are_limited() {
    let mut engine = engine();
    for name in ["A", "B", "C", "D"] {
        engine
            .create_cache(&CacheConfiguration::new(name), IfExists::Fail)
            .unwrap();
    }
    let fifth = engine.create_cache(&CacheConfiguration::new("E"), IfExists::Fail);
    assert!(matches!(
        fifth,
        Err(EngineError::TooManyCaches { limit: 4 })
    ));
}

#[test]
fn a_destroyed_cache_leaves_nothing() {
    let (mut engine, call) = engine_with_cache();
    let empty = engine.stored_bytes();
    put(&mut engine, lifetime(call, 5, 5, 5), &[1], &[1]);
    engine.destroy_cache(call.cache).unwrap();
    assert!(matches!(
        engine.value(call, &[1]),
        Err(EngineError::CacheNotFound(_))
    ));
    assert_eq!(engine.next_timeout(), None);
    engine
        .create_cache(&CacheConfiguration::new("A"), IfExists::Fail)
        .unwrap();
    assert_eq!(engine.size(call).unwrap(), 0);
    assert_eq!(engine.stored_bytes(), empty);
}

#[test]
fn an_expired_entry_is_gone_before_it_is_swept_and_counted_out() {
    let (mut engine, call) = engine_with_cache();
    put(&mut engine, lifetime(call, 10, -2, -2), &[1], &[7]);
    let later = Call { now: 1010, ..call };
    assert_eq!(engine.value(later, &[1]).unwrap(), None);
    assert!(!engine.contains(later, &[1]).unwrap());
    assert_eq!(engine.size(later).unwrap(), 0);
    assert_eq!(engine.next_timeout(), Some(1010));
    engine.handle_timeout(1010);
    assert_eq!(engine.entry_count(), 0);
    assert_eq!(engine.next_timeout(), None);
}

#[test]
fn an_update_without_policy_keeps_the_expiry_time() {
    let (mut engine, call) = engine_with_cache();
    put(&mut engine, lifetime(call, 10, -2, -2), &[1], &[7]);
    put(&mut engine, Call { now: 1005, ..call }, &[1], &[8]);
    assert_eq!(
        engine
            .value(Call { now: 1009, ..call }, &[1])
            .unwrap()
            .as_deref(),
        Some(&[8u8][..])
    );
    assert_eq!(
        engine.value(Call { now: 1010, ..call }, &[1]).unwrap(),
        None
    );
}

#[test]
fn an_access_policy_prolongs_and_zero_ends_after_the_read() {
    let (mut engine, call) = engine_with_cache();
    put(&mut engine, lifetime(call, 10, -2, -2), &[1], &[7]);
    let read = lifetime(Call { now: 1009, ..call }, -2, -2, 10);
    assert!(engine.value(read, &[1]).unwrap().is_some());
    assert!(engine.contains(Call { now: 1018, ..call }, &[1]).unwrap());
    let last_read = lifetime(Call { now: 1018, ..call }, -2, -2, 0);
    assert_eq!(
        engine.value(last_read, &[1]).unwrap().as_deref(),
        Some(&[7u8][..])
    );
    assert_eq!(engine.value(last_read, &[1]).unwrap(), None);
}

#[test]
fn a_comparison_that_fails_is_an_access_and_a_refused_creation_is_none() {
    let (mut engine, call) = engine_with_cache();
    let brief = lifetime(call, -1, -2, 10);
    for key in [1, 2] {
        put(&mut engine, call, &[key], &[7]);
    }
    engine
        .update(brief, &[1], Condition::Equals(&[8]), Some(&[9]))
        .unwrap();
    engine
        .update(brief, &[2], Condition::Absent, Some(&[9]))
        .unwrap();
    let later = Call { now: 1010, ..call };
    assert!(!engine.contains(later, &[1]).unwrap());
    assert!(engine.contains(later, &[2]).unwrap());
}

#[test]
fn a_sweep_removes_a_bounded_number_and_says_that_more_is_due() {
    let (mut engine, call) = engine_with_cache();
    for key in 0..300u16 {
        put(
            &mut engine,
            lifetime(call, 10, -2, -2),
            &key.to_le_bytes(),
            &[7],
        );
    }
    engine.handle_timeout(1010);
    assert_eq!(engine.entry_count(), 44);
    assert_eq!(engine.next_timeout(), Some(1010));
    engine.handle_timeout(1010);
    assert_eq!(engine.entry_count(), 0);
}

#[test]
fn a_listener_hears_creation_update_removal_and_expiry_with_old_values() {
    let (mut engine, call) = engine_with_cache();
    engine.listen(call.cache, CONNECTION, EVERYTHING).unwrap();
    put(&mut engine, call, &[1], &[7]);
    put(&mut engine, call, &[1], &[8]);
    engine.update(call, &[1], Condition::Always, None).unwrap();
    put(&mut engine, lifetime(call, 10, -2, -2), &[1], &[9]);
    engine.handle_timeout(1010);
    let value = |byte: u8| Some(vec![byte]);
    assert_eq!(
        events(&mut engine),
        [
            (EventKind::Created, None, value(7)),
            (EventKind::Updated, value(7), value(8)),
            (EventKind::Removed, value(8), None),
            (EventKind::Created, None, value(9)),
            (EventKind::Expired, value(9), None),
        ]
    );
}

#[test]
fn a_write_over_an_expired_entry_is_an_expiry_then_a_creation() {
    let (mut engine, call) = engine_with_cache();
    put(&mut engine, lifetime(call, 10, -2, -2), &[1], &[7]);
    engine.listen(call.cache, CONNECTION, EVERYTHING).unwrap();
    put(&mut engine, Call { now: 1010, ..call }, &[1], &[8]);
    let kinds: Vec<_> = events(&mut engine)
        .into_iter()
        .map(|(kind, ..)| kind)
        .collect();
    assert_eq!(kinds, [EventKind::Expired, EventKind::Created]);
    engine.handle_timeout(2000);
    assert_eq!(engine.size(call).unwrap(), 1);
}

#[test]
fn expiry_is_told_only_to_those_who_asked() {
    let (mut engine, call) = engine_with_cache();
    put(&mut engine, lifetime(call, 10, -2, -2), &[1], &[7]);
    let options = ListenerOptions {
        include_expired: false,
        ..EVERYTHING
    };
    engine.listen(call.cache, CONNECTION, options).unwrap();
    engine.handle_timeout(1010);
    assert_eq!(events(&mut engine), []);
}

#[test]
fn clear_is_silent_and_remove_all_is_not() {
    let (mut engine, call) = engine_with_cache();
    engine.listen(call.cache, CONNECTION, EVERYTHING).unwrap();
    for key in 0..3 {
        put(&mut engine, call, &[key], &[1]);
    }
    events(&mut engine);
    engine.clear_keys(call, [&[0u8][..]].into_iter()).unwrap();
    assert_eq!(events(&mut engine), []);
    engine.remove_everything(call).unwrap();
    assert_eq!(events(&mut engine).len(), 2);
    put(&mut engine, call, &[0], &[1]);
    events(&mut engine);
    engine.clear(call).unwrap();
    assert_eq!(events(&mut engine), []);
    assert_eq!(engine.size(call).unwrap(), 0);
}

#[test]
fn a_full_grid_refuses_growth_changes_nothing_and_still_replaces_and_removes() {
    let (mut engine, call) = engine_with_cache();
    let most = vec![0; (LIMITS.stored_bytes - engine.stored_bytes()) as usize - 200];
    put(&mut engine, call, &[1], &most);
    let too_much = engine.update(call, &[2], Condition::Always, Some(&[0; 200]));
    assert!(matches!(too_much, Err(EngineError::Full { .. })));
    assert_eq!(engine.size(call).unwrap(), 1);
    put(&mut engine, call, &[1], &most);
    let removed = engine.update(call, &[1], Condition::Always, None).unwrap();
    assert!(removed.applied);
    put(&mut engine, call, &[2], &[0; 200]);
}

#[test]
fn resources_of_a_connection_are_limited_and_freed() {
    let (mut engine, call) = engine_with_cache();
    let ids: Vec<_> = (0..3)
        .map(|_| engine.listen(call.cache, CONNECTION, EVERYTHING).unwrap())
        .collect();
    let refused = engine.listen(call.cache, CONNECTION, EVERYTHING);
    assert!(matches!(
        refused,
        Err(EngineError::TooManyResources { limit: 3 })
    ));
    engine
        .listen(call.cache, ConnectionId(2), EVERYTHING)
        .unwrap();
    engine.close_resource(CONNECTION, ids[0]).unwrap();
    let twice = engine.close_resource(CONNECTION, ids[0]);
    assert!(matches!(twice, Err(EngineError::ResourceNotFound(_))));
    engine.listen(call.cache, CONNECTION, EVERYTHING).unwrap();
}

#[test]
fn a_closed_connection_hears_nothing_more() {
    let (mut engine, call) = engine_with_cache();
    engine.listen(call.cache, CONNECTION, EVERYTHING).unwrap();
    put(&mut engine, call, &[1], &[1]);
    engine.close_connection(CONNECTION);
    put(&mut engine, call, &[2], &[1]);
    assert_eq!(events(&mut engine), []);
}

#[test]
fn a_scan_pages_through_everything_and_its_cursor_ends_with_the_last_page() {
    let (mut engine, call) = engine_with_cache();
    for key in 0..5 {
        put(&mut engine, call, &[key], &[key]);
    }
    let options = ScanOptions {
        begun: 0,
        cache: call.cache,
        page_size: 2,
        partition: None,
    };
    let (id, mut page) = engine.scan(CONNECTION, options, call.now).unwrap();
    let mut keys = Vec::new();
    while page.has_more {
        assert_eq!(page.rows.len(), 2);
        keys.extend(page.rows.iter().map(|row| row.key[0]));
        page = engine.next_page(CONNECTION, id, call.now).unwrap();
    }
    keys.extend(page.rows.iter().map(|row| row.key[0]));
    assert_eq!(keys, [0, 1, 2, 3, 4]);
    let after = engine.next_page(CONNECTION, id, call.now);
    assert!(matches!(after, Err(EngineError::ResourceNotFound(_))));
}

#[test]
fn a_cursor_of_another_connection_is_unknown() {
    let (mut engine, call) = engine_with_cache();
    put(&mut engine, call, &[1], &[1]);
    put(&mut engine, call, &[2], &[1]);
    let options = ScanOptions {
        begun: 0,
        cache: call.cache,
        page_size: 1,
        partition: None,
    };
    let (id, _) = engine.scan(CONNECTION, options, call.now).unwrap();
    assert!(engine.next_page(ConnectionId(9), id, call.now).is_err());
    assert!(engine.next_page(CONNECTION, id, call.now).is_ok());
}
