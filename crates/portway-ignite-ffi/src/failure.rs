//! Failures on their way to the caller.

use std::ffi::c_char;

use portway_ignite::{Error, Status};

use crate::result::IgniteResult;

/// The room for the text of an error, its final zero included.
pub const IGNITE_MESSAGE_SIZE: usize = 1008;

/// What went wrong. The caller provides the room, so there is nothing to free; a call writes it
/// only if it fails and the pointer is not null.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteError {
    /// The result that the call answered.
    pub result: IgniteResult,
    /// The status of the node's answer with `IGNITE_RESULT_SERVER_ERROR` (such as 1000: there is no
    /// such cache), else 0.
    pub status: i32,
    /// The SQLSTATE of a failed statement with its final zero, else an empty string.
    pub sql_state: [c_char; 8],
    /// What went wrong and what to do, in UTF-8 with a final zero. A longer text is cut.
    pub message: [c_char; IGNITE_MESSAGE_SIZE],
}

impl IgniteError {
    /// No error.
    pub(crate) const NONE: Self = Self {
        result: IgniteResult::Ok,
        status: 0,
        sql_state: [0; 8],
        message: [0; IGNITE_MESSAGE_SIZE],
    };
}

/// A failed call.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    result: IgniteResult,
    status: i32,
    sql_state: Option<String>,
    message: String,
}

impl Failure {
    pub(crate) fn new(result: IgniteResult, message: impl Into<String>) -> Self {
        Self {
            result,
            status: 0,
            sql_state: None,
            message: message.into(),
        }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(IgniteResult::InvalidArgument, message)
    }

    /// There is nothing to answer: the key has no value, the cursor is at its end.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(IgniteResult::NotFound, what)
    }

    pub(crate) fn result(&self) -> IgniteResult {
        self.result
    }

    pub(crate) fn to_error(&self) -> IgniteError {
        IgniteError {
            result: self.result,
            status: self.status,
            sql_state: terminated(self.sql_state.as_deref().unwrap_or_default()),
            message: terminated(&self.message),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            result: result_of(&error),
            status: error.status().map_or(0, |status| status.0),
            sql_state: error.sql_state().map(str::to_owned),
            message: error.to_string(),
        }
    }
}

fn result_of(error: &Error) -> IgniteResult {
    match error {
        Error::Configuration(_) | Error::WeakNearCache { .. } => IgniteResult::InvalidConfiguration,
        Error::Unreachable { .. }
        | Error::NoneReachable(_)
        | Error::HandshakeRefused { .. }
        | Error::AddressFinder { .. }
        | Error::ConnectionLost { .. } => IgniteResult::Unreachable,
        Error::AuthenticationRefused { .. } => IgniteResult::AuthenticationRefused,
        #[cfg(feature = "tls")]
        Error::Tls { .. } => IgniteResult::AuthenticationRefused,
        Error::TimedOut { .. } => IgniteResult::TimedOut,
        Error::Server { error, .. } if error.status == Status::AUTHENTICATION_FAILED => {
            IgniteResult::AuthenticationRefused
        }
        Error::Server { .. } => IgniteResult::ServerError,
        Error::Decode { .. } => IgniteResult::WrongType,
        Error::RequestTooLong { .. } | Error::TooManyResources { .. } => IgniteResult::TooMany,
        Error::Unsupported { .. } => IgniteResult::Unsupported,
        Error::EventsLost | Error::EventsInDoubt | Error::Closed | Error::TransactionOver => {
            IgniteResult::Ended
        }
        Error::Encode { .. } | Error::TypeConflict(_) => IgniteResult::InvalidArgument,
        _ => IgniteResult::Internal,
    }
}

/// A text with its final zero, cut between two characters if it is too long.
fn terminated<const N: usize>(text: &str) -> [c_char; N] {
    let mut room = [0; N];
    let fitting = &text[..text.floor_char_boundary(N - 1)];
    // A zero inside would end the text for its reader.
    let shown = fitting.bytes().take_while(|byte| *byte != 0);
    for (place, byte) in room.iter_mut().zip(shown) {
        *place = byte as c_char;
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_ends_with_zero() {
        let text: [c_char; 6] = terminated("abcdé!");
        assert_eq!(text.map(|character| character as u8), *b"abcd\0\0");
    }
}
