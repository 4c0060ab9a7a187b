//! Index queries on rows that SQL has made.

use portway_ignite_protocol::{IndexCriterion, IndexRange, RawValue, StatementKind};

use super::*;
use crate::engine::{EngineLimits, NoJournal};
use crate::functions::Functions;
use crate::sql::Request;

const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 20,
    caches: 10,
    resources_per_connection: 10,
    transactions_per_connection: 1,
    tasks_per_connection: 0,
};

fn with_table(statements: &[&str]) -> (Engine, Sql) {
    let table = crate::engine::Table::default();
    let mut engine = Engine::new(table, Box::new(NoJournal), LIMITS).unwrap();
    let mut sql = Sql::default();
    for statement in statements {
        let request = Request {
            sql: statement,
            schema: "PUBLIC",
            arguments: &[],
            kind: StatementKind::Any,
            timeout: None,
            partitions: None,
            now: 1000,
            answer_bytes: 1 << 20,
            node: uuid::Uuid::nil(),
            functions: &Functions::default(),
            connection: crate::engine::ConnectionId(1),
        };
        sql.execute(&mut engine, &request).unwrap();
    }
    (engine, sql)
}

fn above(field: &str, least: i32) -> IndexCriterion {
    range(field, raw(&SqlValue::Int(least)), RawValue::NULL)
}

fn below(field: &str, most: i32) -> IndexCriterion {
    range(field, RawValue::NULL, raw(&SqlValue::Int(most)))
}

fn range(field: &str, lower: RawValue, upper: RawValue) -> IndexCriterion {
    IndexCriterion::Range(IndexRange {
        field: field.to_owned(),
        lower_inclusive: true,
        upper_inclusive: true,
        lower_is_null: false,
        upper_is_null: false,
        lower,
        upper,
    })
}

fn one_of(field: &str, values: &[i32]) -> IndexCriterion {
    IndexCriterion::In {
        field: field.to_owned(),
        values: values
            .iter()
            .map(|value| raw(&SqlValue::Int(*value)))
            .collect(),
    }
}

fn raw(value: &SqlValue) -> RawValue {
    value.to_raw()
}

/// SQLite's plan for each question.
fn plans(engine: &mut Engine, sql: &mut Sql, criteria: &[IndexCriterion]) -> Vec<String> {
    let (catalog, mirror) = sql.opened(engine).unwrap();
    let table = Arc::clone(catalog.tables().next().unwrap());
    let fields: Vec<&str> = criteria.iter().map(field).collect();
    let index = index::find(&table, catalog.tables(), None, &fields).unwrap();
    let conditions = conditions(&index, criteria).unwrap();
    let search = Search {
        table: &table,
        index: &index,
        conditions: &conditions,
        partition: None,
    };
    let questions = search.questions().unwrap();
    mirror.refresh(&table, engine).unwrap();
    let types = [SqlType::Int, SqlType::Int, SqlType::Int, SqlType::Varchar];
    let plan = |question: &Question| {
        let mut steps = String::new();
        let text = format!("EXPLAIN QUERY PLAN {}", question.text);
        let explained = mirror.query(&text, &question.binds, &types, |row| {
            steps.push_str(&format!("{:?};", row.last()));
            Ok(())
        });
        explained.map(|()| steps).unwrap()
    };
    questions.iter().map(plan).collect()
}

#[test]
fn every_question_walks_an_index() {
    let (mut engine, mut sql) = with_table(&[
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)",
        "CREATE INDEX t_a_b ON t (a DESC, b)",
        "INSERT INTO t VALUES (1, 2, 3)",
    ]);
    let criteria = [
        (vec![above("A", 1)], 1),
        // Nulls are asked for apart.
        (vec![below("A", 1)], 2),
        (vec![one_of("A", &[3, 1, 2])], 3),
        (vec![above("A", 1), below("B", 5)], 1),
        (vec![above("_KEY", 1)], 1),
    ];
    for (criteria, questions) in criteria {
        let plans = plans(&mut engine, &mut sql, &criteria);
        assert_eq!(plans.len(), questions, "{criteria:?}");
        for plan in plans {
            assert!(plan.contains("SEARCH t USING"), "{criteria:?}: {plan}");
        }
    }
}

#[test]
fn a_field_of_no_index_is_refused_with_the_text_of_a_node() {
    let (mut engine, mut sql) = with_table(&["CREATE TABLE t (id INT PRIMARY KEY, a INT)"]);
    let (catalog, _) = sql.opened(&mut engine).unwrap();
    let table = Arc::clone(catalog.tables().next().unwrap());
    let refused = index::find(&table, catalog.tables(), None, &["A"]).unwrap_err();
    assert_eq!(refused.to_string(), "No index found for criteria.");
    let refused = index::find(&table, catalog.tables(), Some("none"), &[]).unwrap_err();
    assert_eq!(refused.to_string(), "No index found for name: NONE");
}
