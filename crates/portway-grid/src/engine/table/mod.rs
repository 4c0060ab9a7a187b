//! Everything the grid holds: one ordered map from bytes to bytes.
//!
//! Each value remembers the journal segment that holds it, so that old segments can be emptied
//! oldest first: what still lives in the oldest is written again at the end, then the file goes.
//!
//! An entry is one run of bytes in a slot that is hardly longer ([`arena`]), and six bytes that say
//! where it is, in order ([`order`]) and by the hash of the key ([`index`]). A million entries of 100
//! bytes so take some 157 bytes each; in an ordered map of the standard library, with a box for each
//! key and each value, they take 231.

mod arena;
mod entry;
mod index;
mod loading;
mod order;
#[cfg(test)]
mod tests;

pub(crate) use arena::Handle;
pub(crate) use entry::Entry;
pub(crate) use loading::Loading;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound;

use super::batch::ChangeView;
use super::journal::Segment;
use arena::Arena;
use index::Index;
use order::{Order, Place};

/// What one entry costs beside its bytes: its lengths, the segment number, what its slot is longer,
/// and its share of the order. It keeps a flood of empty entries from looking free.
const ENTRY_OVERHEAD: u64 = 24;

/// The ordered map, with a running sum of what it costs.
#[derive(Default)]
pub(crate) struct Table {
    arena: Arena,
    order: Order,
    index: Index,
    bytes: u64,
}

impl Table {
    /// Bytes of all keys and values, with the overhead of their entries.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        Some(self.entry(self.handle(key)?).value)
    }

    /// Keys and values from `start` on, in order.
    pub(crate) fn range_from<'a>(
        &'a self,
        start: Bound<&[u8]>,
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let place = match start {
            Bound::Unbounded => Place::default(),
            Bound::Included(key) => self.find(key).unwrap_or_else(|place| place),
            Bound::Excluded(key) => self.find(key).map_or_else(|place| place, Place::next),
        };
        self.order.iter_from(place).map(|handle| {
            let entry = self.entry(handle);
            (entry.key, entry.value)
        })
    }

    /// Keys and values that begin with `prefix`, in order.
    pub(crate) fn with_prefix<'a>(
        &'a self,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.range_from(Bound::Included(prefix))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// All entries as they lie in memory, which is quicker than in order; behind `last`, if it is
    /// given. Whoever goes on so meets each entry that has not been written meanwhile.
    pub(crate) fn entries_behind(
        &self,
        last: Option<Handle>,
    ) -> impl Iterator<Item = (Handle, Entry<'_>)> {
        let slots = self.arena.slots_behind(last);
        slots.map(|(handle, slot)| (handle, Entry::read(slot)))
    }

    /// Applies changes, which the journal holds in `segment`.
    pub(crate) fn apply<'a>(
        &mut self,
        changes: impl Iterator<Item = ChangeView<'a>>,
        segment: Segment,
    ) {
        for change in changes {
            self.change(change, segment);
        }
    }

    fn change(&mut self, change: ChangeView<'_>, segment: Segment) {
        match change {
            ChangeView::Put { key, value } => self.put(Entry {
                segment,
                key,
                value,
            }),
            ChangeView::Delete { key } => self.delete(key),
            ChangeView::DeletePrefix { prefix } => self.delete_prefix(prefix),
        }
    }

    fn put(&mut self, new: Entry<'_>) {
        self.bytes += entry_cost(new);
        match self.handle(new.key) {
            None => {
                let place = self.find(new.key).unwrap_or_else(|place| place);
                let handle = self.add(new);
                self.order.insert(place, handle);
            }
            Some(old) if self.overwrite(old, new) => {}
            Some(old) => {
                let place = self.find(new.key);
                let handle = self.relocate(old, new);
                if let Ok(place) = place {
                    self.order.set(place, handle);
                }
            }
        }
    }

    /// Writes an entry of a new key; its place in the order is the caller's.
    fn add(&mut self, new: Entry<'_>) -> Handle {
        let handle = self.write(new);
        let arena = &self.arena;
        let key_of = |handle| Entry::key(arena.slot(handle));
        self.index.insert(new.key, handle, key_of);
        handle
    }

    /// Writes over the entry of the same key if the new one fits into its slot.
    fn overwrite(&mut self, old: Handle, new: Entry<'_>) -> bool {
        let fits = self.arena.fits(old, new.length());
        if fits {
            self.bytes -= entry_cost(self.entry(old));
            new.write(self.arena.slot_mut(old));
        }
        fits
    }

    /// Writes the entry of the same key elsewhere; its place in the order is the caller's.
    fn relocate(&mut self, old: Handle, new: Entry<'_>) -> Handle {
        self.bytes -= entry_cost(self.entry(old));
        self.arena.remove(old);
        let handle = self.write(new);
        self.index.replace(new.key, old, handle);
        handle
    }

    fn write(&mut self, new: Entry<'_>) -> Handle {
        let handle = self.arena.add(new.length());
        new.write(self.arena.slot_mut(handle));
        handle
    }

    fn delete(&mut self, key: &[u8]) {
        if let Ok(place) = self.find(key) {
            let handle = self.order.remove(place);
            self.free(handle);
            self.shrink();
        }
    }

    fn delete_prefix(&mut self, prefix: &[u8]) {
        let before_end = |key: &[u8]| match key.starts_with(prefix) {
            true => Ordering::Less,
            false => key.cmp(prefix),
        };
        let start = self.find(prefix).unwrap_or_else(|place| place);
        let end = self.order.find(|handle| before_end(self.key(handle)));
        let end = end.unwrap_or_else(|place| place);
        for handle in self.order.remove_between(start, end) {
            self.free(handle);
        }
        self.shrink();
    }

    fn free(&mut self, handle: Handle) {
        let entry = Entry::read(self.arena.slot(handle));
        self.bytes -= entry_cost(entry);
        self.index.remove(entry.key, handle);
        self.arena.remove(handle);
    }

    fn shrink(&mut self) {
        let arena = &self.arena;
        self.index.shrink(|handle| Entry::key(arena.slot(handle)));
    }

    /// Where a key is, or would be, in the order.
    fn find(&self, key: &[u8]) -> Result<Place, Place> {
        self.order.find(|handle| self.key(handle).cmp(key))
    }

    /// Where the entry of a key lies.
    fn handle(&self, key: &[u8]) -> Option<Handle> {
        self.index.find(key, |handle| self.key(handle))
    }

    fn key(&self, handle: Handle) -> &[u8] {
        Entry::key(self.arena.slot(handle))
    }

    fn entry(&self, handle: Handle) -> Entry<'_> {
        Entry::read(self.arena.slot(handle))
    }
}

fn entry_cost(entry: Entry<'_>) -> u64 {
    cost(entry.key.len(), entry.value.len())
}

/// Says how much there is, not what: entries may be secret.
impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, bytes) = (self.order.len(), self.bytes);
        write!(formatter, "Table {{ keys: {keys}, bytes: {bytes} }}")
    }
}

/// What an entry with these lengths adds to [`Table::bytes`].
pub(crate) fn cost(key_length: usize, value_length: usize) -> u64 {
    ENTRY_OVERHEAD + key_length as u64 + value_length as u64
}
