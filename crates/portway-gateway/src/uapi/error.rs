//! What can be wrong with a request, and how `wg` is told.

use crate::KeyError;

/// A number of the system that ends an answer as `errno=N`.
///
/// It is written negative, as the kernel and wireguard-go do: `wg` takes the number times -1 as
/// its `errno`, and so prints "Invalid argument" for `errno=-22`, but "Unknown error" for 22.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Errno(i32);

impl Errno {
    /// The request was understood, and what it asks for cannot be.
    pub const INVALID: Self = Self::of(rustix::io::Errno::INVAL);
    /// The request was not understood.
    pub const PROTOCOL: Self = Self::of(rustix::io::Errno::PROTO);
    /// The port is taken.
    pub const ADDRESS_IN_USE: Self = Self::of(rustix::io::Errno::ADDRINUSE);
    /// Something below failed.
    pub const IO: Self = Self::of(rustix::io::Errno::IO);

    /// Takes a number as the system has it, positive; anything else becomes [`Errno::IO`].
    #[must_use]
    pub const fn from_number(number: i32) -> Self {
        if number > 0 { Self(number) } else { Self::IO }
    }

    /// The number as the system has it, positive.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    const fn of(errno: rustix::io::Errno) -> Self {
        Self(errno.raw_os_error())
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
            | Self::NotText => Errno::PROTOCOL,
            _ => Errno::INVALID,
        }
    }
}
