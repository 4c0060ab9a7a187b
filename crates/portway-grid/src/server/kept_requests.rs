//! Requests that wait, for a lock or for SQL: kept as they came, and executed again.
//!
//! What one connection may keep is bounded, in requests and in bytes: each holds memory.

use std::collections::BTreeMap;

use bytes::Bytes;
use portway_ignite_protocol::{IncomingRequest, RequestHeader};

use super::core::Core;
use super::shared::Served;
use crate::engine::{ConnectionId, EngineError};

/// Requests of one connection that may wait in one place.
const PER_CONNECTION: usize = 1024;

/// A request as it came.
#[derive(Debug)]
pub(super) struct KeptRequest {
    pub(super) connection: ConnectionId,
    pub(super) header: RequestHeader,
    payload: Bytes,
}

impl KeptRequest {
    pub(super) fn new(connection: ConnectionId, header: RequestHeader, payload: &Bytes) -> Self {
        Self {
            connection,
            header,
            // A part of the connection's buffer would keep the whole buffer.
            payload: Bytes::copy_from_slice(payload),
        }
    }
}

/// The requests that wait in one place, in the order of what they are known by.
#[derive(Debug)]
pub(super) struct KeptRequests<K> {
    requests: BTreeMap<K, KeptRequest>,
    held: BTreeMap<ConnectionId, Held>,
}

/// What the requests of a connection hold.
#[derive(Debug, Default)]
struct Held {
    requests: usize,
    bytes: usize,
}

impl<K> Default for KeptRequests<K> {
    fn default() -> Self {
        Self {
            requests: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Copy> KeptRequests<K> {
    /// Whether a connection may keep one more request, of so many bytes.
    ///
    /// # Errors
    /// [`EngineError::TooManyWaitingBytes`] when it holds all it may: `limit` bytes, or its number of
    /// requests.
    pub(super) fn check_room(
        &self,
        connection: ConnectionId,
        payload: &Bytes,
        limit: usize,
    ) -> Result<(), EngineError> {
        let nothing = Held::default();
        let held = self.held.get(&connection).unwrap_or(&nothing);
        if held.requests >= PER_CONNECTION || held.bytes + payload.len() > limit {
            return Err(EngineError::TooManyWaitingBytes { limit });
        }
        Ok(())
    }

    /// Keeps a request there is room for.
    pub(super) fn insert(&mut self, key: K, request: KeptRequest) {
        let held = self.held.entry(request.connection).or_default();
        held.requests += 1;
        held.bytes += request.payload.len();
        self.requests.insert(key, request);
    }

    /// Gives a request back.
    pub(super) fn remove(&mut self, key: K) -> Option<KeptRequest> {
        let request = self.requests.remove(&key)?;
        if let Some(held) = self.held.get_mut(&request.connection) {
            held.requests -= 1;
            held.bytes -= request.payload.len();
            if held.requests == 0 {
                self.held.remove(&request.connection);
            }
        }
        Some(request)
    }

    /// Forgets what a connection that is gone asked for.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        if self.held.remove(&connection).is_some() {
            self.requests
                .retain(|_, request| request.connection != connection);
        }
    }
}

/// Requests that are served in the order in which they came: known by their place in the line.
pub(super) type Line = KeptRequests<u64>;

impl Line {
    /// Puts a request behind all others.
    ///
    /// # Errors
    /// As [`check_room`](Self::check_room).
    pub(super) fn push_back(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        payload: &Bytes,
        limit: usize,
    ) -> Result<(), EngineError> {
        self.check_room(connection, payload, limit)?;
        let last = self.requests.last_key_value();
        let place = last.map_or(0, |(place, _)| place + 1);
        self.insert(place, KeptRequest::new(connection, header, payload));
        Ok(())
    }

    /// The request whose turn it is.
    pub(super) fn pop_front(&mut self) -> Option<KeptRequest> {
        let (place, _) = self.requests.first_key_value()?;
        self.remove(*place)
    }
}

impl Core {
    /// Executes a request that waited.
    pub(super) fn execute_again(&mut self, request: &KeptRequest, served: &Served<'_>) {
        let KeptRequest {
            connection,
            payload,
            ..
        } = request;
        let Some(dialect) = self.dialect(*connection) else {
            return;
        };
        // It was understood when it came.
        if let Ok(request) = IncomingRequest::to_keep(payload, dialect) {
            self.execute(*connection, request, payload, served);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: ConnectionId = ConnectionId(1);
    const SECOND: ConnectionId = ConnectionId(2);
    /// Bytes that a connection may keep.
    const LIMIT: usize = 10;

    /// Puts a request of so many bytes into a line; answers whether there was room.
    fn push(line: &mut Line, connection: ConnectionId, bytes: usize) -> bool {
        let header = RequestHeader {
            operation: 0,
            request_id: 0,
        };
        let payload = Bytes::from(vec![0; bytes]);
        let kept = line.push_back(connection, header, &payload, LIMIT);
        kept.is_ok()
    }

    /// Whose turn it is, and how many bytes the request has.
    fn pop(line: &mut Line) -> Option<(ConnectionId, usize)> {
        let request = line.pop_front()?;
        Some((request.connection, request.payload.len()))
    }

    #[test]
    fn a_line_is_served_in_order() {
        let mut line = Line::default();
        for (connection, bytes) in [(FIRST, 3), (SECOND, 1), (FIRST, 2)] {
            assert!(push(&mut line, connection, bytes));
        }
        assert_eq!(pop(&mut line), Some((FIRST, 3)));
        assert_eq!(pop(&mut line), Some((SECOND, 1)));
        assert_eq!(pop(&mut line), Some((FIRST, 2)));
        assert_eq!(pop(&mut line), None);
    }

    #[test]
    fn each_connection_has_a_bound_of_its_own_in_bytes() {
        let mut line = Line::default();
        assert!(push(&mut line, FIRST, 6));
        assert!(!push(&mut line, FIRST, 5));
        assert!(push(&mut line, SECOND, LIMIT));
        pop(&mut line);
        assert!(push(&mut line, FIRST, LIMIT));
    }

    #[test]
    fn each_connection_has_a_bound_of_its_own_in_requests() {
        let mut line = Line::default();
        for _ in 0..PER_CONNECTION {
            assert!(push(&mut line, FIRST, 0));
        }
        assert!(!push(&mut line, FIRST, 0));
        assert!(push(&mut line, SECOND, 0));
    }

    #[test]
    fn what_a_connection_left_is_forgotten() {
        let mut line = Line::default();
        assert!(push(&mut line, FIRST, LIMIT));
        assert!(push(&mut line, SECOND, 1));
        line.forget(FIRST);
        assert!(push(&mut line, FIRST, LIMIT));
        assert_eq!(pop(&mut line), Some((SECOND, 1)));
    }
}
