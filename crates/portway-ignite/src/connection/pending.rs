//! Requests of a connection between their sending and their answer.

use std::collections::HashMap;

use bytes::Bytes;
use portway_ignite_protocol::{DecodeError, FirstSetPage, Layout, Reader, ResourceId, ServerError};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

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

impl Opens {
    /// Whether notifications follow the answer, or come before it.
    fn notifies(&self) -> bool {
        matches!(self, Self::Listener(_) | Self::Task(_))
    }
}

/// A request on its way to the driver.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) id: i64,
    pub(crate) frame: Bytes,
    pub(crate) waiter: Waiter,
}

/// Who waits for an answer.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) operation: &'static str,
    pub(crate) opens: Opens,
    pub(crate) reply: oneshot::Sender<Result<Reply, Error>>,
    /// The place among the requests in flight. It is kept until the node answers, even if nobody
    /// waits any more, so that the table cannot outgrow its limit.
    pub(crate) room: OwnedSemaphorePermit,
    /// The transaction that it is part of, which must not end before the node answers.
    pub(crate) part_of: Option<TransactionPart>,
}

/// A successful answer.
///
/// If nobody takes it, because the future that waited was dropped, its resource is released by
/// being dropped with it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    pub(crate) resource: Option<Resource>,
    pub(crate) notifications: Option<NotificationQueue>,
}

/// The requests that wait for their answers.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    waiting: HashMap<i64, Waiter>,
}

impl Pending {
    pub(crate) fn insert(&mut self, id: i64, waiter: Waiter, listeners: &mut Listeners) {
        if waiter.opens.notifies() {
            listeners.await_stream();
        }
        self.waiting.insert(id, waiter);
    }

    /// Hands an answer to who waits for it. Returns false if `id` does not wait.
    pub(crate) fn settle(
        &mut self,
        id: i64,
        outcome: Result<Bytes, ServerError>,
        listeners: &mut Listeners,
    ) -> bool {
        let Some(waiter) = self.waiting.remove(&id) else {
            return false;
        };
        waiter.settle(outcome, listeners);
        true
    }

    /// Tells all that the connection is lost.
    pub(crate) fn fail(&mut self, error: &Error) {
        for (_, waiter) in self.waiting.drain() {
            waiter.fail(error.clone());
        }
    }
}

impl Waiter {
    pub(crate) fn fail(self, error: Error) {
        // Nobody waits any more: nothing to tell.
        let _ = self.reply.send(Err(error));
    }

    fn settle(self, outcome: Result<Bytes, ServerError>, listeners: &mut Listeners) {
        let operation = self.operation;
        let notifies = self.opens.notifies();
        let reply = match outcome {
            Ok(body) => accept(body, self.opens, listeners)
                .map_err(|source| Error::Decode { operation, source }),
            Err(error) => Err(Error::server(operation, error)),
        };
        if notifies {
            listeners.stream_settled();
        }
        // An answer that nobody takes is dropped, and its resource with it.
        let _ = self.reply.send(reply);
        drop(self.room);
        drop(self.part_of);
    }
}

fn accept(body: Bytes, opens: Opens, listeners: &mut Listeners) -> Result<Reply, DecodeError> {
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
        resource,
        notifications,
    })
}

/// The id at the front of an answer, and how it is released.
fn release(reader: &mut Reader<'_>) -> Result<(i64, Release), DecodeError> {
    let ResourceId(id) = ResourceId::decode(reader)?;
    Ok((id, Release::Resource(id)))
}
