//! Facts about atomic numbers and sets, on an engine without clients.

use portway_ignite_protocol::{AtomicityMode, CacheMode, SetConfiguration, SetName};

use super::*;
use crate::engine::tests::engine;
use crate::engine::{ConnectionId, Engine, EngineError};

const CONNECTION: ConnectionId = ConnectionId(1);

fn set(engine: &mut Engine, name: &str) -> SetName {
    let configuration = SetConfiguration {
        atomicity: AtomicityMode::Atomic,
        mode: CacheMode::Partitioned,
        backups: 1,
        group: None,
        collocated: false,
    };
    let opened = engine
        .open_set(name, Some(&configuration))
        .unwrap()
        .unwrap();
    SetName {
        name: name.to_owned(),
        cache: opened.cache,
        collocated: opened.collocated,
    }
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
    assert!(!engine.number_exists("n", None));
}

#[test]
fn a_set_lies_in_the_cache_of_a_real_node() {
    let mut engine = engine();
    // What a node of 2.17 answered for a set of this name with one backup.
    assert_eq!(set(&mut engine, "st").cache.0, -1705245040);
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
