//! What each function answers.

/// The outcome of a call. Everything but `IGNITE_RESULT_OK` leaves the outputs of the call as they
/// were.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgniteResult {
    /// The call did what it says.
    Ok = 0,
    /// The key has no value, or the cursor or stream has ended. Not a failure, but there is nothing
    /// to write.
    NotFound = 1,
    /// An argument is null, out of its range or no UTF-8.
    InvalidArgument = 2,
    /// A handle was freed before, is of another kind, is none, or belongs to the process from which
    /// this one was forked.
    InvalidHandle = 3,
    /// A call that waits was made in a callback, on the thread that everything waits for.
    WrongThread = 4,
    /// The configuration of a client cannot be used.
    InvalidConfiguration = 5,
    /// No node of the grid can be reached, or a connection was lost.
    Unreachable = 6,
    /// The node does not accept the user, the password or the certificate.
    AuthenticationRefused = 7,
    /// The call took longer than the request time-out. A write may still be carried out.
    TimedOut = 8,
    /// The node answered with an error: see its status in `ignite_error`.
    ServerError = 9,
    /// The value in the grid is of another type than was asked for.
    WrongType = 10,
    /// A limit was reached: the length of a message, or the number of open things.
    TooMany = 11,
    /// The node is too old for what was asked for.
    Unsupported = 12,
    /// What was asked for is over: a transaction, a stream, a closed client.
    Ended = 13,
    /// Something failed that should not. Please report it with the text of the error.
    Internal = 14,
}
