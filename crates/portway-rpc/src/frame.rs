//! The framed protocol as a state machine: bytes in, events out, no socket, no clock, no task.
//!
//! Every byte is described in `docs/framed-protocol.md`. A [`Decoder`] cuts [`Frame`]s out of
//! what a socket delivers; a [`ClientConnection`] or a [`ServerConnection`] checks them, keeps
//! account of streams and credit, and puts what is to be sent into an [`Outbox`].
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod account;
mod block;
mod body;
mod client;
mod coding;
mod content;
mod decoder;
mod error;
mod hello;
mod outbox;
mod server;
mod settings;
mod stream_map;
mod wire;

pub use account::cost;
pub(crate) use account::portion;
pub(crate) use body::encode_large;
pub use body::{Body, Encoded, LARGE_MESSAGE};
pub use client::{ClientConnection, ClientEvent, Opening};
pub use coding::MAXIMUM_PATH;
pub use content::Frame;
pub use decoder::Decoder;
pub use error::FrameError;
pub use hello::Hello;
pub use outbox::{Chunks, Outbox};
pub use server::{ServerConnection, ServerEvent};
pub use settings::{
    MAGIC, MAXIMUM_METHODS, MESSAGE_OVERHEAD, MINIMUM_FRAME, PROTOCOL_VERSION, Settings,
};
pub use wire::{Flags, HEADER, Kind};

/// How many bytes may wait before pings go unanswered: a peer that pings and does not read must
/// not fill the memory.
const PONG_LIMIT: usize = 1 << 20;
