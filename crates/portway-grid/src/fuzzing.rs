//! What fuzzers call: no part of the crate's interface.

use std::time::Duration;

use portway_ignite_protocol::StatementKind;
use uuid::Uuid;

use crate::engine::{ConnectionId, Engine, EngineLimits, NoJournal, Table};
use crate::functions::Functions;
use crate::sql::{Outcome, Request, Running, Sql, SqlValue};

const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 20,
    caches: 100,
    resources_per_connection: 10,
    transactions_per_connection: 1,
    tasks_per_connection: 0,
};

/// Statements of one input; more find nothing that fewer do not.
const STATEMENTS: usize = 16;
/// Longer ones are cut short: they only cost time.
const TIMEOUT: Duration = Duration::from_millis(20);
/// Bytes of rows.
const ROWS: usize = 1 << 20;

/// Carries out the statements in a text, one in each line, on a grid with two tables.
///
/// # Panics
/// Where the grid would.
pub fn sql(text: &str) {
    let engine = Engine::new(Table::default(), Box::new(NoJournal), LIMITS);
    let Ok(mut engine) = engine else { return };
    let mut sql = Sql::default();
    let tables = [
        "CREATE TABLE a (id INT PRIMARY KEY, n VARCHAR, x DECIMAL(10, 2), t TIMESTAMP)",
        "CREATE TABLE b (id INT, aid INT, m VARCHAR, PRIMARY KEY (id, aid)) WITH \"affinity_key=aid\"",
        "INSERT INTO a VALUES (1, 'one', 1.5, '2020-01-02 03:04:05'), (2, NULL, NULL, NULL)",
        "INSERT INTO b VALUES (1, 1, 'straße')",
    ];
    for statement in tables.into_iter().chain(text.lines().take(STATEMENTS)) {
        execute(&mut sql, &mut engine, statement);
    }
}

fn execute(sql: &mut Sql, engine: &mut Engine, statement: &str) {
    let arguments = [
        SqlValue::Int(1),
        SqlValue::Varchar("one".to_owned()),
        SqlValue::Null,
    ];
    let request = Request {
        sql: statement,
        schema: "PUBLIC",
        arguments: &arguments,
        kind: StatementKind::Any,
        timeout: Some(TIMEOUT),
        partitions: None,
        now: 1_700_000_000_000,
        answer_bytes: ROWS,
        node: Uuid::nil(),
        functions: &Functions::default(),
        connection: ConnectionId(1),
    };
    match sql.execute(engine, &request) {
        Ok(Outcome::Running(running)) => finish(sql, engine, *running),
        Ok(_) => {}
        Err(error) => drop(error.into_server_error(statement, Uuid::nil())),
    }
}

fn finish(sql: &mut Sql, engine: &mut Engine, mut running: Running) {
    while let Ok(false) = running.take_in() {
        if running.gather(engine).is_err() {
            break;
        }
    }
    drop(running.find());
    sql.take_back(running.copy(), running.into_mirror(), engine);
}
