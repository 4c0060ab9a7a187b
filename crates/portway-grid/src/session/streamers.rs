//! Data streamers, 8000 and 8001.

use portway_ignite_protocol::{
    Entry, EntryBatch, ResourceId, StreamerDataRequest, StreamerStartRequest,
};

use super::Context;
use super::answer::{Body, body};
use super::reply::Refusal;
use crate::engine::{Call, EngineError};

/// What is answered for a streamer that has ended already.
const ENDED: ResourceId = ResourceId(0);

impl Context<'_> {
    pub(super) fn start_streamer(
        &mut self,
        request: &StreamerStartRequest,
    ) -> Result<Body, Refusal> {
        let cache = request.cache.0;
        self.engine.cache_configuration(cache)?;
        if let Some(receiver) = &request.receiver {
            return Err(self
                .no_such_class(&receiver.object, receiver.platform)
                .into());
        }
        let call = Call {
            cache,
            policy: None,
            transaction: None,
            now: self.now,
        };
        let entries = checked(&request.entries)?;
        let id =
            self.engine
                .start_streamer(self.connection, call, request.flags, changes(&entries))?;
        Ok(body(&id.unwrap_or(ENDED), self.dialect))
    }

    pub(super) fn add_to_streamer(
        &mut self,
        request: &StreamerDataRequest,
    ) -> Result<Body, Refusal> {
        let StreamerDataRequest {
            streamer, flags, ..
        } = *request;
        let entries = checked(&request.entries)?;
        let changes = changes(&entries);
        self.engine
            .add_to_streamer(self.connection, streamer, flags, changes, self.now)?;
        Ok(body(&(), self.dialect))
    }
}

fn checked(batch: &EntryBatch) -> Result<Vec<Entry>, EngineError> {
    let entries: Vec<_> = batch.entries().collect();
    if entries.iter().any(|entry| entry.key.is_null()) {
        return Err(EngineError::NullKey);
    }
    Ok(entries)
}

/// A null value removes its key.
fn changes(entries: &[Entry]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    entries.iter().map(|Entry { key, value }| {
        let value = (!value.is_null()).then(|| value.as_bytes());
        (key.as_bytes(), value)
    })
}
