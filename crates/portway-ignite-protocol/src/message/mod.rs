//! The headers of requests, responses and notifications, and whole messages.
//!
//! ```text
//! request        operation i16 | request id i64 | body
//! response 1.4+  request id i64 | flags i16 | [2: topology] | [1: status i32, message str] | body
//! response 1.0+  request id i64 | status i32 | [not 0: message str] | body
//! notification   resource id i64 | flags i16 | operation i16 | [1: status, message] | body
//! ```

mod request;
mod response;

use crate::codec::sequence;

pub use request::{IncomingRequest, RequestHeader, encode_request, set_request_id, write_request};
pub use response::{
    Incoming, NotificationHeader, ResponseHeader, decode_body, decode_value, encode_error,
    encode_failed_notification, encode_notification, encode_response,
};

/// The version of the partitions' distribution over the nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopologyVersion {
    /// Counts joins and leaves of nodes.
    pub major: i64,
    /// Counts other changes, such as a new cache.
    pub minor: i32,
}

sequence!(TopologyVersion {
    major: i64,
    minor: i32
});
