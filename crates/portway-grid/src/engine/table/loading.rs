//! Filling a table from a journal: entries are found by their hashes meanwhile, and the order is
//! made once at the end, which is quicker than to keep it.

use super::arena::Handle;
use super::entry::Entry;
use super::order::Order;
use super::{Table, entry_cost};
use crate::engine::batch::ChangeView;
use crate::engine::journal::Segment;

/// A table that is being filled.
#[derive(Debug, Default)]
pub(crate) struct Loading {
    table: Table,
    /// Whether the order is kept: from the first change that needs it on.
    is_ordered: bool,
}

impl Loading {
    /// Applies changes, which the journal holds in `segment`.
    pub(crate) fn apply<'a>(
        &mut self,
        changes: impl Iterator<Item = ChangeView<'a>>,
        segment: Segment,
    ) {
        for change in changes {
            match change {
                ChangeView::Put { key, value } if !self.is_ordered => self.put(Entry {
                    segment,
                    key,
                    value,
                }),
                ChangeView::Delete { key } if !self.is_ordered => self.delete(key),
                // A prefix is found by the order alone.
                change => {
                    self.order();
                    self.table.change(change, segment);
                }
            }
        }
    }

    fn delete(&mut self, key: &[u8]) {
        if let Some(handle) = self.table.handle(key) {
            self.table.free(handle);
        }
    }

    fn put(&mut self, new: Entry<'_>) {
        self.table.bytes += entry_cost(new);
        match self.table.handle(new.key) {
            None => drop(self.table.add(new)),
            Some(old) if self.table.overwrite(old, new) => {}
            Some(old) => drop(self.table.relocate(old, new)),
        }
    }

    fn order(&mut self) {
        if self.is_ordered {
            return;
        }
        self.is_ordered = true;
        let arena = &self.table.arena;
        let slots = arena.slots_behind(None);
        let begun = |(handle, slot)| (beginning(Entry::key(slot)), handle);
        let mut sorted: Vec<([u8; BEGINNING], Handle)> = slots.map(begun).collect();
        sorted.sort_unstable_by(|(one, a), (other, b)| {
            let keys = || Entry::key(arena.slot(*a)).cmp(Entry::key(arena.slot(*b)));
            one.cmp(other).then_with(keys)
        });
        self.table.order = sorted
            .into_iter()
            .map(|(_, handle)| handle)
            .collect::<Order>();
    }

    pub(crate) fn finish(mut self) -> Table {
        self.order();
        self.table.shrink();
        self.table
    }
}

/// Bytes of a key that are beside its handle while handles are sorted: most keys are no longer, and
/// to look at one elsewhere in memory takes longer than to compare it.
const BEGINNING: usize = 16;

/// The first bytes of a key, with zeros behind a shorter one.
fn beginning(key: &[u8]) -> [u8; BEGINNING] {
    let mut bytes = [0; BEGINNING];
    let length = key.len().min(BEGINNING);
    bytes[..length].copy_from_slice(&key[..length]);
    bytes
}
