//! What can be asked of a device with a packet that it sends.

use std::ffi::CString;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use crate::netlink::device;
use crate::socket::SocketError;

/// What can be asked with a packet that is sent: a set.
///
/// ```
/// use portway_xdp::SendFeatures;
///
/// let wanted = SendFeatures::CHECKSUM | SendFeatures::TIME_STAMP;
/// assert!(wanted.contains(SendFeatures::CHECKSUM));
/// assert_eq!(wanted.to_string(), "checksum and time stamp");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SendFeatures(u8);

impl SendFeatures {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The time at which the packet left ([`Frame::request_time_stamp`](crate::Frame::request_time_stamp)).
    pub const TIME_STAMP: Self = Self(1 << 0);
    /// The checksum of a transport header ([`Frame::request_checksum`](crate::Frame::request_checksum)).
    pub const CHECKSUM: Self = Self(1 << 1);
    /// The time at which the packet is to leave ([`Frame::request_launch`](crate::Frame::request_launch)).
    pub const LAUNCH_TIME: Self = Self(1 << 2);

    pub(crate) const ALL: Self = Self(0b111);

    /// Asks the kernel what the driver of an interface offers. Needs no privilege.
    ///
    /// That is what holds in zero copy. In copy mode the kernel itself computes checksums, where the driver leaves that to it, and
    /// takes time stamps: [`Socket::send_features`](crate::Socket::send_features) tells what a socket has in the end.
    ///
    /// # Errors
    ///
    /// There is no such interface, or the kernel does not tell (before Linux 6.3).
    pub fn of_driver(interface: &str) -> Result<Self, SocketError> {
        let missing = || SocketError::NoSuchInterface {
            interface: interface.into(),
        };
        let name = CString::new(interface).map_err(|_| missing())?;
        // SAFETY: the name ends with a zero byte and lives through the call.
        match unsafe { libc::if_nametoindex(name.as_ptr()) } {
            0 => Err(missing()),
            index => device::send_features(index)
                .map_err(|source| SocketError::FeaturesUnknown { source }),
        }
    }

    /// Takes the bits of the kernel's `enum netdev_xsk_flags`, which are those of `xsk_tx_metadata::flags`, too.
    pub(crate) fn from_kernel(bits: u64) -> Self {
        Self((bits & u64::from(Self::ALL.0)) as u8)
    }

    /// Returns the bits of `xsk_tx_metadata::flags`.
    pub(crate) fn to_kernel(self) -> u64 {
        u64::from(self.0)
    }

    /// Returns whether nothing is in the set.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether all of the other set are in this one.
    #[inline]
    pub fn contains(self, other: Self) -> bool {
        other.without(self).is_empty()
    }

    /// Returns those that are not in the other set.
    #[inline]
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for SendFeatures {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for SendFeatures {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl fmt::Display for SendFeatures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::CHECKSUM, "checksum"),
            (Self::TIME_STAMP, "time stamp"),
            (Self::LAUNCH_TIME, "launch time"),
        ];
        let names = names.iter().filter(|(one, _)| self.contains(*one));
        let names: Vec<&str> = names.map(|(_, name)| *name).collect();
        match names.split_last() {
            None => formatter.write_str("nothing"),
            Some((last, [])) => formatter.write_str(last),
            Some((last, first)) => write!(formatter, "{} and {last}", first.join(", ")),
        }
    }
}
