//! gRPC over HTTP/2, for services of a `.proto` and for foreign peers of either side.
//!
//! HTTP/2 is hyper's; the vocabulary of gRPC (codes, statuses, their headers) is tonic's. The
//! way between them is short: a message is encoded once, behind the five bytes in front of it,
//! and handed to HTTP/2 as it is. tonic's own layers are not used, because they end a late call
//! with `CANCELLED`, take an upload that was broken off for a whole one, and panic at a status
//! whose details are no base64.

mod channel;
mod client;
mod headers;
mod listener;
mod message;
mod options;
mod outbox;
mod server;
mod status;
mod target;

pub use channel::GrpcChannel;
pub use listener::GrpcListener;
pub use options::GrpcOptions;
pub use target::{GrpcTarget, GrpcTargetError};
