//! What can be wrong with a request, and how `wg` is told.

use crate::KeyError;

/// A number of the system that ends an answer as `errno=N`.
///
/// It is written negative, as the kernel and wireguard-go do: `wg` takes the number times -1 as
/// its `errno`, and so prints "Invalid argument" for `errno=-22`, but "Unknown error" for 22.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Errno {
    /// The request was understood, and what it asks for cannot be (`EINVAL`).
    Invalid,
    /// The port is taken (`EADDRINUSE`).
    AddressInUse,
    /// The request was not understood (`EPROTO`).
    Protocol,
    /// Something below failed (`EIO`).
    Io,
    /// A limit was reached (`ENOSPC`).
    NoSpace,
    /// The system forbids it (`EPERM`).
    NotPermitted,
}

impl Errno {
    /// The number as Linux has it, positive.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::NotPermitted => 1,
            Self::Io => 5,
            Self::Invalid => 22,
            Self::NoSpace => 28,
            Self::Protocol => 71,
            Self::AddressInUse => 98,
        }
    }
}

/// Why a request is refused. No reason repeats a value: it may be a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A line is longer than any that means something.
    #[error("a line is longer than 256 bytes")]
    LineTooLong,
    /// The request has more lines than the largest device needs.
    #[error("the request has too many lines")]
    TooManyLines,
    /// The first line is neither `get=1` nor `set=1`.
    #[error("a request begins with get=1 or set=1")]
    Operation,
    /// There is more than `get=1` in a get request.
    #[error("a get request has one line")]
    TrailingLine,
    /// A line has no `=`.
    #[error("a line is key=value")]
    NoEquals,
    /// A line is not text.
    #[error("a value is text in UTF-8")]
    NotText,
    /// The key is none of a device and no peer was selected.
    #[error("unknown key of a device")]
    DeviceKey,
    /// The key is none of a peer.
    #[error("unknown key of a peer")]
    PeerKey,
    /// A WireGuard key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A number is missing or out of range.
    #[error("expected a decimal number in range")]
    Number,
    /// A flag is anything but `true`.
    #[error("a flag has the value true")]
    Flag,
    /// An endpoint is not an address with a port.
    #[error("an endpoint is ADDRESS:PORT, IPv6 in brackets")]
    Endpoint,
    /// An allowed prefix is none.
    #[error("an allowed prefix is ADDRESS/LENGTH")]
    Prefix,
    /// A protocol version other than 1.
    #[error("the protocol version is 1")]
    ProtocolVersion,
}

impl Malformed {
    /// What the other side is told.
    #[must_use]
    pub const fn errno(self) -> Errno {
        match self {
            Self::LineTooLong
            | Self::TooManyLines
            | Self::Operation
            | Self::TrailingLine
            | Self::NoEquals
            | Self::NotText => Errno::Protocol,
            _ => Errno::Invalid,
        }
    }
}
