//! Queries as they are carried out again and again: translating one takes longer than finding a row.

use std::sync::Arc;

use super::Request;
use crate::sql::catalog::Catalog;
use crate::sql::error::SqlError;
use crate::sql::table::Table;
use crate::sql::translate::{Bound, Translated};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;
use crate::sql::views::View;

/// A query in SQLite's words, for all arguments of the same types.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What it was made for.
    definitions: u64,
    schema: String,
    arguments: Vec<SqlType>,
    pub(super) text: String,
    pub(super) columns: Arc<[String]>,
    pub(super) types: Vec<SqlType>,
    pub(super) tables: Vec<Arc<Table>>,
    pub(super) views: Vec<&'static View>,
    binds: Vec<Bound>,
    is_lasting: bool,
}

impl Plan {
    pub(super) fn new(translated: Translated, catalog: &Catalog, request: &Request<'_>) -> Self {
        let outputs = translated.outputs;
        Self {
            definitions: catalog.version,
            schema: request.schema.to_owned(),
            arguments: request.arguments.iter().map(SqlValue::sql_type).collect(),
            text: translated.text,
            types: outputs.iter().map(|output| output.ty).collect(),
            columns: outputs.into_iter().map(|output| output.name).collect(),
            tables: translated.tables,
            views: translated.views,
            binds: translated.binds,
            is_lasting: translated.is_lasting,
        }
    }

    /// Whether it is what a request would be translated to.
    pub(super) fn serves(&self, catalog: &Catalog, request: &Request<'_>) -> bool {
        let given = request.arguments.iter().map(SqlValue::sql_type);
        self.definitions == catalog.version
            && self.schema == request.schema
            && given.eq(self.arguments.iter().copied())
    }

    /// Whether it may be kept for requests to come.
    pub(super) fn is_lasting(&self) -> bool {
        self.is_lasting
    }

    /// The values for the numbered places of the text.
    ///
    /// # Errors
    /// When an argument is no value of the type that it is needed in.
    pub(super) fn binds(&self, arguments: &[SqlValue]) -> Result<Vec<SqlValue>, SqlError> {
        self.binds
            .iter()
            .map(|bound| bound.with(arguments))
            .collect()
    }

    /// How much room it takes beside what a column or a table takes anyway.
    pub(super) fn bytes(&self) -> usize {
        let names = self.columns.iter().map(String::len);
        self.text.len() + names.sum::<usize>()
    }

    /// Whether the rows can be made without the engine.
    pub(super) fn is_in_mirror(&self) -> bool {
        !self.types.iter().any(|ty| matches!(ty, SqlType::Entry(_)))
    }
}

#[cfg(test)]
impl super::Sql {
    /// The plan by which a statement was carried out, if it was kept.
    pub(crate) fn plan(&mut self, sql: &str) -> Option<Arc<Plan>> {
        self.known.known(sql).ok()?.plan
    }
}

#[cfg(test)]
impl Plan {
    /// A plan for nothing in particular.
    pub(super) fn of(text: &str, is_lasting: bool) -> Arc<Self> {
        Arc::new(Self {
            definitions: 0,
            schema: String::new(),
            arguments: Vec::new(),
            text: text.to_owned(),
            columns: Arc::new([]),
            types: Vec::new(),
            tables: Vec::new(),
            views: Vec::new(),
            binds: Vec::new(),
            is_lasting,
        })
    }
}

#[cfg(test)]
mod tests {
    use portway_ignite_protocol::StatementKind;
    use uuid::Uuid;

    use super::super::Sql;
    use super::*;
    use crate::engine::{Engine, EngineLimits, NoJournal, Table as Entries};
    use crate::functions::Functions;

    const LIMITS: EngineLimits = EngineLimits {
        stored_bytes: 1 << 20,
        caches: 10,
        resources_per_connection: 1,
        transactions_per_connection: 1,
        tasks_per_connection: 0,
    };

    /// The plan by which a query was carried out, if it was kept.
    fn kept(sql: &mut Sql, engine: &mut Engine, text: &str, given: SqlValue) -> Option<Arc<Plan>> {
        let request = Request {
            sql: text,
            schema: "PUBLIC",
            arguments: &[given],
            kind: StatementKind::Any,
            timeout: None,
            partitions: None,
            now: 0,
            answer_bytes: 1 << 10,
            node: Uuid::nil(),
            functions: &Functions::default(),
            connection: crate::engine::ConnectionId(1),
        };
        sql.execute(engine, &request).unwrap();
        sql.known.known(text).unwrap().plan
    }

    #[test]
    fn a_query_is_translated_once_for_all_arguments_of_one_type() {
        let engine = &mut Engine::new(Entries::default(), Box::new(NoJournal), LIMITS).unwrap();
        let sql = &mut Sql::default();
        let text = "SELECT ? + 1";
        let first = kept(sql, engine, text, SqlValue::Int(1)).unwrap();
        let second = kept(sql, engine, text, SqlValue::Int(2)).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        let other = kept(sql, engine, text, SqlValue::BigInt(2)).unwrap();
        assert!(!Arc::ptr_eq(&first, &other));
        assert_eq!(other.types, [SqlType::BigInt]);
    }

    #[test]
    fn what_depends_on_an_argument_or_the_time_is_not_kept() {
        let engine = &mut Engine::new(Entries::default(), Box::new(NoJournal), LIMITS).unwrap();
        let sql = &mut Sql::default();
        for text in ["SELECT 1 LIMIT ?", "SELECT NOW(), ?"] {
            assert!(
                kept(sql, engine, text, SqlValue::Int(1)).is_none(),
                "{text}"
            );
        }
    }
}
