//! How often statements of SQL were carried out, and how long they took.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Engine;

/// Texts that are kept: as many as a node keeps.
const KEPT: usize = 1000;
/// How many of them go at once when there are more: so each new one costs little.
const DROPPED: usize = 100;
/// Bytes of texts that are kept; a longer text is not.
const KEPT_BYTES: usize = 1 << 20;

/// What is known of a text in a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryRecord {
    pub(crate) executions: i64,
    /// How many of them failed.
    pub(crate) failures: i64,
    /// Of those that did not.
    pub(crate) shortest: Duration,
    pub(crate) longest: Duration,
    /// When the last one began: milliseconds since the epoch.
    pub(crate) begun: i64,
    /// Rises with each statement.
    last: u64,
}

/// How a statement went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Went {
    /// Milliseconds since the epoch.
    pub(crate) begun: i64,
    pub(crate) took: Duration,
    pub(crate) failed: bool,
}

/// What is known of all texts, by schema and text.
#[derive(Debug, Default)]
pub(super) struct QueryHistory {
    records: BTreeMap<Box<str>, BTreeMap<Box<str>, QueryRecord>>,
    count: usize,
    bytes: usize,
    last: u64,
}

impl QueryHistory {
    fn note(&mut self, schema: &str, sql: &str, went: Went) {
        self.last += 1;
        let last = self.last;
        let known = self.records.get_mut(schema);
        if let Some(record) = known.and_then(|records| records.get_mut(sql)) {
            record.note(went, last);
            return;
        }
        if sql.len() > KEPT_BYTES {
            return;
        }
        while self.count == KEPT || self.bytes + sql.len() > KEPT_BYTES {
            self.drop_oldest();
        }
        let mut record = QueryRecord::default();
        record.note(went, last);
        let records = self.records.entry(schema.into()).or_default();
        records.insert(sql.into(), record);
        self.count += 1;
        self.bytes += sql.len();
    }

    fn drop_oldest(&mut self) {
        let records = self.records.values().flat_map(BTreeMap::values);
        let mut order: Vec<u64> = records.map(|record| record.last).collect();
        let dropped = DROPPED.min(order.len());
        let Some(place) = dropped.checked_sub(1) else {
            return;
        };
        let (_, limit, _) = order.select_nth_unstable(place);
        let limit = *limit;
        for records in self.records.values_mut() {
            records.retain(|sql, record| {
                let stays = record.last > limit;
                if !stays {
                    self.bytes -= sql.len();
                }
                stays
            });
        }
        self.records.retain(|_, records| !records.is_empty());
        self.count -= dropped;
    }
}

impl QueryRecord {
    fn note(&mut self, went: Went, last: u64) {
        let is_first = self.executions == self.failures;
        self.executions += 1;
        self.begun = went.begun;
        self.last = last;
        if went.failed {
            self.failures += 1;
            return;
        }
        self.longest = self.longest.max(went.took);
        self.shortest = match is_first {
            true => went.took,
            false => self.shortest.min(went.took),
        };
    }
}

impl Engine {
    /// Notes that a statement was carried out.
    pub(crate) fn note_query(&mut self, schema: &str, sql: &str, went: Went) {
        self.query_history.note(schema, sql, went);
    }

    /// The schema and text of statements, with what is known of them.
    pub(crate) fn query_history(&self) -> impl Iterator<Item = (&str, &str, &QueryRecord)> {
        let schemas = self.query_history.records.iter();
        schemas.flat_map(|(schema, records)| {
            let records = records.iter();
            records.map(|(sql, record)| (schema.as_ref(), sql.as_ref(), record))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn went(milliseconds: u64, failed: bool) -> Went {
        Went {
            begun: 7,
            took: Duration::from_millis(milliseconds),
            failed,
        }
    }

    #[test]
    fn executions_are_counted_and_failed_ones_have_no_duration() {
        let mut history = QueryHistory::default();
        for (took, failed) in [(0, true), (5, false), (9, false), (2, false), (99, true)] {
            history.note("A", "SELECT 1", went(took, failed));
        }
        history.note("B", "SELECT 1", went(1, false));
        let record = &history.records["A"]["SELECT 1"];
        assert_eq!((record.executions, record.failures), (5, 2));
        let (shortest, longest) = (record.shortest.as_millis(), record.longest.as_millis());
        assert_eq!((shortest, longest, record.begun), (2, 9, 7));
        assert_eq!(history.records["B"]["SELECT 1"].executions, 1);
    }

    #[test]
    fn what_was_asked_last_is_kept_within_both_limits() {
        let mut history = QueryHistory::default();
        history.note("A", "often", went(1, false));
        for number in 0..5 * KEPT {
            history.note("A", &format!("SELECT {number}"), went(1, false));
            history.note("A", "often", went(1, false));
            let found: usize = history.records.values().map(BTreeMap::len).sum();
            assert!(found == history.count && found <= KEPT);
        }
        assert_eq!(history.records["A"]["often"].executions, 5001);
        for number in 0..20 {
            let long = format!("{number}{}", "x".repeat(KEPT_BYTES / 4));
            history.note("B", &long, went(1, false));
            assert!(history.bytes <= KEPT_BYTES);
        }
        history.note("B", &"y".repeat(KEPT_BYTES + 1), went(1, false));
        let texts = history.records.values().flat_map(BTreeMap::keys);
        let bytes: usize = texts.map(|text| text.len()).sum();
        assert_eq!(history.bytes, bytes);
    }
}
