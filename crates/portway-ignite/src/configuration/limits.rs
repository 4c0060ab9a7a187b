//! The ranges of the numbers in a configuration.

use super::ClientConfiguration;
use crate::error::ConfigurationError;

/// Below this even the handshake would not fit.
const SMALLEST_FRAME_LIMIT: usize = 1024;
/// The length of a frame is an `i32`.
const LARGEST_FRAME_LIMIT: usize = i32::MAX as usize;
/// More sockets to one node than that serve nobody.
const MOST_CONNECTIONS: usize = 64;
/// A longer queue is no bound any more.
const LONGEST_QUEUE: usize = 1 << 20;

impl ClientConfiguration {
    pub(super) fn check_limits(&self) -> Result<(), ConfigurationError> {
        let frames = SMALLEST_FRAME_LIMIT..=LARGEST_FRAME_LIMIT;
        let limits = [
            (
                "requests_in_flight",
                self.requests_in_flight,
                1..=LONGEST_QUEUE,
            ),
            ("listener_queue", self.listener_queue, 1..=LONGEST_QUEUE),
            ("frame_limit", self.frame_limit, frames),
            (
                "connections_per_node",
                self.topology.connections_per_node,
                1..=MOST_CONNECTIONS,
            ),
        ];
        for (name, value, range) in limits {
            if !range.contains(&value) {
                let (least, most) = range.into_inner();
                return Err(ConfigurationError::Limit {
                    name,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}
