//! The table beside an ordered map, and its sums.

use std::collections::BTreeMap;

use super::*;
use crate::engine::Batch;

#[test]
fn deleting_a_prefix_leaves_the_neighbours_and_the_sum_right() {
    let mut table = Table::default();
    let mut batch = Batch::default();
    for key in [&[1u8, 9][..], &[2], &[2, 0], &[2, 255], &[3]] {
        batch.put(key, [0u8; 10]);
    }
    table.apply(batch.views(), Segment(1));
    let mut batch = Batch::default();
    batch.delete_prefix([2u8]);
    table.apply(batch.views(), Segment(1));

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
        table.apply(batch.views(), Segment(1));
    }
    assert_eq!(table.bytes(), cost(1, 3));
}

/// A random walk, the same in each run, beside the standard library's ordered map.
#[test]
fn it_holds_what_an_ordered_map_holds() {
    let mut random = Random(1);
    let (mut table, mut model) = (Table::default(), BTreeMap::new());
    for step in 0..60_000 {
        let key = random.key();
        match random.below(100) {
            0 if step % 7 == 0 => {
                let prefix = &key[..1];
                table.delete_prefix(prefix);
                model.retain(|key: &Vec<u8>, _| !key.starts_with(prefix));
            }
            0..30 => {
                table.delete(&key);
                model.remove(&key);
            }
            _ => {
                let value = vec![step as u8; random.below(300)];
                let segment = Segment(step);
                let (key_bytes, value_bytes) = (&key[..], &value[..]);
                table.put(Entry {
                    segment,
                    key: key_bytes,
                    value: value_bytes,
                });
                model.insert(key, (segment, value));
            }
        }
        if step % 5_000 == 0 {
            assert_same(&table, &model, &random.key());
        }
    }
    assert_same(&table, &model, &random.key());
}

#[test]
fn a_loaded_table_holds_what_one_that_was_kept_in_order_does() {
    for prefix_deleted_at in [None, Some(3_000)] {
        let mut random = Random(2);
        let (mut loading, mut table) = (Loading::default(), Table::default());
        for step in 0..20_000 {
            let key = random.key();
            let mut batch = Batch::default();
            match random.below(10) {
                _ if Some(step) == prefix_deleted_at => batch.delete_prefix(&key[..1]),
                0..3 => batch.delete(&key[..]),
                _ => batch.put(&key[..], vec![7; random.below(300)]),
            }
            loading.apply(batch.views(), Segment(step));
            table.apply(batch.views(), Segment(step));
        }
        let loaded = loading.finish();
        let (one, other) = (
            loaded.range_from(Bound::Unbounded),
            table.range_from(Bound::Unbounded),
        );
        assert!(one.eq(other));
        assert_eq!(loaded.bytes(), table.bytes());
        assert_eq!(loaded.index.len(), loaded.order.len());
    }
}

type Model = BTreeMap<Vec<u8>, (Segment, Vec<u8>)>;

fn assert_same(table: &Table, model: &Model, start: &[u8]) {
    for start in [
        Bound::Unbounded,
        Bound::Included(start),
        Bound::Excluded(start),
    ] {
        let held = table.range_from(start);
        let expected = model.range::<[u8], _>((start, Bound::Unbounded));
        assert!(held.eq(expected.map(|(key, (_, value))| (&key[..], &value[..]))));
    }
    let sum = model
        .iter()
        .map(|(key, (_, value))| cost(key.len(), value.len()));
    assert_eq!(table.bytes(), sum.sum::<u64>());
    let lying = table.entries_behind(None);
    let mut lying: Vec<_> = lying.map(|(_, entry)| (entry.key, entry.segment)).collect();
    lying.sort_unstable();
    let segments = model.iter().map(|(key, (segment, _))| (&key[..], *segment));
    assert!(lying.into_iter().eq(segments));
    assert_eq!(table.order.len(), model.len());
    assert_eq!(table.index.len(), model.len());
    for (key, (_, value)) in model {
        assert_eq!(table.get(key), Some(&value[..]));
    }
    assert_eq!(table.get(b"no key of the walk"), None);
}

/// A generator of numbers that look random (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn key(&mut self) -> Vec<u8> {
        let (tag, number) = (self.below(4) as u8, self.below(5_000));
        [&[tag][..], &number.to_le_bytes()[..2]].concat()
    }
}
