//! Statements that take long, and rows that are read in parts.

use super::*;

pub(super) const LONG: &str = "SELECT COUNT(*) FROM SYSTEM_RANGE(1, 300000) a, person b";

#[test]
fn others_are_carried_out_beside_a_long_query_and_it_sees_what_was_there() {
    let mut node = Node::with_people();
    let long = running(node.begin(LONG, &[]));
    assert_eq!(
        node.update("INSERT INTO person (id, name) VALUES (3, 'Eve')"),
        1
    );
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 3);
    let Ok(Found::Rows(rows)) = node.finish(long) else {
        panic!("it answers no rows");
    };
    let count = SqlValue::BigInt(600_000).to_raw();
    assert!(rows.into_rows(1).next_page().1 == count.as_bytes());
    // The copy is kept, and told what has changed since.
    assert_eq!(node.count(LONG), 900_000);
}

#[test]
fn no_more_than_four_statements_take_long_at_once() {
    let mut node = Node::with_people();
    let four: Vec<Running> = (0..4).map(|_| running(node.begin(LONG, &[]))).collect();
    assert!(node.sql.is_busy());
    assert!(matches!(node.begin(LONG, &[]), Err(SqlError::Busy)));
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 2);
    for long in four {
        node.finish(long).unwrap();
    }
    assert_eq!(node.count(LONG), 600_000);
}

#[test]
fn statements_wait_for_another_where_memory_has_no_room_for_a_copy_more() {
    let mut node = Node::with_people();
    // Half of the limit is rows of the table.
    for id in 10..20 {
        let name = "x".repeat(40_000);
        let insert = format!("INSERT INTO person (id, name) VALUES ({id}, '{name}')");
        assert_eq!(node.update(&insert), 1);
    }
    let first = running(node.begin(LONG, &[]));
    assert!(matches!(node.begin(LONG, &[]), Err(SqlError::Busy)));
    assert!(node.sql.is_busy());
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 12);
    node.finish(first).unwrap();
    assert!(!node.sql.is_busy());
    assert_eq!(node.count(LONG), 3_600_000);
}

#[test]
fn a_change_begins_its_search_again_when_others_have_changed_the_rows() {
    const RAISE: &str = "UPDATE person SET age = age + 1 WHERE id < \
                         (SELECT COUNT(*) FROM SYSTEM_RANGE(1, 300000) a, person b)";
    let mut node = Node::with_people();
    let mut long = running(node.begin(RAISE, &[]));
    assert_eq!(node.update("UPDATE person SET age = 50 WHERE id = 1"), 1);
    for search in 1..=3 {
        while !long.take_in().unwrap() {
            long.gather(&mut node.engine).unwrap();
        }
        let mut found = long.find().unwrap();
        let begins_again = long.begins_again(&mut found, &mut node.engine).unwrap();
        assert_eq!(begins_again, search == 1);
        if !begins_again {
            node.sql.remember(Some(searched(found)));
            break;
        }
    }
    assert_eq!(node.update(RAISE), 2);
    assert_eq!(node.count("SELECT SUM(age) FROM person"), 92);
}

#[test]
fn rows_that_are_read_in_parts_are_all_there_whatever_changes_between_them() {
    const ROWS: i32 = 3000;
    let mut node = Node::with_people();
    node.count("SELECT COUNT(*) FROM person");
    let catalog = node.sql.opened(&mut node.engine).unwrap().0;
    let table = Arc::clone(catalog.table("PUBLIC", "PERSON").unwrap());
    let put = |node: &mut Node, id: i32, age: i32| {
        let insert = "MERGE INTO person (id, age) VALUES (?, ?)";
        node.execute(insert, &[SqlValue::Int(id), SqlValue::Int(age)])
            .unwrap();
    };
    for id in 1..=ROWS {
        put(&mut node, id, 0);
    }
    let mut mirror = Mirror::open(node.engine.new_copy()).unwrap();
    for id in 1.. {
        let news = mirror
            .gather(std::slice::from_ref(&table), &mut node.engine, 100)
            .unwrap();
        mirror.take_in(&news).unwrap();
        if news.is_last {
            assert!(id > ROWS / 100);
            break;
        }
        // Behind and before what was read, new rows and old.
        put(&mut node, id * 64 % ROWS + 1, 1);
        put(&mut node, ROWS + id, 1);
    }
    let count = node.count("SELECT COUNT(*) * 10000 + SUM(age) FROM person");
    let name = mirror::table_name(table.cache, table.entity);
    let same = format!("(SELECT count(*) * 10000 + sum(c2) FROM {name})");
    let found = mirror.evaluate(&same, &[], types::SqlType::BigInt).unwrap();
    assert_eq!(found, SqlValue::BigInt(count));
}

#[test]
fn a_stopped_query_ends_and_the_next_does_not() {
    let mut node = Node::with_people();
    let long = "SELECT COUNT(*) FROM SYSTEM_RANGE(1, 9000000) a, person b";
    let running = running(node.begin(long, &[]));
    running.stop().stop();
    assert!(node.finish(running).unwrap_err().is_cancelled());
    assert_eq!(node.count(LONG), 600_000);
}
