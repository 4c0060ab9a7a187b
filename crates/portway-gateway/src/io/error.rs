//! What can go wrong with a data path.

use std::{io, sync::Arc};

/// Why a data path is no more.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataPathError {
    /// It was told to stop.
    #[error("the data path was stopped")]
    Stopped,
    /// Its network interface was removed from the system.
    #[error("the network interface {0} was removed")]
    InterfaceRemoved(String),
    /// Its thread failed in a way that should not happen.
    #[error("the data path failed: {0}; please report this")]
    Panicked(String),
    /// The system failed it.
    #[error("the data path failed while it {during}: {source}")]
    Io {
        /// What was done then.
        during: &'static str,
        /// The system's reason.
        source: Arc<io::Error>,
    },
}

impl DataPathError {
    pub(super) fn io(during: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            during,
            source: Arc::new(source),
        }
    }
}

/// Why a change was not applied as a whole; the steps before it are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Another program has the port (`EADDRINUSE`).
    #[error("UDP port {port} is in use; choose another or stop the program that has it")]
    AddressInUse {
        /// Which one.
        port: u16,
    },
    /// The process has not the right to do it (`EPERM`, `EACCES`).
    #[error("no permission to {what}: {source}; run as root or grant CAP_NET_ADMIN")]
    NotPermitted {
        /// What was tried.
        what: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refused it for another reason.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// There is no data path any more.
    #[error(transparent)]
    Gone(#[from] DataPathError),
}

impl ChangeError {
    /// The system's number for this error, positive, as the UAPI socket tells it.
    #[must_use]
    pub fn errno(&self) -> i32 {
        use rustix::io::Errno;
        match self {
            Self::AddressInUse { .. } => Errno::ADDRINUSE.raw_os_error(),
            Self::NotPermitted { source, .. } | Self::Io { source, .. } => {
                source.raw_os_error().unwrap_or(Errno::IO.raw_os_error())
            }
            Self::Gone(_) => Errno::IO.raw_os_error(),
        }
    }

    pub(super) fn from_io(what: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::NotPermitted { what, source },
            _ => Self::Io { what, source },
        }
    }
}
