//! Requests that wait for a lock, until the engine names their waiter.

use bytes::Bytes;
use portway_ignite_protocol::RequestHeader;

use super::core::Core;
use super::kept_requests::KeptRequest;
use super::shared::Served;
use crate::engine::{ConnectionId, Wait};

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
        let room = self.parked.check_room(connection, payload, limit);
        match room.and_then(|()| self.engine.wait(connection, wait)) {
            Ok(waiter) => {
                let request = KeptRequest::new(connection, header, payload);
                self.parked.insert(waiter, request);
            }
            Err(error) => self.refuse(connection, header, error, served),
        }
    }

    /// Executes what needs not wait any more, until nothing does.
    pub(super) fn execute_woken(&mut self, served: &Served<'_>) {
        while let Some(wake) = self.engine.poll_wake() {
            let Some(request) = self.parked.remove(wake.waiter) else {
                continue;
            };
            match wake.failure {
                Some(error) => self.refuse(request.connection, request.header, error, served),
                None => self.execute_again(&request, served),
            }
        }
    }
}
