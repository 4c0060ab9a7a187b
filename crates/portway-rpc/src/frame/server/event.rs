//! What the frames of a client mean to its server.

use std::time::Duration;

use bytes::Bytes;

use crate::Metadata;

/// What a frame of the client means to the user of a [`ServerConnection`](super::ServerConnection).
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent<'a, A> {
    /// Nothing that is to be acted on.
    Nothing,
    /// The client names a method; its number is how many were named before.
    Method {
        /// `package.Service/Method`.
        path: String,
    },
    /// The client calls a method.
    Request {
        /// The number of the stream.
        stream: u32,
        /// The number of the method.
        method: usize,
        /// How long the call may take.
        timeout: Duration,
        /// What travels beside the message.
        metadata: Metadata,
        /// The first message.
        message: Option<Bytes>,
        /// No more messages come.
        end: bool,
    },
    /// A message came.
    Message {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// The message.
        message: Option<Bytes>,
        /// No more messages come.
        end: bool,
    },
    /// The client gave up; the stream is forgotten.
    Cancelled {
        /// What was attached to the stream.
        attachment: A,
    },
    /// More may be sent on a stream.
    Credit {
        /// What is attached to the stream.
        attachment: &'a mut A,
    },
    /// The answer to a ping.
    Pong(u64),
    /// The client is about to close.
    GoAway,
}
