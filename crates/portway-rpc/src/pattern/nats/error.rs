//! The library's errors as ours.

use crate::pattern::{Cause, ReceiveError, SendError};

/// A subscription was not taken: its name, or the connection, is not right.
pub(super) fn receive_refused(error: impl Into<Cause>) -> ReceiveError {
    ReceiveError::Refused {
        reason: error.into().to_string(),
    }
}

/// A message of the core was not handed over.
pub(super) fn publish_failed(
    error: &async_nats::client::PublishError,
    size: usize,
    limit: usize,
) -> SendError {
    use async_nats::client::PublishErrorKind as Kind;
    match error.kind() {
        Kind::MaxPayloadExceeded => SendError::TooLarge { size, limit },
        Kind::InvalidSubject => SendError::Refused {
            reason: error.to_string(),
        },
        Kind::Send => SendError::Closed,
    }
}
