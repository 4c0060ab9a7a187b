//! Facts about atomic numbers and sets, on an engine without clients.

use portway_ignite_protocol::{AtomicityMode, CacheMode, SetConfiguration, SetName};

use super::*;
use crate::engine::tests::engine;
use crate::engine::{ConnectionId, Engine, EngineError};

const CONNECTION: ConnectionId = ConnectionId(1);

fn atomic() -> SetConfiguration {
    SetConfiguration {
        atomicity: AtomicityMode::Atomic,
        mode: CacheMode::Partitioned,
        backups: 1,
        group: None,
        collocated: false,
    }
}

fn transactional() -> SetConfiguration {
    SetConfiguration {
        atomicity: AtomicityMode::Transactional,
        ..atomic()
    }
}

fn set(engine: &mut Engine, name: &str) -> SetName {
    open(engine, name, &atomic())
}

fn open(engine: &mut Engine, name: &str, configuration: &SetConfiguration) -> SetName {
    let opened = engine.open_set(name, Some(configuration)).unwrap().unwrap();
    SetName {
        name: name.to_owned(),
        cache: opened.cache,
        collocated: opened.collocated,
    }
}

fn refusal(engine: &mut Engine, name: &str, configuration: &SetConfiguration) -> String {
    let refused = engine.open_set(name, Some(configuration));
    refused.unwrap_err().to_string()
}

fn values(values: &[u8]) -> Vec<[u8; 1]> {
    values.iter().map(|value| [*value]).collect()
}

fn change(engine: &mut Engine, set: &SetName, change: SetChange, of: &[u8]) -> bool {
    let of = values(of);
    let of = of.iter().map(|value| &value[..]);
    engine.change_set(set, change, of).unwrap()
}

#[test]
fn a_number_of_one_group_is_not_that_of_another() {
    let mut engine = engine();
    engine.create_number("n", None, 5).unwrap();
    engine.create_number("n", None, 9).unwrap();
    assert_eq!(engine.number("n", Some("default-ds-group")).unwrap(), 5);
    assert!(matches!(
        engine.number("n", Some("other")),
        Err(EngineError::NumberNotFound(_))
    ));
    let added = engine.change_number("n", None, NumberChange::Add(i64::MAX));
    assert_eq!(added.unwrap(), (5, i64::MIN + 4));
    let kept = engine.change_number("n", None, NumberChange::CompareAndSet(1, 2));
    assert_eq!(kept.unwrap(), (i64::MIN + 4, i64::MIN + 4));
    engine.remove_number("n", None).unwrap();
    assert!(!engine.number_exists("n", None).unwrap());
}

#[test]
fn a_set_lies_in_the_cache_of_a_real_node() {
    let mut engine = engine();
    // What a node of 2.17 answered for a set of this name with one backup.
    assert_eq!(set(&mut engine, "st").cache.0, -1705245040);
}

#[test]
fn sets_of_one_name_are_as_many_as_their_configurations() {
    let mut engine = engine();
    let first = set(&mut engine, "s");
    let second = open(&mut engine, "s", &transactional());
    change(&mut engine, &first, SetChange::Add, &[1, 2]);
    change(&mut engine, &second, SetChange::Add, &[3]);
    assert_eq!(engine.set_size(&first).unwrap(), 2);
    assert_eq!(engine.set_size(&second).unwrap(), 1);
    let found = engine.open_set("s", None).unwrap().unwrap();
    assert_eq!(found.cache, first.cache);
}

#[test]
fn a_removed_set_takes_its_name_from_those_that_others_hold() {
    let mut engine = engine();
    let first = set(&mut engine, "s");
    let second = open(&mut engine, "s", &transactional());
    change(&mut engine, &second, SetChange::Add, &[3]);
    engine.remove_set(&first).unwrap();
    assert_eq!(engine.open_set("s", None).unwrap(), None);
    assert_eq!(engine.set_size(&second).unwrap(), 1);
    let again = open(&mut engine, "s", &transactional());
    assert_eq!(engine.set_size(&again).unwrap(), 1);
}

