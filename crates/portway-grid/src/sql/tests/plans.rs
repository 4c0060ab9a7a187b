//! Queries that are carried out again as they were before.

use super::*;

/// Queries with one argument each; what they ask for, and in which types, depends on it.
const ONE_ARGUMENT: &[&str] = &[
    "SELECT id, name, age FROM person WHERE id = ?",
    "SELECT _KEY, _VAL, * FROM person WHERE _KEY = ?",
    "SELECT p.name AS n, ? FROM person p WHERE p.id IN (?1, 2)",
    "SELECT name FROM person WHERE name = ? ORDER BY id",
    "SELECT id, ? || name FROM person ORDER BY id DESC",
    "SELECT CAST(? AS VARCHAR(2)), CAST(?1 AS DECIMAL(4, 1))",
    "SELECT COUNT(*), SUM(age + ?) FROM person",
    "SELECT id FROM person WHERE age > ? ORDER BY id",
    "SELECT id FROM person ORDER BY id LIMIT ?",
    "SELECT id FROM person ORDER BY id LIMIT 1 OFFSET ?",
    "SELECT id FROM person WHERE name LIKE 'A_n' ESCAPE ?",
    "SELECT id FROM person WHERE name LIKE ? ORDER BY id",
    "SELECT CASE age WHEN ? THEN 'x' ELSE name END FROM person ORDER BY id",
    "SELECT * FROM TABLE(x INT = ?)",
    "SELECT x FROM SYSTEM_RANGE(1, ?)",
    "SELECT (id, ?), ARRAY_GET((?1, name), 1) FROM person ORDER BY id",
    "SELECT id FROM person WHERE ARRAY_CONTAINS((1, 'Ann', ?), name) ORDER BY id",
    "SELECT (SELECT id, ? FROM person WHERE id = 1)",
    "SELECT DATE_TRUNC(?, TIMESTAMP '2020-02-03 04:05:06')",
    "SELECT id FROM person WHERE id = (SELECT MAX(id) FROM person WHERE id <= ?)",
    "SELECT a.id FROM person a JOIN person b ON a.id = b.id AND b.age = ?",
    "SELECT city, amount FROM visit WHERE city = ? AND day = 1",
    "SELECT amount FROM visit WHERE amount = ? ORDER BY day",
    "SELECT DISTINCT amount FROM visit WHERE amount IS NOT DISTINCT FROM ?",
    "SELECT age FROM person WHERE ? GROUP BY age HAVING COUNT(*) < 3 ORDER BY 1",
    "SELECT age + ?, COUNT(*) FROM person GROUP BY age + ?1 ORDER BY 1",
    "SELECT age + ?, COUNT(*) FROM person GROUP BY age + 1 ORDER BY 1",
    "SELECT name FROM SYS.TABLES JOIN (SELECT ? x) ON true",
    "SELECT id FROM person WHERE (id, age) = (?, 30)",
    "SELECT id FROM person UNION SELECT ? ORDER BY 1",
    "WITH w AS (SELECT ? x) SELECT x FROM w",
    "SELECT -?, ABS(?1), ROUND(?1, 1)",
];

/// Changes with one argument each.
const CHANGES: &[&str] = &[
    "UPDATE person SET age = ? WHERE id = 1",
    "UPDATE person SET name = ? || name WHERE id < 3",
    "UPDATE person SET age = age + 1 WHERE name = ?",
    "UPDATE person p SET age = ? WHERE p.age = ?1 OR p.id = 2",
    "UPDATE person SET age = 1 WHERE id IN (SELECT id FROM person WHERE age > ?)",
    "UPDATE person SET age = (SELECT COUNT(*) FROM SYS.TABLES WHERE 1 = ?)",
    "UPDATE person SET age = 7 LIMIT ?",
    "DELETE FROM person WHERE id = ?",
    "DELETE FROM person WHERE name LIKE ?",
    "DELETE FROM person LIMIT ?",
    "INSERT INTO person (id, name, age) SELECT id + 10, name, ? FROM person WHERE id < 3",
    "INSERT INTO person (id, name) SELECT 20, SCHEMA_NAME FROM SYS.SCHEMAS WHERE SCHEMA_NAME = ?",
    "MERGE INTO person (id, name, age) SELECT id, ?, 3 FROM person",
    "MERGE INTO person (id, name, age) VALUES (1, 'Ann', 30), (2, ?, 40)",
];

fn with_rows() -> Node {
    let mut node = Node::with_people();
    node.update(
        "CREATE TABLE visit (city VARCHAR, day INT, amount DECIMAL, PRIMARY KEY (city, day))",
    );
    node.update("INSERT INTO visit VALUES ('Bonn', 1, 1.50), ('Bonn', 2, 2), ('1', 1, NULL)");
    node
}

/// What came of a statement, to be compared.
fn shown(outcome: Result<Outcome, SqlError>) -> String {
    match outcome {
        Ok(Outcome::Rows(rows)) => {
            let columns = rows.columns.join(", ");
            format!("{columns}: {:?}", rows.into_rows(100).next_page())
        }
        other => format!("{other:?}"),
    }
}

