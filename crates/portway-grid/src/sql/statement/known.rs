//! Statements that were read before: programs ask with the same few texts again and again, and
//! reading one takes longer than finding a row.

use std::collections::HashMap;
use std::sync::Arc;

use crate::sql::error::SqlError;
use crate::sql::parse::{Parsed, Statement, parse};

/// Bytes of text that are kept; a statement needs some dozens of times its text.
const KEPT_BYTES: usize = 32 << 10;
/// The longest text that is kept.
const LONGEST: usize = 2 << 10;

/// Statements by their text.
#[derive(Debug, Default)]
pub(super) struct KnownStatements {
    parsed: HashMap<Box<str>, Arc<Parsed>>,
    bytes: usize,
}

impl KnownStatements {
    /// Reads a statement, unless it is known.
    pub(super) fn parsed(&mut self, sql: &str) -> Result<Arc<Parsed>, SqlError> {
        if let Some(parsed) = self.parsed.get(sql) {
            return Ok(Arc::clone(parsed));
        }
        let parsed = Arc::new(parse(sql)?);
        if sql.len() <= LONGEST && is_repeated(&parsed.statement) {
            self.keep(sql, &parsed);
        }
        Ok(parsed)
    }

    /// Whoever writes values into his texts fills the room with what is never asked again: then all
    /// are forgotten, which costs those that are asked again little.
    fn keep(&mut self, sql: &str, parsed: &Arc<Parsed>) {
        if self.bytes + sql.len() > KEPT_BYTES {
            self.parsed.clear();
            self.bytes = 0;
        }
        self.bytes += sql.len();
        self.parsed.insert(sql.into(), Arc::clone(parsed));
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
        let first = known.parsed("SELECT 1").unwrap();
        let second = known.parsed("SELECT 1").unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert!(known.parsed("SELECT").is_err());
    }

    #[test]
    fn many_texts_and_long_ones_do_not_fill_the_memory() {
        let mut known = KnownStatements::default();
        for number in 0..10_000 {
            known.parsed(&format!("SELECT {number}")).unwrap();
            assert!(known.bytes <= KEPT_BYTES && known.parsed.len() <= KEPT_BYTES / 8);
        }
        let bytes = known.bytes;
        let long = format!("SELECT '{}'", "x".repeat(LONGEST));
        known.parsed(&long).unwrap();
        assert_eq!(known.bytes, bytes);
    }

    #[test]
    fn passwords_are_not_kept() {
        let mut known = KnownStatements::default();
        known
            .parsed("CREATE USER ada WITH PASSWORD 'secret'")
            .unwrap();
        assert!(known.parsed.is_empty());
    }
}
