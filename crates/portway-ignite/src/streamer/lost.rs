//! The error that hands lost entries back.

use std::fmt;

use portway_ignite_protocol::{Entry, EntryBatch, ReadValue, TypeRegistry};

use crate::error::Error;

type ReadEntry<K, V> = fn(&Entry, &TypeRegistry) -> Result<(K, Option<V>), Error>;

/// Entries could not be stored. They are handed back, to be added again or told to someone.
///
/// After a lost connection or a time-out some or all of them may be stored nevertheless.
pub struct StreamerError<K, V> {
    lost: Box<Lost<K, V>>,
}

/// In a box, so that the results of a streamer stay small.
struct Lost<K, V> {
    error: Error,
    batches: Vec<EntryBatch>,
    read: ReadEntry<K, V>,
    types: TypeRegistry,
}

impl<K: ReadValue, V: ReadValue> StreamerError<K, V> {
    pub(super) fn new(error: Error, batches: Vec<EntryBatch>, types: TypeRegistry) -> Self {
        let lost = Lost {
            error,
            batches,
            read: read_entry,
            types,
        };
        Self { lost: lost.into() }
    }
}

impl<K, V> StreamerError<K, V> {
    /// Why the first of the lost entries could not be stored.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.lost.error
    }

    /// How many entries are lost. With zero nothing was: the entry at hand was not taken.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.lost.batches.iter().map(EntryBatch::len).sum()
    }

    /// The lost entries; one without value is a removal.
    ///
    /// # Errors
    /// [`Error::Decode`] for an entry of types that do not read what they write.
    pub fn entries(&self) -> impl Iterator<Item = Result<(K, Option<V>), Error>> {
        self.raw_entries()
            .map(|entry| (self.lost.read)(&entry, &self.lost.types))
    }

    /// The keys and values of the lost entries as they would have travelled; a null value is a
    /// removal.
    pub fn raw_entries(&self) -> impl Iterator<Item = Entry> {
        self.lost.batches.iter().flat_map(EntryBatch::entries)
    }
}

fn read_entry<K: ReadValue, V: ReadValue>(
    entry: &Entry,
    types: &TypeRegistry,
) -> Result<(K, Option<V>), Error> {
    let unreadable = |source| Error::Decode {
        operation: super::STREAM.name(),
        source,
    };
    let key = entry.key.read_with(types).map_err(unreadable)?;
    let has_value = !entry.value.is_null();
    let value = has_value.then(|| entry.value.read_with(types).map_err(unreadable));
    let value = value.transpose()?;
    Ok((key, value))
}

/// Shows how many entries are lost, not which: they may be secret.
impl<K, V> fmt::Debug for StreamerError<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StreamerError")
            .field("error", &self.lost.error)
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}

impl<K, V> fmt::Display for StreamerError<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = &self.lost.error;
        match self.lost() {
            0 => write!(formatter, "{error}"),
            lost => write!(
                formatter,
                "{lost} streamed entries may not be stored: {error}"
            ),
        }
    }
}

impl<K, V> std::error::Error for StreamerError<K, V> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.lost.error)
    }
}
