//! Entry processors: functions that change one entry.

use portway_ignite_protocol::RawValue;

/// An entry as an entry processor sees it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ProcessedEntry {
    /// The key.
    pub key: RawValue,
    /// The value; `None` when there is none. What the processor leaves here is stored, and nothing
    /// removes the entry.
    pub value: Option<RawValue>,
}

impl ProcessedEntry {
    pub(crate) fn new(key: RawValue, value: Option<RawValue>) -> Self {
        Self { key, value }
    }
}

/// Changes an entry, given arguments, and answers a value, or why it failed: then nothing changes.
pub(crate) type EntryProcessorFunction =
    dyn Fn(&mut ProcessedEntry, &[RawValue]) -> Result<RawValue, String> + Send + Sync;
