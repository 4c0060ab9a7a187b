//! What clients are told without asking again: events, 2007, and the ends of tasks, 6001.

use bytes::Bytes;
use portway_ignite_protocol::{
    Dialect, EntryEvent, Operation, RawValue, ResourceId, encode_failed_notification,
    encode_notification as encode,
};

use super::answer::{failed, served, served_or_null, too_long};
use crate::engine::{Event, News, Notification};

/// A notification as a frame; a task's answer over `limit` bytes becomes an error.
pub(crate) fn encode_notification(
    notification: &Notification,
    dialect: Dialect,
    limit: usize,
) -> Bytes {
    match &notification.news {
        News::Event(event) => {
            let events = vec![served_event(event)];
            let operation = Operation::ContinuousQueryEvent;
            // An event is far below the limit of a frame, unless its value is near it: then the
            // writer's own connection could not have carried it.
            encode(&events, notification.resource, operation, dialect).unwrap_or_default()
        }
        News::TaskFinished(result) => {
            encode_task_end(result.as_ref(), notification.resource, dialect, limit)
        }
    }
}

fn served_event(event: &Event) -> EntryEvent {
    EntryEvent {
        key: served(&event.key),
        old_value: served_or_null(event.old.as_deref()),
        value: served_or_null(event.new.as_deref()),
        kind: event.kind,
    }
}

fn encode_task_end(
    result: Result<&RawValue, &String>,
    task: ResourceId,
    dialect: Dialect,
    limit: usize,
) -> Bytes {
    let operation = Operation::TaskFinished;
    let error = match result {
        Ok(answer) if answer.as_bytes().len() <= limit => {
            return encode(answer, task, operation, dialect).unwrap_or_default();
        }
        Ok(_) => too_long(limit),
        Err(message) => failed(message.as_str()),
    };
    encode_failed_notification(error, task, operation, dialect).unwrap_or_default()
}
