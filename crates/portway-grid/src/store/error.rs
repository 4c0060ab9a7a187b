//! Why a data directory cannot be opened.

use std::io;
use std::path::{Path, PathBuf};

use super::{FORMAT_VERSION, OLDEST_FORMAT_VERSION};

/// Why a data directory cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file system refused.
    #[error(
        "cannot use {}: {source}; check that the folder exists, is writable and has free space",
        path.display()
    )]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process runs a grid on the directory.
    #[error(
        "{} is in use by {holder}; stop it, or choose another data directory", path.display()
    )]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// The process that holds it, as far as its lock file tells.
        holder: String,
    },
    /// The directory was written in another format.
    #[error(
        "{} has format version {found}, this program knows versions {OLDEST_FORMAT_VERSION} to \
         {FORMAT_VERSION}; open it with the program that wrote it, or choose another data directory",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// The version it states.
        found: u32,
    },
    /// Data that had been completely written are damaged or gone.
    #[error(
        "{} is damaged at byte {offset} ({reason}); restore the folder from a backup, or move it \
         away to start empty",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where the damage begins.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The records are whole, but hold what this program never writes.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The data directory.
        path: PathBuf,
        /// What cannot be read, and what to do.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn unreadable(
        path: PathBuf,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unreadable {
            path,
            source: Box::new(error),
        }
    }
}
