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

    /// Cuts the file.
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

    fn cut(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
