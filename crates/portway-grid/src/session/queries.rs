//! Scans and continuous queries: 2000, 2001, 2006 and 2007.

use portway_ignite_protocol::{
    ContinuousQueryRequest, Cursor, Entry, Page, RemoteFilter, ResourceId, ScanRequest, ServerError,
};

use super::Context;
use super::answer::{Body, body, served};
use crate::engine::{
    self, EngineError, ListenerOptions, PARTITIONS, Row, ScanOptions, TransactionId,
};

impl Context<'_> {
    pub(super) fn scan(&mut self, request: &ScanRequest) -> Result<Body, ServerError> {
        let header = request.header;
        if self.transaction(header.transaction).is_some() {
            self.engine.check_transactional(header.cache.0)?;
        }
        self.refuse_filter(request.filter.as_ref())?;
        let options = ScanOptions {
            begun: self.now,
            cache: header.cache.0,
            page_size: page_size(request.page_size)?,
            partition: partition(request.partition)?,
        };
        let (id, page) = self.engine.scan(self.connection, options, self.now)?;
        Ok(body(
            &Cursor {
                id,
                page: served_page(&page),
            },
            self.dialect,
        ))
    }

    pub(super) fn scan_page(&mut self, id: ResourceId) -> Result<Body, ServerError> {
        let page = self.engine.next_page(self.connection, id, self.now);
        let page = page.map_err(page_failure)?;
        Ok(body(&served_page(&page), self.dialect))
    }

    pub(super) fn continuous_query(
        &mut self,
        request: &ContinuousQueryRequest,
    ) -> Result<Body, ServerError> {
        self.refuse_filter(request.filter.as_ref())?;
        let options = ListenerOptions {
            include_expired: request.include_expired,
            page_size: request.page_size,
            interval: request.time_interval,
        };
        let id = self
            .engine
            .listen(request.header.cache.0, self.connection, options)?;
        Ok(body(&id, self.dialect))
    }

    /// The open transaction of this connection with a number, if there is one.
    pub(super) fn transaction(&self, number: Option<i32>) -> Option<TransactionId> {
        number.and_then(|number| self.engine.find_transaction(self.connection, number))
    }

    /// A filter is a class of Java on the server: there is no Java here.
    pub(super) fn refuse_filter(&self, filter: Option<&RemoteFilter>) -> Result<(), ServerError> {
        match filter {
            None => Ok(()),
            Some(filter) => Err(self.no_such_class(&filter.object, filter.platform)),
        }
    }
}

/// How the failure of a page is told: as a real node does for all pages, with the state of SQL.
fn page_failure(error: EngineError) -> ServerError {
    let error = ServerError::from(error);
    ServerError::new(error.status, format!("50000: {}", error.message))
}

pub(super) fn page_size(asked: i32) -> Result<usize, EngineError> {
    match usize::try_from(asked) {
        Ok(size @ 1..) => Ok(size),
        _ => Err(EngineError::NoPageSize),
    }
}

/// A negative number asks for all partitions.
pub(super) fn partition(asked: i32) -> Result<Option<u32>, EngineError> {
    match asked {
        PARTITIONS.. => Err(EngineError::InvalidPartition(asked)),
        _ => Ok(u32::try_from(asked).ok()),
    }
}

pub(super) fn served_page(page: &engine::Page) -> Page<Entry> {
    let served_row = |row: &Row| Entry {
        key: served(&row.key),
        value: served(&row.value),
    };
    Page {
        rows: page.rows.iter().map(served_row).collect(),
        has_more: page.has_more,
    }
}
