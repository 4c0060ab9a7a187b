//! Scans and continuous queries, 2000 to 2007.

use bytes::Bytes;
use portway_ignite_protocol::{
    ContinuousQueryRequest, Cursor, Dialect, Entry, EntryEvent, Operation, Page, RemoteFilter,
    ResourceId, ScanRequest, ServerError, Status, encode_notification as encode,
};

use super::Context;
use super::answer::{Body, body, served, served_or_null};
use crate::engine::{self, Event, ListenerOptions, Notification, Row, ScanOptions};

impl Context<'_> {
    pub(super) fn scan(&mut self, request: &ScanRequest) -> Result<Body, ServerError> {
        refuse_filter(request.filter.as_ref())?;
        let options = ScanOptions {
            cache: request.header.cache.0,
            page_size: page_size(request.page_size),
            partition: u32::try_from(request.partition).ok(),
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
        let page = self.engine.next_page(self.connection, id, self.now)?;
        Ok(body(&served_page(&page), self.dialect))
    }

    pub(super) fn continuous_query(
        &mut self,
        request: &ContinuousQueryRequest,
    ) -> Result<Body, ServerError> {
        refuse_filter(request.filter.as_ref())?;
        let options = ListenerOptions {
            page_size: page_size(request.page_size),
            interval: request.time_interval,
            include_expired: request.include_expired,
        };
        let id = self
            .engine
            .listen(request.header.cache.0, self.connection, options)?;
        Ok(body(&id, self.dialect))
    }
}

/// A page has one row at least, whatever was asked for.
fn page_size(asked: i32) -> usize {
    usize::try_from(asked).unwrap_or(1).max(1)
}

/// A filter is a Java class on the server: there is no Java here.
fn refuse_filter(filter: Option<&RemoteFilter>) -> Result<(), ServerError> {
    match filter {
        None => Ok(()),
        Some(_) => Err(ServerError::new(
            Status::FAILED,
            "This grid runs no code of its clients; leave the filter out and filter the rows",
        )),
    }
}

fn served_page(page: &engine::Page) -> Page<Entry> {
    let served_row = |row: &Row| Entry {
        key: served(&row.key),
        value: served(&row.value),
    };
    Page {
        rows: page.rows.iter().map(served_row).collect(),
        has_more: page.has_more,
    }
}

/// A notification as a frame.
pub(crate) fn encode_notification(notification: &Notification, dialect: Dialect) -> Bytes {
    let events: Vec<_> = notification
        .events
        .iter()
        .map(|event| served_event(event))
        .collect();
    let operation = Operation::ContinuousQueryEvent;
    // A page of events is far below the limit of a frame, unless one value is near it: then the
    // writer's own connection could not have carried it.
    encode(&events, notification.listener, operation, dialect).unwrap_or_default()
}

fn served_event(event: &Event) -> EntryEvent {
    EntryEvent {
        key: served(&event.key),
        old_value: served_or_null(event.old.as_deref()),
        value: served_or_null(event.new.as_deref()),
        kind: event.kind,
    }
}
