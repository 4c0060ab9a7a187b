//! Zip files as the platforms unpack them: with the execute bit where it belongs.

use std::io::{Cursor, Write as _};

use anyhow::Result;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// A file of a package.
pub(crate) struct Entry {
    /// Its path in the package, with slashes.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_executable: bool,
}

impl Entry {
    pub(crate) fn text(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            bytes: text.into().into_bytes(),
            is_executable: false,
        }
    }
}

/// Packs entries, in their order and without the time of day: the same entries give the same bytes.
///
/// # Errors
/// If a name or size cannot be written.
pub(crate) fn zip(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(if entry.is_executable { 0o755 } else { 0o644 });
        archive.start_file(&entry.path, options)?;
        archive.write_all(&entry.bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}
