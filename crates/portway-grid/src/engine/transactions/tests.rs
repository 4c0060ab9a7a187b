//! Facts about transactions, on an engine without clients.

use portway_ignite_protocol::{
    AtomicityMode, CacheConfiguration, Concurrency, Isolation, StartTransaction,
};

use super::*;
use crate::engine::caches::IfExists;
use crate::engine::tests::{engine, id, policy};
use crate::engine::waiting::Wake;
use crate::engine::{Call, Condition, Outcome};

const ALICE: ConnectionId = ConnectionId(1);
const BOB: ConnectionId = ConnectionId(2);
const NOW: i64 = 1000;

/// An engine with a transactional cache `A`.
pub(super) fn bank() -> Engine {
    let mut engine = engine();
    let mut configuration = CacheConfiguration::new("A");
    configuration.atomicity = AtomicityMode::Transactional;
    engine.create_cache(&configuration, IfExists::Fail).unwrap();
    engine
}

fn begin(
    engine: &mut Engine,
    connection: ConnectionId,
    concurrency: Concurrency,
    isolation: Isolation,
) -> Call {
    begin_for(engine, connection, concurrency, isolation, 0)
}

fn begin_for(
    engine: &mut Engine,
    connection: ConnectionId,
    concurrency: Concurrency,
    isolation: Isolation,
    timeout: i64,
) -> Call {
    let options = StartTransaction {
        concurrency,
        isolation,
        timeout,
        label: None,
    };
    let number = engine.begin_transaction(connection, options, NOW).unwrap();
    Call {
        transaction: engine.find_transaction(connection, number),
        ..outside()
    }
}

fn pessimistic(engine: &mut Engine, connection: ConnectionId) -> Call {
    let (concurrency, isolation) = (Concurrency::Pessimistic, Isolation::RepeatableRead);
    begin(engine, connection, concurrency, isolation)
}

fn serializable(engine: &mut Engine, connection: ConnectionId) -> Call {
    let (concurrency, isolation) = (Concurrency::Optimistic, Isolation::Serializable);
    begin(engine, connection, concurrency, isolation)
}

pub(super) fn outside() -> Call {
    Call {
        cache: id("A"),
        policy: None,
        transaction: None,
        now: NOW,
    }
}

fn put(engine: &mut Engine, call: Call, key: u8, value: u8) -> Result<(), EngineError> {
    engine.put_all(call, [(&[key][..], &[value][..])].into_iter())
}

fn get(engine: &mut Engine, call: Call, key: u8) -> Result<Option<u8>, EngineError> {
    let value = engine.value(call, &[key])?;
    Ok(value.map(|value| value[0]))
}

fn commit(engine: &mut Engine, call: Call) -> Result<(), EngineError> {
    let id = call.transaction.unwrap();
    engine.commit_transaction(id.connection, id.number, NOW)
}

fn roll_back(engine: &mut Engine, call: Call) {
    let id = call.transaction.unwrap();
    engine.roll_back(id.connection, id.number);
}

/// Lets an operation that was refused wait.
fn park(
    engine: &mut Engine,
    connection: ConnectionId,
    refused: Result<(), EngineError>,
) -> WaiterId {
    match refused {
        Err(EngineError::Waits(wait)) => engine.wait(connection, wait).unwrap(),
        other => panic!("it does not wait: {other:?}"),
    }
}

fn woken(engine: &mut Engine) -> Vec<WaiterId> {
    let wakes = std::iter::from_fn(|| engine.poll_wake());
    wakes.map(|Wake { waiter, .. }| waiter).collect()
}

#[test]
fn what_is_written_is_seen_inside_at_once_and_outside_after_the_commit() {
    let mut engine = bank();
    let inside = pessimistic(&mut engine, ALICE);
    put(&mut engine, inside, 1, 7).unwrap();
    assert_eq!(get(&mut engine, inside, 1).unwrap(), Some(7));
    assert_eq!(get(&mut engine, outside(), 1).unwrap(), None);
    commit(&mut engine, inside).unwrap();
    assert_eq!(get(&mut engine, outside(), 1).unwrap(), Some(7));
    assert!(matches!(
        commit(&mut engine, inside),
        Err(EngineError::TransactionNotFound(1))
    ));
}

#[test]
fn a_rollback_frees_the_locks_and_leaves_nothing() {
    let mut engine = bank();
    let inside = pessimistic(&mut engine, ALICE);
    put(&mut engine, inside, 1, 7).unwrap();
    let refused = put(&mut engine, outside(), 1, 8);
    let waiter = park(&mut engine, BOB, refused);
    assert_eq!(woken(&mut engine), []);
    roll_back(&mut engine, inside);
    assert_eq!(woken(&mut engine), [waiter]);
    assert_eq!(get(&mut engine, outside(), 1).unwrap(), None);
    put(&mut engine, outside(), 1, 8).unwrap();
    assert_eq!(engine.uncommitted_bytes, 0);
}

