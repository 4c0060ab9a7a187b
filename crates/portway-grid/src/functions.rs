//! Functions of the program that embeds a grid, run on behalf of clients.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{RawValue, java};

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
type EntryProcessorFunction =
    dyn Fn(&mut ProcessedEntry, &[RawValue]) -> Result<RawValue, String> + Send + Sync;

/// The functions of a grid by the names that clients call them by.
#[derive(Clone, Default)]
pub(crate) struct Functions {
    /// By the type id of the class that a client sends.
    entry_processors: BTreeMap<i32, (String, Arc<EntryProcessorFunction>)>,
}

impl Functions {
    pub(crate) fn add_entry_processor(
        &mut self,
        class: &str,
        function: impl Fn(&mut ProcessedEntry, &[RawValue]) -> Result<RawValue, String>
        + Send
        + Sync
        + 'static,
    ) {
        let named = (class.to_owned(), Arc::new(function) as Arc<_>);
        self.entry_processors.insert(java::type_id(class), named);
    }

    pub(crate) fn entry_processor(&self, type_id: i32) -> Option<&EntryProcessorFunction> {
        let (_, function) = self.entry_processors.get(&type_id)?;
        Some(&**function)
    }
}

/// Names the functions.
impl fmt::Debug for Functions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes = self.entry_processors.values().map(|(class, _)| class);
        formatter.debug_set().entries(classes).finish()
    }
}
