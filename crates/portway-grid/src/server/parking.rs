//! Requests that wait for a lock: kept as they came, and executed again when it is free.

use std::collections::BTreeMap;

use bytes::Bytes;
use portway_ignite_protocol::{IncomingRequest, RequestHeader};

use super::core::Core;
use super::shared::Served;
use crate::engine::{ConnectionId, EngineError, Wait, WaiterId};

/// All requests that wait.
#[derive(Debug, Default)]
pub(super) struct Parked {
    requests: BTreeMap<WaiterId, ParkedRequest>,
}

#[derive(Debug)]
struct ParkedRequest {
    connection: ConnectionId,
    header: RequestHeader,
    payload: Bytes,
}

impl Parked {
    /// Forgets what a connection that is gone asked for.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.requests
            .retain(|_, request| request.connection != connection);
    }

    fn bytes(&self, connection: ConnectionId) -> usize {
        let of_connection = self
            .requests
            .values()
            .filter(|request| request.connection == connection);
        of_connection.map(|request| request.payload.len()).sum()
    }
}

impl Core {
    /// Keeps a request until the engine names its waiter.
    pub(super) fn park(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        payload: &Bytes,
        wait: Wait,
        served: &Served<'_>,
    ) {
        let limit = served.limits.message_bytes;
        let waiter = if self.parked.bytes(connection) + payload.len() > limit {
            Err(EngineError::TooManyWaitingBytes { limit })
        } else {
            self.engine.wait(connection, wait)
        };
        match waiter {
            Ok(waiter) => {
                let request = ParkedRequest {
                    connection,
                    header,
                    // A part of the connection's buffer would keep the whole buffer.
                    payload: Bytes::copy_from_slice(payload),
                };
                self.parked.requests.insert(waiter, request);
            }
            Err(error) => self.refuse(connection, header, error, served),
        }
    }

    /// Executes what needs not wait any more, until nothing does.
    pub(super) fn execute_woken(&mut self, served: &Served<'_>) {
        while let Some(wake) = self.engine.poll_wake() {
            let Some(request) = self.parked.requests.remove(&wake.waiter) else {
                continue;
            };
            let connection = request.connection;
            match wake.failure {
                Some(error) => self.refuse(connection, request.header, error, served),
                None => self.execute_again(connection, &request.payload, served),
            }
        }
    }

    /// Executes a request that waited.
    pub(super) fn execute_again(
        &mut self,
        connection: ConnectionId,
        payload: &Bytes,
        served: &Served<'_>,
    ) {
        let Some(dialect) = self.dialect(connection) else {
            return;
        };
        // It was understood when it came.
        if let Ok(request) = IncomingRequest::to_keep(payload, dialect) {
            self.execute(connection, request, payload, served);
        }
    }
}
