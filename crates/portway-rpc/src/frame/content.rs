//! What frames say.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    Code, Metadata, Status,
    frame::{Hello, Kind},
};

/// One frame.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Frame {
    /// See [`Kind::Hello`].
    Hello(Hello),
    /// See [`Kind::Method`].
    Method {
        /// The number by which requests will call it.
        number: u32,
        /// `package.Service/Method`.
        path: String,
    },
    /// See [`Kind::Request`].
    Request {
        /// The number of the new stream.
        stream: u32,
        /// The number of the method.
        method: u32,
        /// How long the call may take.
        timeout: Duration,
        /// What travels beside the message.
        metadata: Metadata,
        /// The first message.
        message: Option<Bytes>,
        /// No more messages come.
        end: bool,
    },
    /// See [`Kind::Message`].
    Message {
        /// The number of the stream.
        stream: u32,
        /// The message; without one, only the end is told.
        message: Option<Bytes>,
        /// No more messages come; of a server, all went well.
        end: bool,
    },
    /// See [`Kind::Leading`].
    Leading {
        /// The number of the stream.
        stream: u32,
        /// The metadata.
        metadata: Metadata,
    },
    /// See [`Kind::Status`].
    Status {
        /// The number of the stream.
        stream: u32,
        /// How it ended; of [`Code::Ok`] where metadata follows the last message.
        status: Status,
    },
    /// See [`Kind::Cancel`].
    Cancel {
        /// The number of the stream.
        stream: u32,
    },
    /// See [`Kind::Credit`].
    Credit {
        /// The number of the stream.
        stream: u32,
        /// How many bytes more the sender may send.
        bytes: u32,
    },
    /// See [`Kind::Ping`].
    Ping(u64),
    /// See [`Kind::Pong`].
    Pong(u64),
    /// See [`Kind::GoAway`].
    GoAway {
        /// The last stream that will be served.
        last: u32,
        /// Why.
        code: Code,
        /// Why, for people.
        reason: String,
    },
}

impl Frame {
    /// Returns the number of its kind.
    pub(crate) fn kind(&self) -> u8 {
        let kind = match self {
            Self::Hello(_) => Kind::Hello,
            Self::Method { .. } => Kind::Method,
            Self::Request { .. } => Kind::Request,
            Self::Message { .. } => Kind::Message,
            Self::Leading { .. } => Kind::Leading,
            Self::Status { .. } => Kind::Status,
            Self::Cancel { .. } => Kind::Cancel,
            Self::Credit { .. } => Kind::Credit,
            Self::Ping(_) => Kind::Ping,
            Self::Pong(_) => Kind::Pong,
            Self::GoAway { .. } => Kind::GoAway,
        };
        kind as u8
    }
}
