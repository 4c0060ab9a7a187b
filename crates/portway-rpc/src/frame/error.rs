//! What is wrong with what a peer sent.

use thiserror::Error;

use crate::{Code, MetadataError};

/// Why a connection cannot go on: what the peer sent is not the framed protocol.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A length beyond the limit; nothing of the frame was read.
    #[error(
        "a frame of {length} bytes is above the limit of {limit}: send less, or raise the limit"
    )]
    FrameTooLarge {
        /// The length that the frame claims.
        length: u32,
        /// The limit of this side.
        limit: u32,
    },
    /// A frame that ends before what its kind has.
    #[error("a frame of kind {kind} ends too early")]
    Truncated {
        /// The number of the kind.
        kind: u8,
    },
    /// Bytes behind what a frame of this kind has.
    #[error("a frame of kind {kind} goes on behind its end")]
    TrailingBytes {
        /// The number of the kind.
        kind: u8,
    },
    /// A kind that this version does not have.
    #[error("there is no kind of frame {kind} in this version")]
    UnknownKind {
        /// The number.
        kind: u8,
    },
    /// Flags that the kind does not have.
    #[error("a frame of kind {kind} has no flags {flags:#04x}")]
    UnknownFlags {
        /// The number of the kind.
        kind: u8,
        /// The flags.
        flags: u8,
    },
    /// The first bytes are not those of this protocol.
    #[error("the peer does not speak the framed protocol of portway-rpc")]
    Magic,
    /// No version is common to both.
    #[error("the peer speaks versions {lowest} to {highest}, this side speaks {PROTOCOL}", PROTOCOL = super::PROTOCOL_VERSION)]
    Version {
        /// The lowest version of the peer.
        lowest: u8,
        /// The highest.
        highest: u8,
    },
    /// Settings with which nothing could be sent.
    #[error("the peer's settings leave no room for a message")]
    Settings,
    /// A frame where it has no place: before the greeting, twice, or from the wrong side.
    #[error("a frame of kind {kind} has no place here")]
    Unexpected {
        /// The number of the kind.
        kind: u8,
    },
    /// A text that is not UTF-8.
    #[error("a text in a frame of kind {kind} is not UTF-8")]
    Text {
        /// The number of the kind.
        kind: u8,
    },
    /// Metadata that is none.
    #[error("metadata in a frame of kind {kind} is none")]
    Metadata {
        /// The number of the kind.
        kind: u8,
        /// What is wrong with it.
        source: MetadataError,
    },
    /// A method whose number is not the next one, or that there is no room for.
    #[error("method {number} is not the next one, or one too many")]
    MethodNumber {
        /// The number.
        number: u32,
    },
    /// A request of a method that was not named before.
    #[error("method {number} was not named before it was called")]
    UnknownMethod {
        /// The number.
        number: u32,
    },
    /// A stream whose number is not above all earlier ones.
    #[error("stream {stream} was opened after a later one")]
    StreamNumber {
        /// The number.
        stream: u32,
    },
    /// A message without credit for it.
    #[error("a message came on stream {stream} without credit for it")]
    Credit {
        /// The number of the stream.
        stream: u32,
    },
    /// More credit than a stream can have.
    #[error("stream {stream} was given more credit than there is")]
    CreditOverflow {
        /// The number of the stream.
        stream: u32,
    },
}

impl FrameError {
    /// Returns the code that the other side is told.
    pub fn code(&self) -> Code {
        match self {
            Self::FrameTooLarge { .. } | Self::Credit { .. } => Code::ResourceExhausted,
            Self::Version { .. } => Code::Unimplemented,
            _ => Code::InvalidArgument,
        }
    }
}