#[test]
fn a_set_is_refused_that_does_not_fit_those_of_its_name_or_group() {
    let mut engine = engine();
    set(&mut engine, "s");
    let mut asked = atomic();
    asked.collocated = true;
    let collocated = refusal(&mut engine, "s", &asked);
    assert!(
        collocated.ends_with("[name=s, newCollocated=true, existingCollocated=false]"),
        "{collocated}"
    );
    asked.backups = 2;
    let backups = refusal(&mut engine, "s", &asked);
    assert!(
        backups.starts_with("Backups mismatch") && backups.ends_with("startingBackups=2]"),
        "{backups}"
    );
    asked.mode = CacheMode::Replicated;
    let mode = refusal(&mut engine, "other", &asked);
    assert!(
        mode.ends_with("_REPLICATED_2@default-ds-group, startingCacheMode=REPLICATED]"),
        "{mode}"
    );
}

#[test]
fn a_replicated_set_is_whole_whatever_it_is_asked_to_be() {
    let mut engine = engine();
    let mut asked = atomic();
    asked.mode = CacheMode::Replicated;
    assert!(open(&mut engine, "s", &asked).collocated);
    // All copies are copies of all.
    asked.backups = 5;
    assert!(open(&mut engine, "other", &asked).collocated);
}

#[test]
fn the_first_number_says_how_many_copies_sets_have() {
    let mut engine = engine();
    engine.create_number("n", None, 5).unwrap();
    let mut asked = atomic();
    asked.backups = 0;
    let refused = refusal(&mut engine, "s", &asked);
    assert!(refused.contains("existingBackups=1"), "{refused}");
    set(&mut engine, "s");
}

#[test]
fn a_number_and_a_set_of_a_group_have_different_names() {
    let mut engine = engine();
    set(&mut engine, "s");
    engine.create_number("n", None, 5).unwrap();
    let refused = engine.create_number("s", None, 5).unwrap_err().to_string();
    assert!(
        refused.ends_with("[name=s, newType=ATOMIC_LONG, existingType=SET]"),
        "{refused}"
    );
    assert!(engine.number("s", None).is_err());
    assert!(engine.open_set("n", None).is_err());
    let refused = refusal(&mut engine, "n", &atomic());
    assert!(
        refused.ends_with("[name=n, newType=SET, existingType=ATOMIC_LONG]"),
        "{refused}"
    );
}

#[test]
fn a_set_tells_what_changed() {
    let mut engine = engine();
    let set = set(&mut engine, "s");
    assert!(change(&mut engine, &set, SetChange::Add, &[1, 2, 1]));
    assert!(!change(&mut engine, &set, SetChange::Add, &[2]));
    assert!(change(&mut engine, &set, SetChange::Add, &[2, 3]));
    assert!(change(&mut engine, &set, SetChange::Remove, &[3, 9]));
    assert!(change(&mut engine, &set, SetChange::Retain, &[2]));
    assert!(!change(&mut engine, &set, SetChange::Retain, &[2, 5]));
    assert_eq!(engine.set_size(&set).unwrap(), 1);
    engine.remove_set(&set).unwrap();
    assert!(matches!(
        engine.set_size(&set),
        Err(EngineError::SetNotFound(_))
    ));
}

#[test]
fn a_walk_goes_on_where_its_page_ended() {
    let mut engine = engine();
    let set = set(&mut engine, "s");
    change(&mut engine, &set, SetChange::Add, &[1, 2, 3]);
    let (page, id) = engine.walk_set(CONNECTION, &set, 2).unwrap();
    assert_eq!(page.values.len(), 2);
    let id = id.unwrap();
    let page = engine.next_set_page(CONNECTION, id, 2).unwrap();
    assert!(page.values.len() == 1 && !page.has_more);
    assert!(engine.next_set_page(CONNECTION, id, 2).is_err());
    assert!(engine.walk_set(CONNECTION, &set, 3).unwrap().1.is_none());
}