#[test]
fn a_connection_that_is_gone_leaves_no_locks_and_no_waiters() {
    let mut engine = bank();
    let alice = pessimistic(&mut engine, ALICE);
    let bob = pessimistic(&mut engine, BOB);
    put(&mut engine, alice, 1, 7).unwrap();
    let refused = put(&mut engine, bob, 1, 8);
    park(&mut engine, BOB, refused);
    engine.close_connection(BOB);
    engine.close_connection(ALICE);
    assert_eq!(woken(&mut engine), []);
    put(&mut engine, outside(), 1, 9).unwrap();
}

#[test]
fn the_oldest_transaction_that_waits_gets_the_lock_first() {
    let mut engine = bank();
    let alice = pessimistic(&mut engine, ALICE);
    let bob = pessimistic(&mut engine, BOB);
    put(&mut engine, alice, 1, 7).unwrap();
    let refused = put(&mut engine, outside(), 1, 9);
    let second = park(&mut engine, ALICE, refused);
    let refused = put(&mut engine, bob, 1, 8);
    let first = park(&mut engine, BOB, refused);
    commit(&mut engine, alice).unwrap();
    assert_eq!(woken(&mut engine), [first]);
    put(&mut engine, bob, 1, 8).unwrap();
    commit(&mut engine, bob).unwrap();
    assert_eq!(woken(&mut engine), [second]);
}

#[test]
fn locks_of_writes_are_freed_before_those_of_reads() {
    let mut engine = bank();
    let (old, holder) = (
        pessimistic(&mut engine, ALICE),
        pessimistic(&mut engine, BOB),
    );
    get(&mut engine, holder, 1).unwrap();
    put(&mut engine, holder, 2, 7).unwrap();
    let both = [(&[1][..], &[8][..]), (&[2][..], &[8][..])];
    let refused = engine.put_all(old, both.into_iter());
    let two_keys = park(&mut engine, ALICE, refused);
    let refused = put(&mut engine, outside(), 2, 9);
    let one_key = park(&mut engine, BOB, refused);
    commit(&mut engine, holder).unwrap();
    let first = engine.poll_wake().map(|wake| wake.waiter);
    assert_eq!(first, Some(one_key));
    assert_eq!(woken(&mut engine), [two_keys]);
}

#[test]
fn what_comes_after_a_waiting_operation_of_its_transaction_waits_too() {
    let mut engine = bank();
    let alice = pessimistic(&mut engine, ALICE);
    let bob = pessimistic(&mut engine, BOB);
    put(&mut engine, alice, 1, 7).unwrap();
    let refused = put(&mut engine, bob, 1, 8);
    let first = park(&mut engine, BOB, refused);
    let refused = commit(&mut engine, bob);
    let second = park(&mut engine, BOB, refused);
    commit(&mut engine, alice).unwrap();
    assert_eq!(woken(&mut engine), [first, second]);
}

#[test]
fn a_transaction_whose_time_is_over_gives_up_its_locks_and_fails_its_commit() {
    let mut engine = bank();
    let (concurrency, isolation) = (Concurrency::Pessimistic, Isolation::ReadCommitted);
    let short = begin_for(&mut engine, ALICE, concurrency, isolation, 50);
    put(&mut engine, short, 1, 7).unwrap();
    assert_eq!(engine.next_timeout(), Some(NOW + 50));
    engine.handle_timeout(NOW + 50);
    put(&mut engine, outside(), 1, 8).unwrap();
    let error = commit(&mut engine, short).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Cache transaction timed out: GridNearTxLocal[")
    );
    assert_eq!(engine.next_timeout(), None);
}

