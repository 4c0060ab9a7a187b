//! What the journal asks of a file system: few verbs, so that tests can let each of them fail.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::owner_only;

/// Makes and removes the files of a journal.
pub(super) trait Disk: fmt::Debug + Send + Sync {
    /// Creates a file that is not there yet.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn LogFile>>;

    /// Opens a file to append to it.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn LogFile>>;

    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Brings the names in `directory` to the disk: files made and removed.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;
}

/// A file that grows at its end.
pub(super) trait LogFile: fmt::Debug + Send + Sync {
    /// Hands bytes to the operating system; after an error some of them may be in the file.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the disk keep room for the bytes of the file from `from` up to `up_to`, whose length stays.
    /// An error where there is no room, or where the file system cannot promise any.
    fn reserve(&self, from: u64, up_to: u64) -> io::Result<()>;

    /// Cuts the file, and gives back what is reserved behind that.
    fn cut(&self, length: u64) -> io::Result<()>;

    /// Brings to the disk what was appended before.
    fn sync(&self) -> io::Result<()>;
}

/// The file system of this machine.
#[derive(Debug)]
pub(super) struct SystemDisk;

impl Disk for SystemDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        let file = owner_only().append(true).create_new(true).open(path)?;
        Ok(Arc::new(SystemFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        let file = owner_only().append(true).open(path)?;
        Ok(Arc::new(SystemFile(file)))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        // Only Unix lets a directory be opened and synced; elsewhere names need no such order.
        if cfg!(unix) {
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct SystemFile(File);

impl LogFile for SystemFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    #[cfg(target_os = "linux")]
    fn reserve(&self, from: u64, up_to: u64) -> io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::process::{Resource, getrlimit};

        // The limit of a process for its files binds writing alone.
        let may_grow = getrlimit(Resource::Fsize).current;
        if may_grow.is_some_and(|limit| limit < up_to) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let length = up_to.saturating_sub(from);
        Ok(fallocate(&self.0, FallocateFlags::KEEP_SIZE, from, length)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn reserve(&self, _from: u64, _up_to: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
