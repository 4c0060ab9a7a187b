//! The library's errors as ours.

use lapin::{
    Error, ErrorKind,
    protocol::{AMQPErrorKind, AMQPSoftError},
};

use crate::pattern::{ReceiveError, SendError};

/// What the broker says when a queue is there with other arguments, or the user lacks the right:
/// asking again does not help.
pub(super) fn refusal(error: &Error) -> Option<String> {
    let ErrorKind::ProtocolError(answer) = error.kind() else {
        return None;
    };
    let AMQPErrorKind::Soft(reason) = answer.kind() else {
        return None;
    };
    let refused = matches!(
        reason,
        AMQPSoftError::PRECONDITIONFAILED | AMQPSoftError::ACCESSREFUSED
    );
    refused.then(|| answer.to_string())
}

pub(super) fn receive_failed(error: &Error) -> ReceiveError {
    match refusal(error) {
        Some(reason) => ReceiveError::Refused { reason },
        None => ReceiveError::Unavailable {
            source: error.clone().into(),
        },
    }
}

pub(super) fn send_failed(error: &Error) -> SendError {
    match refusal(error) {
        Some(reason) => SendError::Refused { reason },
        None => SendError::Unavailable {
            source: error.clone().into(),
        },
    }
}
