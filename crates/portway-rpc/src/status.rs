//! How a call ended: one of gRPC's 17 codes, on every transport.

use std::{error::Error, fmt, sync::Arc};

use bytes::Bytes;

use crate::Metadata;

/// The longest message text of a status that is kept; what a peer sends beyond it is cut off.
pub const MAXIMUM_STATUS_MESSAGE: usize = 4 * 1024;

/// The kind of an outcome, with the numbers of gRPC.
///
/// Source: `google/rpc/code.proto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(
    clippy::exhaustive_enums,
    reason = "gRPC's list is closed: a code outside of it is Unknown"
)]
pub enum Code {
    /// It worked; never the code of an error.
    Ok = 0,
    /// The caller gave up.
    Cancelled = 1,
    /// An error of another system, or a code that this list does not have.
    Unknown = 2,
    /// The request is wrong whatever the state of the server is.
    InvalidArgument = 3,
    /// The deadline passed first; the work may have been done nevertheless.
    DeadlineExceeded = 4,
    /// What was asked for does not exist.
    NotFound = 5,
    /// What was to be created exists already.
    AlreadyExists = 6,
    /// The caller is known and may not do this.
    PermissionDenied = 7,
    /// A limit is reached: of streams, of bytes, of a quota.
    ResourceExhausted = 8,
    /// The state of the server forbids it; repeating does not help before that state is changed.
    FailedPrecondition = 9,
    /// It collided with other work; repeat from the start.
    Aborted = 10,
    /// A position past the end.
    OutOfRange = 11,
    /// The server has no such method, or does not do this.
    Unimplemented = 12,
    /// Something that must not happen happened.
    Internal = 13,
    /// The server cannot be reached at the moment; repeating may help.
    Unavailable = 14,
    /// Data is lost or damaged.
    DataLoss = 15,
    /// The caller did not say, or could not prove, who it is.
    Unauthenticated = 16,
}

impl Code {
    /// All codes in the order of their numbers.
    pub const ALL: [Self; 17] = [
        Self::Ok,
        Self::Cancelled,
        Self::Unknown,
        Self::InvalidArgument,
        Self::DeadlineExceeded,
        Self::NotFound,
        Self::AlreadyExists,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::FailedPrecondition,
        Self::Aborted,
        Self::OutOfRange,
        Self::Unimplemented,
        Self::Internal,
        Self::Unavailable,
        Self::DataLoss,
        Self::Unauthenticated,
    ];

    /// Returns the code of `number`; a number that gRPC does not have is [`Code::Unknown`].
    pub fn from_number(number: u32) -> Self {
        usize::try_from(number)
            .ok()
            .and_then(|index| Self::ALL.get(index).copied())
            .unwrap_or(Self::Unknown)
    }

    /// Returns the number on the wire.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Returns the name as gRPC's documentation spells it, such as `DEADLINE_EXCEEDED`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::Aborted => "ABORTED",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Internal => "INTERNAL",
            Self::Unavailable => "UNAVAILABLE",
            Self::DataLoss => "DATA_LOSS",
            Self::Unauthenticated => "UNAUTHENTICATED",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How a call ended, if not well: a code, a text for people, and details for programs.
///
/// It is the error of every call on every transport. It is one pointer wide, because it is part
/// of every result; what it holds is on the heap.
#[derive(Clone)]
pub struct Status {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    code: Code,
    message: String,
    details: Bytes,
    metadata: Metadata,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Status {
    /// Makes a status. A message longer than [`MAXIMUM_STATUS_MESSAGE`] is cut.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MAXIMUM_STATUS_MESSAGE {
            message.truncate(message.floor_char_boundary(MAXIMUM_STATUS_MESSAGE));
        }
        let inner = Inner {
            code,
            message,
            details: Bytes::new(),
            metadata: Metadata::new(),
            source: None,
        };
        Self {
            inner: Box::new(inner),
        }
    }

    /// Adds what programs may read: an encoded `google.rpc.Status`, as in `grpc-status-details-bin`.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<Bytes>) -> Self {
        self.inner.details = details.into();
        self
    }

    /// Adds metadata that travels behind the last message.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.inner.metadata = metadata;
        self
    }

    /// Keeps the error that it comes from, for logs of this process; it is never sent.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.inner.source = Some(Arc::from(source.into()));
        self
    }

    /// Returns the code.
    pub fn code(&self) -> Code {
        self.inner.code
    }

    /// Returns the text for people.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Returns the details for programs; empty if there are none.
    pub fn details(&self) -> &Bytes {
        &self.inner.details
    }

    /// Returns the metadata that came with it.
    pub fn metadata(&self) -> &Metadata {
        &self.inner.metadata
    }

    /// Gives access to the metadata that travels with it.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.inner.metadata
    }
}

/// Makes a constructor for each code of an error.
macro_rules! constructors {
    ($($(#[$documentation:meta])* $name:ident => $code:ident,)*) => {
        impl Status {
            $($(#[$documentation])*
            pub fn $name(message: impl Into<String>) -> Self {
                Self::new(Code::$code, message)
            })*
        }
    };
}

constructors! {
    /// The caller gave up: [`Code::Cancelled`].
    cancelled => Cancelled,
    /// An error of another system: [`Code::Unknown`].
    unknown => Unknown,
    /// The request is wrong: [`Code::InvalidArgument`].
    invalid_argument => InvalidArgument,
    /// The deadline passed: [`Code::DeadlineExceeded`].
    deadline_exceeded => DeadlineExceeded,
    /// It does not exist: [`Code::NotFound`].
    not_found => NotFound,
    /// It exists already: [`Code::AlreadyExists`].
    already_exists => AlreadyExists,
    /// The caller may not: [`Code::PermissionDenied`].
    permission_denied => PermissionDenied,
    /// A limit is reached: [`Code::ResourceExhausted`].
    resource_exhausted => ResourceExhausted,
    /// The state forbids it: [`Code::FailedPrecondition`].
    failed_precondition => FailedPrecondition,
    /// It collided: [`Code::Aborted`].
    aborted => Aborted,
    /// Past the end: [`Code::OutOfRange`].
    out_of_range => OutOfRange,
    /// There is no such thing here: [`Code::Unimplemented`].
    unimplemented => Unimplemented,
    /// It must not happen: [`Code::Internal`].
    internal => Internal,
    /// Not reachable now: [`Code::Unavailable`].
    unavailable => Unavailable,
    /// Data is lost: [`Code::DataLoss`].
    data_loss => DataLoss,
    /// Who are you: [`Code::Unauthenticated`].
    unauthenticated => Unauthenticated,
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.inner.code, self.inner.message)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Status")
            .field("code", &self.inner.code)
            .field("message", &self.inner.message)
            .field("details", &self.inner.details.len())
            .field("metadata", &self.inner.metadata)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl Error for Status {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_from_its_number() {
        for code in Code::ALL {
            assert_eq!(Code::from_number(u32::from(code.number())), code);
        }
    }

    #[test]
    fn a_number_that_grpc_does_not_have_is_unknown() {
        assert_eq!(Code::from_number(17), Code::Unknown);
        assert_eq!(Code::from_number(u32::MAX), Code::Unknown);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let status = Status::internal("ü".repeat(MAXIMUM_STATUS_MESSAGE));
        assert_eq!(status.message().len(), MAXIMUM_STATUS_MESSAGE);
    }

    #[test]
    fn a_status_is_one_pointer_wide() {
        assert_eq!(size_of::<Result<(), Status>>(), size_of::<usize>());
    }
}