fn argument() -> impl Strategy<Value = SqlValue> {
    prop_oneof![
        Just(SqlValue::Null),
        (0..4_i32).prop_map(SqlValue::Int),
        (-2..40_i64).prop_map(SqlValue::BigInt),
        Just(SqlValue::BigInt(i64::MAX)),
        Just(SqlValue::TinyInt(1)),
        Just(SqlValue::Boolean(true)),
        Just(SqlValue::Double(1.5)),
        Just(SqlValue::Double(f64::NAN)),
        Just(SqlValue::Decimal("1.500".parse().unwrap())),
        Just(SqlValue::Date(3)),
        Just(SqlValue::Binary(vec![0, 1])),
        Just(SqlValue::Uuid(uuid::Uuid::from_u128(1))),
        "(Ann|Bonn|A%|1|2|day|month|\\\\|| )".prop_map(SqlValue::Varchar),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_query_answers_the_same_whatever_it_was_asked_before(
        asked in prop::collection::vec((prop::sample::select(ONE_ARGUMENT), argument()), 60)
    ) {
        let mut node = with_rows();
        for (sql, argument) in asked {
            let arguments = [argument];
            let kept = std::mem::take(&mut node.sql);
            let expected = shown(node.execute(sql, &arguments));
            node.sql = kept;
            prop_assert_eq!(&shown(node.execute(sql, &arguments)), &expected, "{}", sql);
            prop_assert_eq!(&shown(node.execute(sql, &arguments)), &expected, "{} again", sql);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_change_does_the_same_whatever_was_changed_before(
        changes in prop::collection::vec((prop::sample::select(CHANGES), argument()), 40)
    ) {
        const ALL: &str = "SELECT * FROM person ORDER BY id";
        let (mut node, mut forgetful) = (Node::with_people(), Node::with_people());
        for (sql, argument) in changes {
            let arguments = [argument];
            forgetful.sql = Sql::default();
            let expected = shown(forgetful.execute(sql, &arguments));
            prop_assert_eq!(shown(node.execute(sql, &arguments)), expected, "{}", sql);
            let rows = shown(forgetful.execute(ALL, &[]));
            prop_assert_eq!(shown(node.execute(ALL, &[])), rows, "{}", sql);
        }
    }
}

#[test]
fn a_change_is_translated_once_for_all_arguments_of_one_type() {
    let mut node = Node::with_people();
    for sql in [
        "UPDATE person SET age = ? WHERE id = ?1",
        "DELETE FROM person WHERE id = ?",
    ] {
        node.execute(sql, &[SqlValue::Int(1)]).unwrap();
        let first = node.sql.plan(sql).expect("it is kept");
        node.execute(sql, &[SqlValue::Int(2)]).unwrap();
        assert!(Arc::ptr_eq(&first, &node.sql.plan(sql).unwrap()), "{sql}");
    }
}

#[test]
fn a_query_sees_that_its_table_was_made_anew() {
    const ALL: &str = "SELECT * FROM person WHERE id = 1";
    let mut node = Node::with_people();
    let before = shown(node.execute(ALL, &[]));
    assert!(before.starts_with("ID, NAME, AGE: "), "{before}");
    node.update("ALTER TABLE person ADD COLUMN city VARCHAR");
    let after = shown(node.execute(ALL, &[]));
    assert!(after.starts_with("ID, NAME, AGE, CITY: (1,"), "{after}");
    node.update("DROP TABLE person");
    assert!(node.execute(ALL, &[]).is_err());
    node.update("CREATE TABLE person (id VARCHAR PRIMARY KEY, size INT)");
    node.update("INSERT INTO person (id, size) VALUES ('1', 7)");
    let anew = shown(node.execute(ALL, &[]));
    assert!(anew.starts_with("ID, SIZE: (1,"), "{anew}");
}

#[test]
fn names_mean_what_they_mean_in_the_schema_of_each_request() {
    let mut node = Node::with_people();
    let count = "SELECT COUNT(*) FROM person";
    assert_eq!(node.count(count), 2);
    node.schema = "SYS";
    assert!(node.execute(count, &[]).is_err());
    node.schema = "PUBLIC";
    assert_eq!(node.count(count), 2);
}

#[test]
fn the_time_and_chance_are_asked_each_time() {
    let mut node = Node::new();
    let time = |node: &mut Node, now: i64| {
        node.now = now;
        shown(node.execute("SELECT NOW(), CAST(NOW() AS VARCHAR)", &[]))
    };
    assert_ne!(time(&mut node, 1000), time(&mut node, 2000));
    let uuid = "SELECT RANDOM_UUID()";
    assert_ne!(
        shown(node.execute(uuid, &[])),
        shown(node.execute(uuid, &[]))
    );
}

#[test]
fn a_subquery_has_one_value_in_each_group_of_the_query_that_it_stands_in() {
    let mut node = Node::with_people();
    let of_all = "SELECT COUNT(*), (SELECT q.age FROM person q WHERE q.id = p.id) s FROM person p";
    let refused = node.execute(of_all, &[]).unwrap_err().to_string();
    assert!(refused.contains("\"__Z1.AGE\" must be in"), "{refused}");
    assert!(node.execute(&format!("{of_all} WHERE id = 1"), &[]).is_ok());
    assert!(node.execute(&format!("{of_all} GROUP BY id"), &[]).is_ok());
    let same = "SELECT (SELECT COUNT(*) FROM person q WHERE q.id < p.id + 9) s FROM person p";
    assert_eq!(node.count(&format!("{same} HAVING COUNT(*) = 2")), 2);
    let outside = "SELECT (SELECT MAX(p.id)) s FROM person p";
    assert_eq!(node.value(outside).read::<i32>().unwrap(), 2);
}
