//! What can go wrong with a message.

use std::time::Duration;

use crate::{Code, Status};

/// The cause of an error, as the transport's library tells it.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A message was not taken on, or nobody knows whether it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The codec cannot write this value.
    #[error("cannot encode the message as {content_type}: {source}")]
    Encode {
        /// The codec's content type.
        content_type: &'static str,
        /// What the codec says.
        source: Status,
    },
    /// The message is larger than the transport carries.
    #[error(
        "the message has {size} bytes, {limit} are allowed: send a reference to the data, or raise the limit on both sides"
    )]
    TooLarge {
        /// Bytes of the body.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// There is no room. The message was not taken on: try later, or add workers.
    #[error("the queue is full: try later, or add workers")]
    Full,
    /// Nothing takes messages of that name: declare the queue first, or start the other side.
    #[error("no queue takes messages for {name}: declare it first")]
    NoRoute {
        /// Name of the queue or topic.
        name: String,
    },
    /// The transport refused the message: it was not taken on.
    #[error("the message was refused: {reason}")]
    Refused {
        /// What the other side said.
        reason: String,
    },
    /// The transport did not confirm in time. The message may have been taken on: who sends it
    /// again may double it.
    #[error("not confirmed within {waited:?}: it may have been taken on; send it again")]
    Unconfirmed {
        /// How long was waited.
        waited: Duration,
        /// The last thing that went wrong while it was tried.
        source: Option<Cause>,
    },
    /// The other side cannot be reached: the message was not taken on.
    #[error("the transport is not available: {source}{}", hint(source))]
    Unavailable {
        /// What the transport says.
        source: Cause,
    },
    /// Every receiver is gone for good, or this side was closed.
    #[error("the other side is closed")]
    Closed,
}

/// No message was received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// A message came that the codec cannot read. At least once it went to the dead letters; at
    /// most once it is dropped. The next one can be asked for.
    #[error("a message of {size} bytes is not what was expected: {source}")]
    Malformed {
        /// Bytes of the body.
        size: usize,
        /// What the codec says.
        source: Status,
    },
    /// The other side cannot be reached at the moment; ask again to wait for it.
    #[error("the transport is not available: {source}{}", hint(source))]
    Unavailable {
        /// What the transport says.
        source: Cause,
    },
    /// The broker refuses what is asked of it: a queue with other settings, a lack of rights.
    #[error("the broker refused: {reason}")]
    Refused {
        /// What the broker said.
        reason: String,
    },
    /// Nothing will come any more.
    #[error("the other side is closed")]
    Closed,
}

/// The broker may not have heard what became of a delivery: then the message comes again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// The connection over which the message came is gone, and the broker has taken it back.
    #[error("the connection of this delivery is gone: the message comes again: {source}")]
    Lost {
        /// What the transport says.
        source: Cause,
    },
    /// The dead letters did not take the message, so it was not removed from its queue.
    #[error("the dead letters did not take the message, it comes again: {0}")]
    DeadLetters(#[source] Box<SendError>),
}

/// What to look at; a status says it itself.
fn hint(cause: &Cause) -> &'static str {
    match cause.is::<Status>() {
        true => "",
        false => "; is the broker running?",
    }
}

impl From<SendError> for Status {
    fn from(error: SendError) -> Self {
        let code = match &error {
            SendError::Encode { .. } => Code::Internal,
            SendError::TooLarge { .. } | SendError::Full => Code::ResourceExhausted,
            SendError::NoRoute { .. } => Code::NotFound,
            SendError::Refused { .. } => Code::FailedPrecondition,
            SendError::Unconfirmed { .. } => Code::DeadlineExceeded,
            SendError::Unavailable { .. } | SendError::Closed => Code::Unavailable,
        };
        Self::new(code, error.to_string())
    }
}
