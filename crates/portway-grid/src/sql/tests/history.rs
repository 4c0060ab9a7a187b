//! The view of statements that were carried out.

use super::long_statements::LONG;
use super::*;

fn counted(node: &mut Node, what: &str, sql: &str) -> i64 {
    let sql = sql.replace('\'', "''");
    node.count(&format!(
        "SELECT MAX({what}) FROM SYS.SQL_QUERIES_HISTORY WHERE SQL = '{sql}' AND SCHEMA_NAME = 'PUBLIC'"
    ))
}

#[test]
fn statements_are_counted_with_their_failures() {
    let mut node = Node::with_people();
    let select = "SELECT name FROM person WHERE id = 1";
    for _ in 0..3 {
        node.execute(select, &[]).unwrap();
    }
    let insert = "INSERT INTO person (id, name, age) VALUES (3, 'Eve', 50)";
    node.update(insert);
    node.execute(insert, &[]).unwrap_err();
    assert_eq!(counted(&mut node, "executions", select), 3);
    assert_eq!(counted(&mut node, "failures", select), 0);
    assert_eq!(counted(&mut node, "executions", insert), 2);
    assert_eq!(counted(&mut node, "failures", insert), 1);
}

#[test]
fn what_cannot_be_read_and_what_holds_a_password_is_not_told() {
    let mut node = Node::with_people();
    node.execute("SELECT nosuch FROM person", &[]).unwrap_err();
    node.execute("CREATE USER ada WITH PASSWORD 'secret'", &[])
        .unwrap();
    let all = "SELECT COUNT(*) FROM SYS.SQL_QUERIES_HISTORY WHERE SQL LIKE '%nosuch%' OR SQL LIKE '%secret'";
    assert_eq!(node.count(all), 0);
}

#[test]
fn a_query_that_takes_long_is_counted_when_it_is_done() {
    let mut node = Node::with_people();
    let before = node.engine.query_history().count();
    let long = running(node.begin(LONG, &[]));
    assert_eq!(node.engine.query_history().count(), before);
    node.finish(long).unwrap();
    assert_eq!(counted(&mut node, "executions", LONG), 1);
}
