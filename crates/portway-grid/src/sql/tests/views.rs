//! Views of users.

use super::*;

fn refused(node: &mut Node, sql: &str) -> String {
    node.execute(sql, &[]).unwrap_err().to_string()
}

fn columns(node: &mut Node, sql: &str) -> Vec<String> {
    match node.execute(sql, &[]) {
        Ok(Outcome::Rows(rows)) => rows.columns.to_vec(),
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn a_view_has_the_columns_it_was_made_with_and_is_there_as_long_as_its_tables() {
    let mut node = Node::new();
    node.update("CREATE TABLE t (id INT PRIMARY KEY, a INT)");
    node.update("CREATE VIEW v AS SELECT * FROM t");
    node.update("ALTER TABLE t ADD COLUMN b INT");
    node.update("INSERT INTO t VALUES (1, 2, 3)");
    assert_eq!(columns(&mut node, "SELECT * FROM v"), ["ID", "A"]);
    node.update("ALTER TABLE t DROP COLUMN a");
    assert_eq!(
        refused(&mut node, "SELECT * FROM v"),
        "Column \"A\" not found"
    );
    node.update("DROP TABLE t");
    assert_eq!(
        refused(&mut node, "SELECT * FROM v"),
        "Table \"V\" not found"
    );
    node.update("CREATE TABLE t (id INT PRIMARY KEY, a INT, c INT)");
    assert_eq!(columns(&mut node, "SELECT * FROM v"), ["ID", "A"]);
}

#[test]
fn a_statement_that_is_known_sees_a_view_that_was_replaced() {
    let mut node = Node::new();
    for (definition, shown) in [("1 AS a", "A"), ("2 AS b", "B")] {
        node.update(&format!("CREATE OR REPLACE VIEW v AS SELECT {definition}"));
        assert_eq!(columns(&mut node, "SELECT * FROM v"), [shown]);
    }
}

#[test]
fn a_view_sees_nothing_of_the_statement_around_it() {
    let mut node = Node::new();
    node.update("CREATE TABLE t (id INT PRIMARY KEY, a INT)");
    node.update("CREATE VIEW inner_view AS SELECT o.id FROM t WHERE a = o.a");
    let outer = "SELECT (SELECT MAX(id) FROM inner_view) FROM t o";
    assert_eq!(refused(&mut node, outer), "Table \"INNER_VIEW\" not found");
    node.update("CREATE VIEW of_common AS SELECT * FROM q");
    let with = "WITH q AS (SELECT 1 AS a) SELECT * FROM of_common";
    assert_eq!(refused(&mut node, with), "Table \"OF_COMMON\" not found");
}

#[test]
fn views_that_name_themselves_or_each_other_too_often_are_refused() {
    let mut node = Node::new();
    node.update("CREATE VIEW v AS SELECT 1 AS a");
    node.update("CREATE OR REPLACE VIEW v AS SELECT * FROM v");
    assert_eq!(refused(&mut node, "SELECT * FROM v"), "null");

    node.update("CREATE VIEW w0 AS SELECT 1 AS a");
    for number in 1..30 {
        let before = number - 1;
        node.update(&format!(
            "CREATE VIEW w{number} AS SELECT l.a FROM w{before} l JOIN w{before} r ON l.a = r.a"
        ));
    }
    node.update("CREATE VIEW few AS SELECT * FROM w3");
    assert_eq!(columns(&mut node, "SELECT * FROM few"), ["A"]);
    let many = refused(&mut node, "SELECT * FROM w29");
    assert!(many.contains("so many views"), "{many}");
}
