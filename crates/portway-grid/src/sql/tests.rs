//! Statements against an engine.

mod arrays;
mod history;
mod long_statements;
mod plans;
mod views;

use std::sync::Arc;

use portway_ignite_protocol::{CacheId, RawValue, StatementKind};
use proptest::prelude::*;

use super::value::BINARY;
use super::*;
use crate::engine::{Call, Changed, ConnectionId, CopyId, Engine, EngineLimits, NoJournal, Table};
use crate::functions::Functions;

/// Bytes of rows that no statement here has.
const ROWS_BYTES: usize = 1 << 20;

const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 20,
    caches: 10,
    resources_per_connection: 10,
    transactions_per_connection: 1,
    tasks_per_connection: 0,
};

struct Node {
    engine: Engine,
    sql: Sql,
    schema: &'static str,
    now: i64,
}

impl Node {
    fn new() -> Self {
        Self {
            engine: Engine::new(Table::default(), Box::new(NoJournal), LIMITS).unwrap(),
            sql: Sql::default(),
            schema: "PUBLIC",
            now: 1000,
        }
    }

    fn execute(&mut self, sql: &str, arguments: &[SqlValue]) -> Result<Outcome, SqlError> {
        match self.begin(sql, arguments)? {
            Outcome::Running(running) => match self.finish(*running)? {
                Found::Rows(rows) => Ok(Outcome::Rows(rows)),
                found => {
                    self.sql.remember(Some(searched(found)));
                    self.execute(sql, arguments)
                }
            },
            outcome => Ok(outcome),
        }
    }

    /// Lets a statement go on to its end.
    fn finish(&mut self, mut running: Running) -> Result<Found, SqlError> {
        let found = loop {
            match running.take_in() {
                Ok(true) => break running.find(),
                Ok(false) => running.gather(&mut self.engine)?,
                Err(error) => break Err(error),
            }
        };
        let copy = running.copy();
        self.sql
            .take_back(copy, running.into_mirror(), &mut self.engine);
        found
    }

    fn begin(&mut self, sql: &str, arguments: &[SqlValue]) -> Result<Outcome, SqlError> {
        let request = Request {
            sql,
            schema: self.schema,
            arguments,
            kind: StatementKind::Any,
            timeout: None,
            partitions: None,
            now: self.now,
            answer_bytes: ROWS_BYTES,
            node: uuid::Uuid::nil(),
            functions: &Functions::default(),
            connection: ConnectionId(1),
        };
        loop {
            match self.sql.execute(&mut self.engine, &request) {
                Err(SqlError::Unread) => {}
                outcome => return outcome,
            }
        }
    }

    fn update(&mut self, sql: &str) -> i64 {
        match self.execute(sql, &[]) {
            Ok(Outcome::Updated(count)) => count,
            other => panic!("{sql}: {other:?}"),
        }
    }

    /// The only value of the only row.
    fn value(&mut self, sql: &str) -> RawValue {
        let Ok(Outcome::Rows(rows)) = self.execute(sql, &[]) else {
            panic!("{sql} answers no rows");
        };
        let mut rows = rows.into_rows(10);
        let (count, bytes, has_more) = rows.next_page();
        assert_eq!((count, has_more), (1, false), "{sql}");
        RawValue::from_bytes(&bytes::Bytes::copy_from_slice(bytes)).unwrap()
    }

    fn count(&mut self, sql: &str) -> i64 {
        self.value(sql).read().unwrap()
    }

    fn plan(&mut self, sql: &str) -> String {
        self.value(&format!("EXPLAIN {sql}")).read().unwrap()
    }

    fn with_people() -> Self {
        let mut node = Self::new();
        node.update("CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR, age INT)");
        node.update("INSERT INTO person (id, name, age) VALUES (1, 'Ann', 30), (2, 'Bob', 40)");
        node
    }

    fn call() -> Call {
        Call {
            cache: CacheId::of("SQL_PUBLIC_PERSON").0,
            policy: None,
            transaction: None,
            now: 1000,
        }
    }
}

fn searched(found: Found) -> Searched {
    match found {
        Found::Search(searched) => searched,
        other => panic!("{other:?} is no search"),
    }
}

