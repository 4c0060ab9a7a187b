//! What an answer may bring beside its bytes.

use bytes::Bytes;
use portway_ignite_protocol::{DecodeError, FirstSetPage, Layout, Reader, ResourceId, ServerError};
use tokio::time::Instant;

use super::listeners::{Listeners, NotificationQueue};
use super::resource::{Release, Resource, ResourceSlot};
use crate::error::Error;

/// What a successful answer leaves open on the server.
#[derive(Debug)]
pub(crate) enum Opens {
    Nothing,
    /// A cursor: the answer begins with its id.
    Cursor(ResourceSlot),
    /// A continuous query: the answer begins with its id, and notifications follow.
    Listener(ResourceSlot),
    /// A compute task: the answer is its id, and one notification follows.
    Task(ResourceSlot),
    /// A transaction: the answer is its number.
    Transaction(ResourceSlot),
    /// A walk over a set: the answer may end with its id.
    SetIterator(ResourceSlot),
}

impl Opens {
    /// Whether notifications follow the answer, or come before it.
    pub(crate) fn notifies(&self) -> bool {
        matches!(self, Self::Listener(_) | Self::Task(_))
    }
}

/// A successful answer.
///
/// If nobody takes it, because the future that waited was dropped, its resource is released by
/// being dropped with it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    /// When it was read.
    pub(crate) arrived: Instant,
    pub(crate) resource: Option<Resource>,
    pub(crate) notifications: Option<NotificationQueue>,
}

/// Makes the reply that is handed to who waits.
pub(crate) fn accept(
    operation: &'static str,
    outcome: Result<Bytes, ServerError>,
    arrived: Instant,
    opens: Opens,
    listeners: &mut Listeners,
) -> Result<Reply, Error> {
    let body = outcome.map_err(|error| Error::server(operation, error))?;
    if matches!(opens, Opens::Nothing) {
        return Ok(Reply {
            body,
            arrived,
            resource: None,
            notifications: None,
        });
    }
    take_open(body, arrived, opens, listeners).map_err(|source| Error::Decode { operation, source })
}

fn take_open(
    body: Bytes,
    arrived: Instant,
    opens: Opens,
    listeners: &mut Listeners,
) -> Result<Reply, DecodeError> {
    let mut reader = Reader::shared(&body);
    let (resource, notifications) = match opens {
        Opens::Nothing => (None, None),
        Opens::Cursor(slot) => (Some(slot.open(release(&mut reader)?.1)), None),
        Opens::Listener(slot) => {
            let (id, release) = release(&mut reader)?;
            (Some(slot.open(release)), Some(listeners.open(id)))
        }
        Opens::Task(slot) => {
            let (id, release) = release(&mut reader)?;
            (Some(slot.open(release)), Some(listeners.open_for_one(id)))
        }
        Opens::Transaction(slot) => {
            let transaction = Release::Transaction(reader.i32()?);
            (Some(slot.open(transaction)), None)
        }
        Opens::SetIterator(slot) => {
            let iterator = FirstSetPage::decode(&mut reader)?.iterator;
            let release = |ResourceId(id)| slot.open(Release::Resource(id));
            (iterator.map(release), None)
        }
    };
    Ok(Reply {
        body,
        arrived,
        resource,
        notifications,
    })
}

/// The id at the front of an answer, and how it is released.
fn release(reader: &mut Reader<'_>) -> Result<(i64, Release), DecodeError> {
    let ResourceId(id) = ResourceId::decode(reader)?;
    Ok((id, Release::Resource(id)))
}
