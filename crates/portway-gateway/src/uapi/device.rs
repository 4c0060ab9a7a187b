//! What the socket needs of a device.

use super::Errno;
use crate::{Change, DeviceSnapshot};

/// A device behind the UAPI socket. Its calls may block: they are made from threads of the
/// socket's own.
pub trait Device: Send + Sync + 'static {
    /// Applies changes in order and returns when they are in force.
    ///
    /// # Errors
    ///
    /// The first change that failed; those before it stay applied.
    fn apply(&self, changes: Vec<Change>) -> Result<(), Errno>;

    /// The device as it is now.
    ///
    /// # Errors
    ///
    /// Fails when the device has ended.
    fn snapshot(&self) -> Result<DeviceSnapshot, Errno>;
}
