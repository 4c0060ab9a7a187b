//! Index queries (operation 2008): the keys of entries, in the order of a sorted index.
//!
//! What a node does with its own trees (`IndexQueryProcessor`) is done here with the rows that SQL
//! keeps in SQLite, which have the same indexes: the criteria become conditions on them.

mod compare;
mod condition;
mod index;
mod search;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{IndexCriterion, java};

use super::error::SqlError;
use super::mirror::{Mirror, table_name};
use super::statement::{INLINE_TIME, Long, Running, Sql, Work, found_or_long};
use super::table::Table;
use super::types::SqlType;
use super::value::SqlValue;
use crate::engine::{Engine, FoundKeys};
pub(super) use index::{AFFINITY_KEY, IndexColumn, PRIMARY_KEY, all as sorted_indexes};

use condition::Condition;
use index::SortedIndex;
use search::{Question, Search};

/// An index query.
#[derive(Debug)]
pub(crate) struct IndexQuery<'q> {
    pub(crate) cache: i32,
    pub(crate) value_type: &'q str,
    /// The index, if it is not to be found by the fields of the criteria.
    pub(crate) index: Option<&'q str>,
    pub(crate) criteria: &'q [IndexCriterion],
    /// The only partition that counts.
    pub(crate) partition: Option<i32>,
    pub(crate) limit: Option<usize>,
    /// Bytes that the keys may have.
    pub(crate) key_bytes: usize,
    /// How long it may take.
    pub(crate) timeout: Option<Duration>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
}

/// The keys that an index query has found, or where it goes on.
#[derive(Debug)]
pub(crate) enum KeysOrRunning {
    Keys(FoundKeys),
    /// It takes long.
    Running(Box<Running>),
}

/// What SQLite is asked for the keys of an index query.
#[derive(Debug)]
pub(super) struct KeySearch {
    cache: i32,
    questions: Vec<Question>,
    limit: Option<usize>,
    /// Bytes that the keys may have.
    key_bytes: usize,
}

/// Why an index query failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexQueryError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Sql(#[from] SqlError),
}

/// What a node says is wrong with an index query.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// A reason, which a node gives together with a description of the query.
    #[error("{0}")]
    Query(String),
    /// A fault of the node itself, which it tells as it is.
    #[error("{0}")]
    Fault(String),
}

impl Refused {
    fn new(message: impl Into<String>) -> Self {
        Self::Query(message.into())
    }
}

/// The field that a criterion is about.
pub(crate) fn field(criterion: &IndexCriterion) -> &str {
    match criterion {
        IndexCriterion::Range(range) => &range.field,
        IndexCriterion::In { field, .. } => field,
        _ => "",
    }
}

impl Sql {
    /// Finds the keys of the entries that fulfil the criteria, in the order of the index.
    ///
    /// # Errors
    /// Ignite's, when there is no such index or the criteria contradict each other.
    pub(crate) fn index_query(
        &mut self,
        engine: &mut Engine,
        query: &IndexQuery<'_>,
    ) -> Result<KeysOrRunning, IndexQueryError> {
        let (catalog, mirror) = self.opened(engine)?;
        let of_cache = || catalog.of_cache(query.cache);
        let table = table_of(of_cache(), query.value_type)?;
        let fields: Vec<&str> = query.criteria.iter().map(field).collect();
        let index = index::find(&table, of_cache(), query.index, &fields)?;
        let conditions = conditions(&index, query.criteria)?;
        let search = Search {
            table: &table,
            index: &index,
            conditions: &conditions,
            partition: query.partition,
        };
        engine.expire_all(query.now);
        mirror.refresh(&table, engine)?;
        let questions = match search.questions() {
            Ok(questions) => questions,
            // Without entries nothing is compared.
            Err(_) if is_empty(mirror, &table)? => Vec::new(),
            Err(unlike) => return Err(unlike.refused(&conditions).into()),
        };
        let search = KeySearch {
            cache: query.cache,
            questions,
            limit: query.limit,
            key_bytes: query.key_bytes,
        };
        mirror.limit_time(Some(INLINE_TIME));
        let keys = search.keys(mirror);
        mirror.limit_time(None);
        let found = found_or_long(keys, true, || Long {
            work: Work::Keys(search),
            tables: vec![table],
            views: Vec::new(),
        });
        match found {
            Ok(keys) => Ok(KeysOrRunning::Keys(keys)),
            Err(SqlError::Long(long)) => {
                let running = self.running(*long, query.timeout, engine)?;
                Ok(KeysOrRunning::Running(Box::new(running)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl KeySearch {
    /// The keys, in the order of the questions.
    pub(super) fn keys(&self, mirror: &Mirror) -> Result<FoundKeys, SqlError> {
        let mut keys = FoundKeys::new(self.cache);
        for question in &self.questions {
            let left = self.limit.map(|limit| limit.saturating_sub(keys.count()));
            ask(mirror, question, left, self.key_bytes, &mut keys)?;
        }
        Ok(keys)
    }
}

/// The table of the values of one type.
fn table_of<'t>(
    mut of_cache: impl Iterator<Item = &'t Arc<Table>>,
    value_type: &str,
) -> Result<Arc<Table>, Refused> {
    let id = java::type_id(value_type);
    let is_meant = |table: &&Arc<Table>| {
        let known = &table.value_type;
        // Java's own types are known without their package too.
        let simple = known.strip_prefix("java.lang.").unwrap_or(known);
        java::type_id(known) == id || java::type_id(simple) == id
    };
    let table = of_cache.find(is_meant);
    let message = || Refused::new(format!("No table found for type: {value_type}"));
    table.cloned().ok_or_else(message)
}

/// All that the criteria say of the first columns of the index, in its order.
fn conditions(index: &SortedIndex, criteria: &[IndexCriterion]) -> Result<Vec<Condition>, Refused> {
    let mut conditions = Vec::new();
    for column in &index.columns {
        let mut condition = Condition::new(&column.name, column.descends);
        let mut is_meant = false;
        for criterion in criteria {
            if index::is_column(field(criterion), column) {
                condition.add(criterion)?;
                is_meant = true;
            }
        }
        if !is_meant {
            break;
        }
        conditions.push(condition);
    }
    Ok(conditions)
}

fn is_empty(mirror: &Mirror, table: &Table) -> Result<bool, SqlError> {
    let name = table_name(table.cache, table.entity);
    let text = format!("SELECT NOT EXISTS (SELECT 1 FROM {name})");
    let mut is_empty = false;
    mirror.query(&text, &[], &[SqlType::Boolean], |row| {
        is_empty = row == [SqlValue::Boolean(true)];
        Ok(())
    })?;
    Ok(is_empty)
}

/// Adds the keys that answer a question.
fn ask(
    mirror: &Mirror,
    question: &Question,
    limit: Option<usize>,
    key_bytes: usize,
    keys: &mut FoundKeys,
) -> Result<(), SqlError> {
    let text = match limit {
        Some(limit) => format!("{} LIMIT {limit}", question.text),
        None => question.text.clone(),
    };
    mirror.query(&text, &question.binds, &[SqlType::Binary], |mut row| {
        if let Some(SqlValue::Binary(key)) = row.pop() {
            keys.push(&key);
        }
        if keys.bytes() > key_bytes {
            return Err(SqlError::too_many_bytes(key_bytes));
        }
        Ok(())
    })
}
