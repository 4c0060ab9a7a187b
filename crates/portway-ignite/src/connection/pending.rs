//! What an answer may bring beside its bytes.

use bytes::Bytes;
use portway_ignite_protocol::{DecodeError, FirstSetPage, Layout, Reader, ResourceId, ServerError};
use tokio::time::Instant;

use super::listeners::{Listeners, NotificationQueue};
use super::resource::{Release, Resource, ResourceSlot};
use super::transaction::TransactionPart;
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

/// What a request is tied to beside its answer. Most are to nothing, so it is boxed.
#[derive(Debug)]
pub(crate) struct Ties {
    pub(crate) opens: Opens,
    /// The transaction that it is part of, which must not end before the node answers.
    pub(crate) part_of: Option<TransactionPart>,
}

impl Ties {
    /// `None` where there are none.
    pub(crate) fn of(opens: Opens, part_of: Option<TransactionPart>) -> Option<Box<Self>> {
        match (&opens, &part_of) {
            (Opens::Nothing, None) => None,
            _ => Some(Box::new(Self { opens, part_of })),
        }
    }
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
    opened: Option<Box<Opened>>,
}

/// What an answer opened on the server. Most open nothing, so it is boxed.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) resource: Option<Resource>,
    pub(crate) notifications: Option<NotificationQueue>,
}

impl Reply {
    /// Takes what the answer opened on the server.
    pub(crate) fn into_opened(self) -> Opened {
        self.opened.map_or_else(Opened::default, |opened| *opened)
    }
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
    let opened = match opens {
        Opens::Nothing => None,
        opens => {
            let opened = open(&body, opens, listeners);
            Some(Box::new(
                opened.map_err(|source| Error::Decode { operation, source })?,
            ))
        }
    };
    Ok(Reply {
        body,
        arrived,
        opened,
    })
}

fn open(body: &Bytes, opens: Opens, listeners: &mut Listeners) -> Result<Opened, DecodeError> {
    let mut reader = Reader::shared(body);
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
    Ok(Opened {
        resource,
        notifications,
    })
}

/// The id at the front of an answer, and how it is released.
fn release(reader: &mut Reader<'_>) -> Result<(i64, Release), DecodeError> {
    let ResourceId(id) = ResourceId::decode(reader)?;
    Ok((id, Release::Resource(id)))
}
