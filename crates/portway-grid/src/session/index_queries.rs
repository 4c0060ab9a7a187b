//! Index queries, 2008. Their pages (2009) are read as those of scans are.

use portway_ignite_protocol::{Cursor, IndexQueryRequest, ServerError};

use super::Context;
use super::answer::{Body, body, failed};
use super::long_queries::{Form, LongQuery};
use super::queries::{page_size, partition, served_page};
use super::reply::Refusal;
use crate::engine::{FoundKeys, checked_exception};
use crate::sql::{IndexQuery, IndexQueryError, IndexQueryRefused, KeysOrRunning, criterion_field};

/// Bytes of keys that one query may leave behind for its pages.
const KEY_BYTES: usize = 256 << 20;

impl Context<'_> {
    pub(super) fn index_query(&mut self, request: &IndexQueryRequest) -> Result<Body, Refusal> {
        let cache = request.header.cache.0;
        self.engine.cache_configuration(cache)?;
        self.refuse_filter(request.filter.as_ref())?;
        let page_size = page_size(request.page_size)?;
        let query = IndexQuery {
            cache,
            value_type: request.value_type.as_deref().unwrap_or_default(),
            index: request.index.as_deref(),
            criteria: request.criteria.as_deref().unwrap_or_default(),
            partition: partition(request.partition)
                .map_err(|_| no_such_partition())?
                .map(u32::cast_signed),
            limit: usize::try_from(request.limit)
                .ok()
                .filter(|limit| *limit > 0),
            key_bytes: KEY_BYTES,
            timeout: Some(self.host.statement_timeout),
            now: self.now,
        };
        let found = self.host.sql.lock().index_query(self.engine, &query);
        match found.map_err(|error| self.index_refused(error, request))? {
            KeysOrRunning::Keys(keys) => self.first_entries(keys, page_size),
            KeysOrRunning::Running(running) => Err(Refusal::Runs(Box::new(LongQuery {
                running: *running,
                form: Form::Keys(page_size),
            }))),
        }
    }

    /// The first page of the entries of found keys.
    pub(super) fn first_entries(
        &mut self,
        keys: FoundKeys,
        page_size: usize,
    ) -> Result<Body, Refusal> {
        let opened = self
            .engine
            .open_keys(self.connection, keys, page_size, self.now);
        let (id, page) = opened?;
        let page = served_page(&page);
        Ok(body(&Cursor { id, page }, self.dialect))
    }

    /// As a node with the only copy of the data says it.
    fn index_refused(&self, error: IndexQueryError, request: &IndexQueryRequest) -> Refusal {
        let reason = match error {
            IndexQueryError::Sql(error) => return self.refused(error, ""),
            IndexQueryError::Refused(IndexQueryRefused::Fault(reason)) => reason,
            IndexQueryError::Refused(IndexQueryRefused::Query(reason)) => format!(
                "Failed to execute IndexQuery: {reason}. Query desc: {}",
                description(request)
            ),
        };
        failed(checked_exception(reason)).into()
    }
}

fn no_such_partition() -> ServerError {
    let message = "Ouch! Argument is invalid: Specified partition must be in the range [0, N) where N \
                   is partition number in the cache.";
    failed(message)
}

/// As `IndexQueryDesc` prints itself.
fn description(request: &IndexQueryRequest) -> String {
    let fields = request.criteria.as_deref().map_or_else(
        || "null".to_owned(),
        |criteria| {
            let fields: Vec<&str> = criteria.iter().map(criterion_field).collect();
            format!("[{}]", fields.join(", "))
        },
    );
    format!(
        "IndexQuery[idxName={}, valType={}, fields={fields}]",
        request.index.as_deref().unwrap_or("null"),
        request.value_type.as_deref().unwrap_or("null"),
    )
}
