//! Data streamers: entries in bulk. What arrives is stored at once, so that only the number of a
//! streamer and how it treats entries are kept.

use std::collections::BTreeMap;

use portway_ignite_protocol::{ResourceId, StreamerFlags};

use super::{Call, ConnectionId, Engine, EngineError};

/// Open streamers of one connection. Ignite has no limit; what an open one costs here is small.
const STREAMERS_PER_CONNECTION: usize = 4096;

/// An open streamer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streamer {
    cache: i32,
    /// Whether entries replace those that are there.
    overwrites: bool,
}

impl Engine {
    /// Stores the first entries of a streamer and answers its number; `None` when it ends at once.
    ///
    /// # Errors
    /// [`EngineError::Waits`] while a transaction holds a key: nothing is stored then.
    pub(crate) fn start_streamer<'a>(
        &mut self,
        connection: ConnectionId,
        call: Call,
        flags: StreamerFlags,
        entries: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    ) -> Result<Option<ResourceId>, EngineError> {
        let limit = STREAMERS_PER_CONNECTION;
        if self.streamers.count(connection) >= limit {
            return Err(EngineError::TooManyStreamers { limit });
        }
        let streamer = Streamer {
            cache: call.cache,
            overwrites: flags.contains(StreamerFlags::ALLOW_OVERWRITE),
        };
        self.cache(call.cache)?;
        self.stream(streamer, call.now, entries)?;
        if flags.contains(StreamerFlags::CLOSE) {
            return Ok(None);
        }
        let id = self.next_resource(connection);
        self.streamers.insert(connection, id, streamer);
        Ok(Some(id))
    }

    /// Stores more entries of a streamer.
    ///
    /// # Errors
    /// As [`Engine::start_streamer`].
    pub(crate) fn add_to_streamer<'a>(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        flags: StreamerFlags,
        entries: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        now: i64,
    ) -> Result<(), EngineError> {
        let streamer = self.streamers.get(connection, id);
        let streamer = *streamer.ok_or(EngineError::ResourceNotFound(id))?;
        self.stream(streamer, now, entries)?;
        if flags.contains(StreamerFlags::CLOSE) {
            self.streamers.remove(connection, id);
        }
        Ok(())
    }

    fn stream<'a>(
        &mut self,
        streamer: Streamer,
        now: i64,
        entries: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    ) -> Result<(), EngineError> {
        let call = Call {
            cache: streamer.cache,
            policy: None,
            transaction: None,
            now,
        };
        if streamer.overwrites {
            return self.change_all(call, entries);
        }
        let mut first = BTreeMap::new();
        for (key, value) in entries {
            // Without overwriting the first value stays, and nothing is removed.
            if let Some(value) = value
                && self.peek(call, key)?.is_none()
            {
                first.entry(key).or_insert(Some(value));
            }
        }
        self.change_all(call, first.into_iter())
    }
}
