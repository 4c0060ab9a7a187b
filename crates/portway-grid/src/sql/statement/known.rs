//! Statements that were read before: programs ask with the same few texts again and again, and
//! reading one takes longer than finding a row.

use std::collections::HashMap;
use std::sync::Arc;

use super::plan::Plan;
use crate::sql::error::SqlError;
use crate::sql::parse::{Parsed, Statement, parse};

/// Bytes of texts that are kept, those of the plans with them; a statement needs some dozens of
/// times its text.
const KEPT_BYTES: usize = 48 << 10;
/// The longest text that is kept, and the longest of a plan.
const LONGEST: usize = 2 << 10;

/// Statements by their text.
#[derive(Debug, Default)]
pub(super) struct KnownStatements {
    statements: HashMap<Box<str>, Known>,
    bytes: usize,
}

/// A statement that was read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) parsed: Arc<Parsed>,
    /// How it was carried out the last time, if it is a query.
    pub(super) plan: Option<Arc<Plan>>,
}

impl KnownStatements {
    /// Reads a statement, unless it is known.
    pub(super) fn known(&mut self, sql: &str) -> Result<Known, SqlError> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let known = Known {
            parsed: Arc::new(parse(sql)?),
            plan: None,
        };
        if sql.len() <= LONGEST && is_repeated(&known.parsed.statement) {
            self.make_room(sql.len());
            self.statements.insert(sql.into(), known.clone());
        }
        Ok(known)
    }

    /// Keeps how a statement is carried out, if the statement is kept.
    pub(super) fn keep_plan(&mut self, sql: &str, plan: Arc<Plan>) {
        let bytes = plan.bytes();
        if bytes > LONGEST || !plan.is_lasting() {
            return;
        }
        if let Some(known) = self.statements.get_mut(sql) {
            let before = known.plan.replace(plan);
            self.bytes -= before.map_or(0, |before| before.bytes());
            self.bytes += bytes;
            self.make_room(0);
        }
    }

    /// Whoever writes values into his texts fills the room with what is never asked again: then all
    /// are forgotten, which costs those that are asked again little.
    fn make_room(&mut self, bytes: usize) {
        if self.bytes + bytes > KEPT_BYTES {
            self.statements.clear();
            self.bytes = 0;
        }
        self.bytes += bytes;
    }
}

/// Definitions come once, and those of users hold passwords.
fn is_repeated(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Query(_)
            | Statement::Insert { .. }
            | Statement::Update(_)
            | Statement::Delete(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once() {
        let mut known = KnownStatements::default();
        let first = known.known("SELECT 1").unwrap();
        let second = known.known("SELECT 1").unwrap();
        assert!(Arc::ptr_eq(&first.parsed, &second.parsed));
        assert!(known.known("SELECT").is_err());
    }

    #[test]
    fn many_texts_and_long_ones_do_not_fill_the_memory() {
        let mut known = KnownStatements::default();
        for number in 0..10_000 {
            known.known(&format!("SELECT {number}")).unwrap();
            assert!(known.bytes <= KEPT_BYTES && known.statements.len() <= KEPT_BYTES / 8);
        }
        let bytes = known.bytes;
        let long = format!("SELECT '{}'", "x".repeat(LONGEST));
        known.known(&long).unwrap();
        assert_eq!(known.bytes, bytes);
    }

    #[test]
    fn plans_are_counted_and_replaced_and_those_for_one_time_are_not_kept() {
        let mut known = KnownStatements::default();
        known.known("SELECT 1").unwrap();
        let before = known.bytes;
        known.keep_plan("SELECT 1", Plan::of("a plan", true));
        known.keep_plan("SELECT 1", Plan::of("another", true));
        known.keep_plan("SELECT 1", Plan::of("for one time", false));
        known.keep_plan("SELECT 1", Plan::of(&"long".repeat(LONGEST), true));
        known.keep_plan("SELECT 2", Plan::of("of what is not kept", true));
        assert_eq!(known.bytes, before + "another".len());
        assert_eq!(
            known.known("SELECT 1").unwrap().plan.unwrap().text,
            "another"
        );
    }

    #[test]
    fn plans_do_not_fill_the_memory_either() {
        let mut known = KnownStatements::default();
        let texts: Vec<_> = (0..1_000)
            .map(|number| format!("SELECT {number}"))
            .collect();
        for text in &texts {
            known.known(text).unwrap();
        }
        for text in &texts {
            known.keep_plan(text, Plan::of(&"a plan".repeat(300), true));
            assert!(known.bytes <= KEPT_BYTES);
        }
    }

    #[test]
    fn passwords_are_not_kept() {
        let mut known = KnownStatements::default();
        known
            .known("CREATE USER ada WITH PASSWORD 'secret'")
            .unwrap();
        assert!(known.statements.is_empty());
    }
}
