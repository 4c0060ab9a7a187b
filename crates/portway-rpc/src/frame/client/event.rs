//! What the frames of a server mean to its client.

use bytes::Bytes;

use crate::{Metadata, Status};

/// What a frame of the server means to the user of a [`ClientConnection`](super::ClientConnection).
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientEvent<'a, A> {
    /// Nothing that is to be acted on.
    Nothing,
    /// The server greeted: streams can be opened.
    Ready,
    /// A message came; with `end` the call went well.
    Message {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// The message.
        message: Option<Bytes>,
        /// Whether the call is over.
        end: bool,
    },
    /// Metadata came in front of the first message.
    Leading {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// The metadata.
        metadata: Metadata,
    },
    /// The call is over.
    Ended {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// How; of [`Code::Ok`](crate::Code::Ok) if well.
        status: Status,
    },
    /// More may be sent on a stream.
    Credit {
        /// What is attached to the stream.
        attachment: &'a mut A,
    },
    /// The answer to a ping.
    Pong(u64),
    /// The server takes no more streams; those above `last` were not begun.
    GoAway {
        /// The last stream that it serves.
        last: u32,
        /// Why.
        status: Status,
    },
}
