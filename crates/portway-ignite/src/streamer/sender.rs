//! Sending batches, again if that is safe, and keeping what could not be stored.

use std::sync::{Arc, Mutex, PoisonError};

use portway_ignite_protocol::{
    CacheId, CodePlatform, EntryBatch, Request, ResourceId, StreamReceiver, StreamerFlags,
    StreamerStartRequest,
};
use tokio::sync::OwnedSemaphorePermit;

use super::STREAM;
use super::lanes::{Owner, Parcel};
use super::progress::{Progress, Ticket};
use crate::client::{Argument, CacheIdentity, Client, Encoder, Operation, Route, TypesOf};
use crate::error::Error;
use crate::reconnect::{Backoff, ReconnectPolicy};

/// A batch meets one failing node after the other while a cluster is restarted node by node; after
/// so many it is something else.
const ATTEMPTS: u32 = 6;
/// The server's own choice: for a whole batch in one request it is the size of the batch.
const SERVERS_CHOICE: i32 = -1;
/// As [`STREAM`], but repeated whatever the retry policy is: storing entries twice does no harm.
const STORE: Operation<'static> = Operation::system(STREAM.name());

/// Sends batches in tasks of their own.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) client: Client,
    pub(super) cache: CacheId,
    pub(super) identity: Arc<CacheIdentity>,
    pub(super) flags: StreamerFlags,
    pub(super) receiver: Option<Argument<'static>>,
    pub(super) types: TypesOf,
    pub(super) progress: Arc<Progress>,
    /// Bounded by what can be on its way, since nothing is taken while something is lost.
    pub(super) lost: Mutex<Vec<(EntryBatch, Error)>>,
}

/// A batch on its way. If its task ends without an outcome, by a panic of the program's own code
/// in it, the batch counts as lost.
struct Flight {
    sender: Arc<Sender>,
    parcel: Parcel,
    outcome: Option<Result<(), Error>>,
    _ticket: Ticket,
    _room: OwnedSemaphorePermit,
}

impl Sender {
    /// Sends a batch, whose permit is given back when it is stored or lost.
    pub(super) fn send(self: &Arc<Self>, parcel: Parcel, to: Owner, room: OwnedSemaphorePermit) {
        let flight = Flight {
            sender: self.clone(),
            parcel,
            outcome: None,
            _ticket: self.progress.begin(),
            _room: room,
        };
        tokio::spawn(async move {
            let outcome = flight.sender.store(&flight.parcel, to).await;
            flight.arrived(outcome);
        });
    }

    /// What was lost since this was asked last.
    pub(super) fn take_lost(&self) -> Vec<(EntryBatch, Error)> {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *lost)
    }

    pub(super) fn has_lost(&self) -> bool {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        !lost.is_empty()
    }

    fn lose(&self, batch: EntryBatch, error: Error) {
        tracing::warn!(entries = batch.len(), %error, "streamed entries may not be stored");
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.push((batch, error));
    }

    async fn store(&self, parcel: &Parcel, to: Owner) -> Result<(), Error> {
        let mut backoff = Backoff::new(ReconnectPolicy::default());
        let mut route = to.map_or(Route::Any, Route::to_node);
        for _ in 1..ATTEMPTS {
            match self.attempt(parcel, route).await {
                Err(error) if self.may_repeat(&error) => {
                    tracing::debug!(entries = parcel.entries.len(), %error, "repeating a batch");
                    tokio::time::sleep(backoff.pause()).await;
                    // Whoever gets it now passes the entries on to their owners.
                    route = Route::Any;
                }
                result => return result,
            }
        }
        self.attempt(parcel, route).await
    }

    async fn attempt(&self, parcel: &Parcel, route: Route<'_>) -> Result<(), Error> {
        let operation = match self.receiver {
            Some(_) => STREAM,
            None => STORE,
        };
        let operation = operation
            .of_cache(&self.identity)
            .with_types(&self.types)
            .routed(route);
        let build = |encoder: &Encoder| Request::StreamerStart(self.request(parcel, encoder));
        let answer = self.client.call(operation, build).await?;
        let ResourceId(_) = answer.read()?;
        Ok(())
    }

    fn request(&self, parcel: &Parcel, encoder: &Encoder) -> StreamerStartRequest {
        if let Some(notes) = &parcel.notes {
            encoder.note(notes.clone());
        }
        let receiver = self.receiver.as_ref();
        StreamerStartRequest {
            cache: self.cache,
            flags: self.flags,
            per_node_buffer: SERVERS_CHOICE,
            per_thread_buffer: SERVERS_CHOICE,
            receiver: receiver.map(|receiver| StreamReceiver {
                object: receiver.encode(encoder),
                platform: CodePlatform::Java.code(),
            }),
            entries: parcel.entries.clone(),
        }
    }

    /// Storing entries twice does no harm, but what a receiver does with them is not known. While
    /// the nodes find out that one of them is lost, they say nothing for some ten seconds.
    fn may_repeat(&self, error: &Error) -> bool {
        error.passes() && self.receiver.is_none()
    }
}

impl Flight {
    fn arrived(mut self, outcome: Result<(), Error>) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let operation = STREAM.name();
        let outcome = self.outcome.take();
        if let Err(error) = outcome.unwrap_or(Err(Error::Interrupted { operation })) {
            self.sender.lose(self.parcel.entries.clone(), error);
        }
    }
}
