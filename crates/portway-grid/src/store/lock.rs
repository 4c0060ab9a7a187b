//! Only one process may have a data directory open.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{OpenError, owner_only};

const FILE_NAME: &str = "lock";

/// Room for "process 4294967295" many times over: a longer file is not ours.
const HOLDER_BYTES: u64 = 256;

/// Holds the directory until dropped; the operating system lets go when the process dies.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    pub(super) fn acquire(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(FILE_NAME);
        let mut file = owner_only()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(OpenError::io(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Locked {
                    path: directory.to_owned(),
                    holder: read_holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(OpenError::Io { path, source }),
        }
        write_holder(&mut file).map_err(OpenError::io(&path))?;
        Ok(Self { file })
    }
}

/// Without this a child process that was being started just now would hold the lock a little longer.
impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // The lock also ends with the file.
        let _ = self.file.unlock();
    }
}

fn write_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {}", std::process::id())
}

fn read_holder(file: &mut File) -> String {
    let mut holder = String::new();
    match file.take(HOLDER_BYTES).read_to_string(&mut holder) {
        Ok(_) if !holder.trim().is_empty() => holder.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}