fn running(outcome: Result<Outcome, SqlError>) -> Running {
    match outcome {
        Ok(Outcome::Running(running)) => *running,
        other => panic!("it does not take long: {other:?}"),
    }
}

#[test]
fn what_key_value_clients_change_is_seen_by_the_next_statement() {
    let mut node = Node::with_people();
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 2);
    let key = RawValue::encode(&1, BINARY);
    let removed = [key.as_bytes()].into_iter();
    node.engine.remove_all(Node::call(), removed).unwrap();
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 1);
    node.engine.clear(Node::call()).unwrap();
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 0);
    assert_eq!(
        node.update("INSERT INTO person (id, name) VALUES (7, 'New')"),
        1
    );
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 1);
}

#[test]
fn a_table_that_was_dropped_and_made_again_is_empty() {
    let mut node = Node::with_people();
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 2);
    node.update("DROP TABLE person");
    assert!(node.execute("SELECT * FROM person", &[]).is_err());
    node.update("CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR, age INT)");
    assert_eq!(node.count("SELECT COUNT(*) FROM person"), 0);
}

#[test]
fn conditions_on_keys_and_indexed_columns_search_and_do_not_scan() {
    let mut node = Node::with_people();
    let by_key = node.plan("SELECT name FROM person WHERE id = 1");
    assert!(
        by_key.contains("SEARCH") && by_key.contains("_key_PK"),
        "{by_key}"
    );
    let by_age = "SELECT name FROM person WHERE age > 35";
    assert!(node.plan(by_age).contains("SCAN"));
    node.update("CREATE INDEX person_age ON person (age)");
    assert!(
        node.plan(by_age).contains("SEARCH"),
        "{}",
        node.plan(by_age)
    );
    node.update("DROP INDEX person_age");
    assert!(node.plan(by_age).contains("SCAN"));
}

#[test]
fn nothing_is_watched_before_a_statement_touches_the_table() {
    let mut node = Node::with_people();
    let cache = Node::call().cache;
    assert_eq!(
        node.engine.take_changed(CopyId::FIRST, cache),
        Changed::Everything
    );
}

#[test]
fn a_column_that_is_added_is_null_in_older_rows() {
    let mut node = Node::with_people();
    node.update("ALTER TABLE person ADD COLUMN city VARCHAR");
    assert_eq!(
        node.count("SELECT COUNT(*) FROM person WHERE city IS NULL"),
        2
    );
    node.update("UPDATE person SET city = 'Rome' WHERE id = 2");
    assert_eq!(
        node.count("SELECT COUNT(*) FROM person WHERE city = 'Rome'"),
        1
    );
    node.update("ALTER TABLE person DROP COLUMN city");
    assert!(node.execute("SELECT city FROM person", &[]).is_err());
}

#[test]
fn names_of_grouped_columns_may_hold_anything() {
    let mut node = Node::new();
    for (number, name) in ["a'b", "\u{2}é", "\u{4}x\u{3}", "?1", "\u{2}"]
        .iter()
        .enumerate()
    {
        node.update(&format!(
            "CREATE TABLE g{number} (id INT PRIMARY KEY, \"{name}\" INT)"
        ));
        node.update(&format!("INSERT INTO g{number} VALUES (1, 5), (2, 5)"));
        let query = format!("SELECT \"{name}\", COUNT(*) FROM g{number}");
        node.execute(&query, &[]).unwrap();
        node.update(&format!("UPDATE g{number} SET \"{name}\" = 6 WHERE id = 1"));
        let refused = node.execute(&query, &[]).unwrap_err().to_string();
        assert!(
            refused.contains("must be in the GROUP BY list"),
            "{refused}"
        );
    }
}

#[test]
fn a_statement_ends_when_its_time_is_over() {
    let mut node = Node::new();
    let request = Request {
        sql: "SELECT COUNT(*) FROM SYSTEM_RANGE(1, 100000) a, SYSTEM_RANGE(1, 100000) b",
        schema: "PUBLIC",
        arguments: &[],
        kind: StatementKind::Any,
        timeout: Some(std::time::Duration::from_millis(20)),
        partitions: None,
        now: 1000,
        answer_bytes: ROWS_BYTES,
        node: uuid::Uuid::nil(),
        functions: &Functions::default(),
        connection: ConnectionId(1),
    };
    let running = running(node.sql.execute(&mut node.engine, &request));
    assert_eq!(
        node.finish(running).unwrap_err().to_string(),
        "The query was cancelled while executing."
    );
    assert_eq!(node.count("SELECT COUNT(*) FROM SYSTEM_RANGE(1, 10)"), 10);
}

