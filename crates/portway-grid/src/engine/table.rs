//! Everything the grid holds: one ordered map from bytes to bytes.
//!
//! Each value remembers the journal segment that holds it, so that old segments can be emptied
//! oldest first: what still lives in the oldest is written again at the end, then the file goes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use super::batch::{Batch, Change};
use super::journal::Segment;

/// What one entry costs beside its bytes: two boxes, the segment number and its share of a tree
/// node. It keeps a flood of empty entries from looking free.
const ENTRY_OVERHEAD: u64 = 64;

/// A value and the segment it was last written to.
struct Slot {
    segment: Segment,
    value: Box<[u8]>,
}

/// The ordered map, with a running sum of what it costs.
#[derive(Default)]
pub(crate) struct Table {
    slots: BTreeMap<Box<[u8]>, Slot>,
    bytes: u64,
}

impl Table {
    /// Bytes of all keys and values, with the overhead of their entries.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.slots.get(key).map(|slot| &*slot.value)
    }

    /// Keys and values from `start` on, in order.
    pub(crate) fn range_from<'a>(
        &'a self,
        start: Bound<&[u8]>,
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.slots
            .range::<[u8], _>((start, Bound::Unbounded))
            .map(|(key, slot)| (&**key, &*slot.value))
    }

    /// Keys and values that begin with `prefix`, in order.
    pub(crate) fn with_prefix<'a>(
        &'a self,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.range_from(Bound::Included(prefix))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// As [`Table::range_from`], with the segment of each value.
    pub(crate) fn segments_from(
        &self,
        start: Bound<&[u8]>,
    ) -> impl Iterator<Item = (Segment, &[u8], &[u8])> {
        self.slots
            .range::<[u8], _>((start, Bound::Unbounded))
            .map(|(key, slot)| (slot.segment, &**key, &*slot.value))
    }

    /// Applies `batch`, which the journal holds in `segment`.
    pub(crate) fn apply(&mut self, batch: Batch, segment: Segment) {
        for change in batch.changes {
            match change {
                Change::Put { key, value } => self.put(key, Slot { segment, value }),
                Change::Delete { key } => self.delete(&key),
                Change::DeletePrefix { prefix } => self.delete_prefix(&prefix),
            }
        }
    }

    fn put(&mut self, key: Box<[u8]>, slot: Slot) {
        let key_length = key.len();
        self.bytes += cost(key_length, slot.value.len());
        if let Some(old) = self.slots.insert(key, slot) {
            self.bytes -= cost(key_length, old.value.len());
        }
    }

    fn delete(&mut self, key: &[u8]) {
        if let Some(old) = self.slots.remove(key) {
            self.bytes -= cost(key.len(), old.value.len());
        }
    }

    fn delete_prefix(&mut self, prefix: &[u8]) {
        let mut tail = self.slots.split_off(prefix);
        let rest = tail.keys().find(|key| !key.starts_with(prefix)).cloned();
        if let Some(rest) = rest {
            self.slots.append(&mut tail.split_off(&rest));
        }
        self.bytes -= tail
            .iter()
            .map(|(key, slot)| cost(key.len(), slot.value.len()))
            .sum::<u64>();
    }
}

/// Says how much there is, not what: entries may be secret.
impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, bytes) = (self.slots.len(), self.bytes);
        write!(formatter, "Table {{ keys: {keys}, bytes: {bytes} }}")
    }
}

/// What an entry with these lengths adds to [`Table::bytes`].
pub(crate) fn cost(key_length: usize, value_length: usize) -> u64 {
    ENTRY_OVERHEAD + key_length as u64 + value_length as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleting_a_prefix_leaves_the_neighbours_and_the_sum_right() {
        let mut table = Table::default();
        let mut batch = Batch::default();
        for key in [&[1u8, 9][..], &[2], &[2, 0], &[2, 255], &[3]] {
            batch.put(key, [0u8; 10]);
        }
        table.apply(batch, Segment(1));
        let mut batch = Batch::default();
        batch.delete_prefix([2u8]);
        table.apply(batch, Segment(1));

        let left: Vec<_> = table
            .range_from(Bound::Unbounded)
            .map(|(key, _)| key)
            .collect();
        assert_eq!(left, [&[1u8, 9][..], &[3]]);
        assert_eq!(table.bytes(), cost(2, 10) + cost(1, 10));
    }

    #[test]
    fn a_replaced_value_is_counted_once() {
        let mut table = Table::default();
        for length in [100, 3] {
            let mut batch = Batch::default();
            batch.put([1u8], vec![0; length]);
            table.apply(batch, Segment(1));
        }
        assert_eq!(table.bytes(), cost(1, 3));
    }
}
