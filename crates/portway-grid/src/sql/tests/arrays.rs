//! Arrays in statements: their limits, and what indexes do for them.

use super::*;
use crate::sql::array::Array;

fn with_numbers() -> Node {
    let mut node = Node::new();
    node.update("CREATE TABLE n (id INT, part INT, name VARCHAR, PRIMARY KEY (id, part))");
    node.update("INSERT INTO n (id, part, name) SELECT x, 1, 'n' FROM SYSTEM_RANGE(1, 50)");
    node
}

#[test]
fn a_list_may_be_long() {
    let mut node = with_numbers();
    let ids = (0..100_000).map(|number| SqlValue::BigInt(number * 2));
    let ids = SqlValue::Array(Array::new(ids.collect()));
    let sql = "SELECT COUNT(*) FROM TABLE(id BIGINT = ?) i JOIN n ON n.id = i.id";
    let Ok(Outcome::Rows(rows)) = node.execute(sql, &[ids]) else {
        panic!("no rows");
    };
    let mut rows = rows.into_rows(10);
    let (_, bytes, _) = rows.next_page();
    let count = RawValue::from_bytes(&bytes::Bytes::copy_from_slice(bytes)).unwrap();
    assert_eq!(count.read::<i64>().unwrap(), 25);
}

#[test]
fn rows_of_columns_are_found_by_an_index_where_they_are_compared_with_values() {
    let mut node = with_numbers();
    for condition in ["(id, part) = (7, 1)", "(id, part) IN ((7, 1), (7, 2))"] {
        let sql = format!("SELECT COUNT(*) FROM n WHERE {condition}");
        assert_eq!(node.count(&sql), 1, "{condition}");
        let plan = node.plan(&sql);
        assert!(plan.contains("SEARCH"), "{plan}");
    }
}

#[test]
fn a_null_in_a_row_is_equal_to_a_null() {
    let mut node = with_numbers();
    node.update("INSERT INTO n (id, part) VALUES (99, 1)");
    assert_eq!(
        node.count("SELECT COUNT(*) FROM n WHERE (id, name) = (99, NULL)"),
        1
    );
    assert_eq!(
        node.count("SELECT COUNT(*) FROM n WHERE NOT (id, name) = (99, 'n')"),
        51
    );
}

#[test]
fn an_array_of_many_arguments_is_whole() {
    let mut node = Node::new();
    let places = vec!["?"; 200].join(", ");
    let sql = format!("SELECT ARRAY_GET(({places}), 200)");
    let arguments: Vec<SqlValue> = (1..=200).map(SqlValue::Int).collect();
    let Ok(Outcome::Rows(rows)) = node.execute(&sql, &arguments) else {
        panic!("no rows");
    };
    let mut rows = rows.into_rows(10);
    let (_, bytes, _) = rows.next_page();
    let last = RawValue::from_bytes(&bytes::Bytes::copy_from_slice(bytes)).unwrap();
    assert_eq!(last.read::<i32>().unwrap(), 200);
}

#[test]
fn a_column_named_twice_at_each_of_many_steps_is_computed_once_at_each() {
    let mut query = "SELECT id a FROM n WHERE id = 1".to_owned();
    for _ in 0..7 {
        query = format!("SELECT a + a + a + a + a + a + a + a a FROM ({query})");
    }
    let mut node = with_numbers();
    let sum = node.value(&query);
    assert_eq!(sum.read::<i32>().unwrap(), 1 << 21);
    let stored = format!("MERGE INTO n (id, part) VALUES (({query}), 1)");
    assert_eq!(node.update(&stored), 1);
    let array = query.replace(
        "a + a + a + a + a + a + a + a",
        "(a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a)",
    );
    assert!(node.execute(&array, &[]).is_err(), "so many elements");
}