#[test]
fn who_waits_beyond_its_time_is_told_of_the_lock() {
    let mut engine = bank();
    let alice = pessimistic(&mut engine, ALICE);
    put(&mut engine, alice, 1, 7).unwrap();
    let (concurrency, isolation) = (Concurrency::Pessimistic, Isolation::RepeatableRead);
    let bob = begin_for(&mut engine, BOB, concurrency, isolation, 50);
    let refused = get(&mut engine, bob, 1).map(drop);
    let waiter = park(&mut engine, BOB, refused);
    engine.handle_timeout(NOW + 50);
    let wake = engine.poll_wake().unwrap();
    assert_eq!(wake.waiter, waiter);
    let text = wake.failure.unwrap().to_string();
    let expected = "Failed to acquire lock within provided timeout for transaction [timeout=50, ";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_serializable_commit_fails_after_another_changed_what_was_read() {
    let mut engine = bank();
    for change in [Some(8), None] {
        put(&mut engine, outside(), 1, 7).unwrap();
        let inside = serializable(&mut engine, ALICE);
        get(&mut engine, inside, 1).unwrap();
        match change {
            Some(value) => put(&mut engine, outside(), 1, value).unwrap(),
            None => engine.clear(outside()).unwrap(),
        }
        put(&mut engine, inside, 2, 1).unwrap();
        assert!(matches!(
            commit(&mut engine, inside),
            Err(EngineError::ReadWriteConflict { .. })
        ));
        assert_eq!(get(&mut engine, outside(), 2).unwrap(), None);
    }
}

#[test]
fn an_optimistic_write_is_checked_again_when_it_commits() {
    let mut engine = bank();
    let (concurrency, isolation) = (Concurrency::Optimistic, Isolation::ReadCommitted);
    let inside = begin(&mut engine, ALICE, concurrency, isolation);
    let outcome = engine.update(inside, &[1], Condition::Absent, Some(&[7]));
    let expected = Outcome {
        applied: true,
        old: None,
    };
    assert_eq!(outcome.unwrap(), expected);
    put(&mut engine, outside(), 1, 8).unwrap();
    commit(&mut engine, inside).unwrap();
    assert_eq!(get(&mut engine, outside(), 1).unwrap(), Some(8));
}

#[test]
fn an_optimistic_write_after_a_read_is_not_checked_again_when_it_commits() {
    let mut engine = bank();
    let (concurrency, isolation) = (Concurrency::Optimistic, Isolation::RepeatableRead);
    let inside = begin(&mut engine, ALICE, concurrency, isolation);
    assert_eq!(get(&mut engine, inside, 1).unwrap(), None);
    let outcome = engine.update(inside, &[1], Condition::Absent, Some(&[7]));
    assert!(outcome.unwrap().applied);
    put(&mut engine, outside(), 1, 8).unwrap();
    commit(&mut engine, inside).unwrap();
    assert_eq!(get(&mut engine, outside(), 1).unwrap(), Some(7));
}

#[test]
fn the_condition_after_a_refused_one_is_held_against_what_was_there_before() {
    let mut engine = bank();
    let inside = pessimistic(&mut engine, ALICE);
    put(&mut engine, inside, 1, 7).unwrap();
    let mut replace = |condition| {
        let outcome = engine.update(inside, &[1], condition, Some(&[9]));
        outcome.unwrap().applied
    };
    assert!(!replace(Condition::Equals(&[8])));
    assert!(replace(Condition::Present));
    commit(&mut engine, inside).unwrap();
    assert_eq!(get(&mut engine, outside(), 1).unwrap(), None);
}

#[test]
fn a_refused_creation_in_a_transactional_cache_is_an_access() {
    let mut engine = bank();
    put(&mut engine, outside(), 1, 7).unwrap();
    let brief = Call {
        policy: Some(policy(-1, -2, 10)),
        ..outside()
    };
    let refused = engine.update(brief, &[1], Condition::Absent, Some(&[9]));
    assert!(!refused.unwrap().applied);
    let later = Call {
        now: NOW + 10,
        ..outside()
    };
    assert!(!engine.contains(later, &[1]).unwrap());
}

#[test]
fn transactions_of_a_connection_are_limited_and_counted_from_one() {
    let mut engine = bank();
    let first = pessimistic(&mut engine, ALICE);
    assert_eq!(first.transaction.unwrap().number, 1);
    pessimistic(&mut engine, ALICE);
    let options = StartTransaction {
        concurrency: Concurrency::Pessimistic,
        isolation: Isolation::ReadCommitted,
        timeout: 0,
        label: None,
    };
    let refused = engine.begin_transaction(ALICE, options, NOW);
    assert!(matches!(
        refused,
        Err(EngineError::TooManyTransactions { limit: 2 })
    ));
    roll_back(&mut engine, first);
    pessimistic(&mut engine, ALICE);
}

#[test]
fn clearing_leaves_what_a_transaction_has_locked() {
    let mut engine = bank();
    put(&mut engine, outside(), 1, 7).unwrap();
    put(&mut engine, outside(), 2, 7).unwrap();
    let inside = pessimistic(&mut engine, ALICE);
    get(&mut engine, inside, 1).unwrap();
    engine.clear(outside()).unwrap();
    assert_eq!(engine.size(outside()).unwrap(), 1);
    let refused = engine.clear_keys(inside, [&[1u8][..]].into_iter());
    assert!(matches!(refused, Err(EngineError::ClearInTransaction)));
}
