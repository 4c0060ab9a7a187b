//! What the socket needs of a device.

use super::Errno;
use crate::{Change, DataPathHandle, DeviceSnapshot};

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

impl Device for DataPathHandle {
    fn apply(&self, changes: Vec<Change>) -> Result<(), Errno> {
        Self::apply(self, changes).map_err(|error| {
            tracing::warn!(%error, "a change over the UAPI socket failed");
            Errno::from_number(error.errno())
        })
    }

    fn snapshot(&self) -> Result<DeviceSnapshot, Errno> {
        Self::snapshot(self).map_err(|_| Errno::IO)
    }
}