#[test]
fn more_rows_than_the_limit_are_refused() {
    let mut node = Node::new();
    let many = node.execute("SELECT x, x FROM SYSTEM_RANGE(1, 1000000)", &[]);
    assert!(many.unwrap_err().to_string().contains("LIMIT"));
}

/// Words that statements are made of, for sentences that mostly make no sense.
const WORDS: [&str; 44] = [
    "(1,)",
    "(id, name)",
    "ARRAY_GET(",
    "ARRAY",
    "SELECT",
    "FROM",
    "person",
    "WHERE",
    "id",
    "name",
    "=",
    "'x'",
    "1",
    "(",
    ")",
    ",",
    "*",
    "AND",
    "ORDER BY",
    "GROUP BY",
    "LIMIT",
    "?",
    "INSERT INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "JOIN",
    "ON",
    "UNION",
    "COUNT(*)",
    "CAST",
    "AS",
    "INT",
    "CASE",
    "WHEN",
    "END",
    "NULL",
    "LIKE",
    "CREATE TABLE",
    "MERGE INTO",
    "KEY",
    "+",
    "\"",
];

#[test]
fn chains_of_any_length_are_answered_or_refused() {
    let chains = [
        ("SELECT 1", " + 1"),
        ("SELECT 1 WHERE 1 = 1", " AND 1 = 1"),
        ("SELECT 1 WHERE (1) = (1)", " OR (1) = (1)"),
        ("SELECT 'a'", " || 'a'"),
        ("SELECT 1", "::INT"),
        ("SELECT 1", " IS NULL"),
        ("SELECT 1, 2", " UNION ALL SELECT 1, 2"),
    ];
    for (start, link) in chains {
        let sql = format!("{start}{}", link.repeat(100_000));
        let error = Node::new().execute(&sql, &[]).unwrap_err();
        assert!(error.to_string().contains("nested so deep"), "{link}");
        let _ = Node::new().execute(&format!("{start}{}", link.repeat(450)), &[]);
        let _ = Node::new().execute(&format!("{start}{}", link.repeat(2_000)), &[]);
    }
    let rows = format!("VALUES (-1){}", ", (-1)".repeat(400));
    Node::new().execute(&rows, &[]).unwrap();
    let listed = format!("SELECT 1 WHERE 1 IN (1{})", ", 1".repeat(10_000));
    Node::new().execute(&listed, &[]).unwrap();
}

#[test]
fn lists_of_columns_and_values_may_end_in_a_comma() {
    let mut node = Node::new();
    for sql in [
        "CREATE TABLE city (id INTEGER(11) PRIMARY KEY, name VARCHAR(24),)",
        "INSERT INTO city (id, name,) VALUES (1, 'Oslo',)",
        "DROP TABLE city IF EXISTS",
        "DROP TABLE city IF EXISTS",
    ] {
        node.execute(sql, &[]).unwrap();
    }
    let error = node.execute("SELECT ABS(1,)", &[]).unwrap_err();
    assert!(error.to_string().contains("Syntax error"), "{error}");
}

#[test]
fn an_unknown_word_that_grows_in_capitals_is_a_syntax_error() {
    let error = Node::new().execute("\u{fb13}\u{1f300}", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Syntax error in SQL statement \"\u{544}\u{546}[*]\u{1f300}\""
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(words in prop::collection::vec(0..WORDS.len(), 0..24)) {
        let mut node = Node::with_people();
        let sql: Vec<&str> = words.into_iter().map(|word| WORDS[word]).collect();
        let _ = node.execute(&sql.join(" "), &[SqlValue::Int(1)]);
    }

    #[test]
    fn no_characters_make_it_panic(sql in "\\PC{0,60}") {
        let _ = Node::new().execute(&sql, &[]);
    }
}
