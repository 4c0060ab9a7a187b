//! The methods by which subscribers and workers reach a hub.

use bytes::Bytes;

use crate::{Method, Raw, Shape};

/// The name of the service.
pub(super) const SERVICE: &str = "portway.Patterns";

/// The most jobs that one worker may have at a time, whatever it wishes.
pub(super) const MAXIMUM_PREFETCH: u32 = 4096;

/// What one wants, as the first message of a call: protobuf, so that fields can be added.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Wish {
    /// The topic or queue.
    #[prost(string, tag = "1")]
    pub(super) name: String,
    /// The content type of the codec: both sides must have the same.
    #[prost(string, tag = "2")]
    pub(super) content_type: String,
    /// Jobs that a worker at least once has at a time.
    #[prost(uint32, tag = "3")]
    pub(super) prefetch: u32,
}

macro_rules! methods {
    ($($(#[$documentation:meta])* $name:ident: $shape:ident,)*) => {
        $($(#[$documentation])*
        #[derive(Debug)]
        pub struct $name;

        impl Method for $name {
            type Request = Bytes;
            type Response = Bytes;
            type Codec = Raw;
            const SERVICE: &'static str = SERVICE;
            const NAME: &'static str = stringify!($name);
            const SHAPE: Shape = Shape::$shape;
        })*
    };
}

methods! {
    /// Publish-subscribe at most once: packs of messages, and counts of missed messages, which are
    /// four bytes 255 (no message has that size) and eight of the number.
    Subscribe: ServerStreaming,
    /// Push-pull at most once: packs of jobs.
    Pull: ServerStreaming,
    /// Push-pull at least once: one job a message, with its number (8 bytes) and its attempt (4) in
    /// front; the worker says what became of each: the number, a verdict (1: 0 ack, 1 nack, 2 term)
    /// and the milliseconds of a delay (8).
    Work: Bidirectional,
}
