//! Statements of SQL that others can see and end: those that take long, and those whose rows are
//! not all fetched.

use std::collections::BTreeMap;
use std::fmt;

use super::{ConnectionId, CopyId, Engine};

/// What is shown of a statement.
#[derive(Clone, Debug)]
pub(crate) struct QueryInView {
    /// Which of the grid's statements it is.
    pub(crate) number: i64,
    pub(crate) connection: ConnectionId,
    pub(crate) sql: String,
    pub(crate) schema: String,
    /// Milliseconds since the epoch.
    pub(crate) begun: i64,
}

/// What ends a statement that runs.
pub(crate) struct EndQuery(pub(crate) Box<dyn Fn() + Send + Sync>);

impl fmt::Debug for EndQuery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EndQuery")
    }
}

/// All statements that run, by the rows that they have to themselves.
#[derive(Debug, Default)]
pub(super) struct Queries {
    last: i64,
    running: BTreeMap<CopyId, (QueryInView, EndQuery)>,
}

impl Engine {
    /// A number for a statement.
    pub(crate) fn next_query(&mut self) -> i64 {
        self.queries.last += 1;
        self.queries.last
    }

    /// Shows a statement while it runs.
    pub(crate) fn show_query(&mut self, copy: CopyId, query: QueryInView, end: EndQuery) {
        self.queries.running.insert(copy, (query, end));
    }

    /// Forgets the statement that had these rows.
    pub(crate) fn hide_query(&mut self, copy: CopyId) {
        self.queries.running.remove(&copy);
    }

    /// The statements that run or wait for their rows to be fetched.
    pub(crate) fn queries(&self) -> impl Iterator<Item = &QueryInView> {
        let running = self.queries.running.values().map(|(query, _)| query);
        running.chain(self.result_sets.values().filter_map(|rows| rows.query()))
    }

    /// Ends a statement; answers whether there was one of this number. Rows that wait stay with
    /// their client, as on a node.
    pub(crate) fn end_query(&mut self, number: i64) -> bool {
        let mut running = self.queries.running.values();
        if let Some((_, end)) = running.find(|(query, _)| query.number == number) {
            end.0();
            return true;
        }
        let mut waiting = self.result_sets.values_mut();
        let is_meant = |query: &QueryInView| query.number == number;
        match waiting.find(|rows| rows.query().is_some_and(is_meant)) {
            Some(rows) => {
                rows.hide();
                true
            }
            None => false,
        }
    }
}
