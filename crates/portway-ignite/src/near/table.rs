//! Entries within a bound; the ones that nobody uses go first.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;

use super::options::Bound;

/// What an entry costs beside its bytes: its slot, its place in the index, the allocations.
pub(super) const ENTRY_OVERHEAD: usize = 128;

/// What is known of a key: its value, or that it has none.
pub(super) type Known<V> = Option<Arc<V>>;

/// What came from the grid.
#[derive(Debug)]
pub(super) struct Loaded<V> {
    pub(super) known: Known<V>,
    /// The length of key and value.
    pub(super) bytes: usize,
    /// When it is too old, if age matters.
    pub(super) until: Option<Instant>,
}

/// A map whose keys are hashes already.
pub(super) type ByHash<T> = HashMap<u64, T, BuildHasherDefault<IsHash>>;

/// Entries by the hash of their key. Of two keys with one hash, only the later one is kept.
///
/// A hand goes round the slots when room is needed: an entry that was used since the hand was
/// there last stays for another round, another one goes (the clock algorithm). So a use costs no
/// more than setting a flag, and needs no exclusive lock.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    bound: Bound,
    index: ByHash<usize>,
    slots: Vec<Option<Slot<K, V>>>,
    free: Vec<usize>,
    hand: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Slot<K, V> {
    hash: u64,
    key: K,
    known: Known<V>,
    bytes: usize,
    until: Option<Instant>,
    used: AtomicBool,
}

impl<K, V> Table<K, V> {
    pub(super) fn new(bound: Bound) -> Self {
        Self {
            bound,
            index: HashMap::default(),
            slots: Vec::new(),
            free: Vec::new(),
            hand: 0,
            bytes: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get<Q>(&self, hash: u64, key: &Q) -> Option<Known<V>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let slot = self.slots[*self.index.get(&hash)?].as_ref()?;
        let is_old = |until| until <= Instant::now();
        if slot.key.borrow() != key || slot.until.is_some_and(is_old) {
            return None;
        }
        // Writing only if needed leaves the cache line with all who read it.
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(slot.known.clone())
    }

    /// Keeps an entry. Answers how many others had to go for it.
    pub(super) fn insert(&mut self, hash: u64, key: K, loaded: Loaded<V>) -> u64 {
        self.remove(hash);
        let bytes = loaded.bytes + ENTRY_OVERHEAD;
        if bytes > self.bound.bytes {
            return 0;
        }
        let mut evicted = 0;
        while self.is_full_for(bytes) && self.evict() {
            evicted += 1;
        }
        let slot = Slot {
            hash,
            key,
            known: loaded.known,
            bytes,
            until: loaded.until,
            used: AtomicBool::new(false),
        };
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[place] = Some(slot);
        self.index.insert(hash, place);
        self.bytes += bytes;
        evicted
    }

    /// Forgets the entry of a hash. Answers whether there was one.
    pub(super) fn remove(&mut self, hash: u64) -> bool {
        let Some(place) = self.index.remove(&hash) else {
            return false;
        };
        if let Some(slot) = self.slots[place].take() {
            self.bytes -= slot.bytes;
        }
        self.free.push(place);
        true
    }

    /// Forgets everything. Answers how much that was.
    pub(super) fn clear(&mut self) -> usize {
        let forgotten = self.len();
        *self = Self::new(self.bound);
        forgotten
    }

    fn is_full_for(&self, bytes: usize) -> bool {
        self.len() >= self.bound.entries || self.bytes + bytes > self.bound.bytes
    }

    /// Lets the next entry go that was not used since the last round.
    fn evict(&mut self) -> bool {
        if self.index.is_empty() {
            return false;
        }
        loop {
            self.hand = (self.hand + 1) % self.slots.len();
            // The second round finds no flag any more.
            let unused = self.slots[self.hand].as_ref();
            let unused = unused.filter(|slot| !slot.used.swap(false, Ordering::Relaxed));
            if let Some(hash) = unused.map(|slot| slot.hash) {
                return self.remove(hash);
            }
        }
    }
}

/// Passes a hash on as it is.
#[derive(Debug, Default)]
pub(super) struct IsHash(u64);

impl Hasher for IsHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only whole hashes are keys here; anything else would still be a hash, if a poor one.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn table(entries: usize, bytes: usize) -> Table<u64, u64> {
        Table::new(Bound { entries, bytes })
    }

    /// That a key has no value, with so many bytes.
    fn nothing(bytes: usize) -> Loaded<u64> {
        Loaded {
            known: None,
            bytes,
            until: None,
        }
    }

    fn keys(table: &Table<u64, u64>) -> Vec<u64> {
        let mut keys: Vec<u64> = table.index.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn what_is_used_outlives_what_is_not() {
        let mut table = table(3, usize::MAX);
        for key in 1..=3 {
            assert_eq!(table.insert(key, key, nothing(0)), 0);
        }
        for key in 4..100 {
            table.get(2, &2).expect("it is used all the time");
            assert_eq!(table.insert(key, key, nothing(0)), 1);
        }
        assert_eq!(table.len(), 3);
        assert!(table.get(2, &2).is_some());
    }

    #[test]
    fn the_bytes_are_bounded_whatever_the_entries_are() {
        let mut table = table(usize::MAX, 10 * ENTRY_OVERHEAD);
        for key in 0..100 {
            table.insert(key, key, nothing(usize::try_from(key).unwrap() * 7 % 300));
            assert!(table.bytes() <= 10 * ENTRY_OVERHEAD);
        }
        assert!(table.len() >= 2);
    }

    #[test]
    fn an_entry_over_the_bound_is_not_kept_and_costs_no_other() {
        let mut table = table(usize::MAX, 4 * ENTRY_OVERHEAD);
        table.insert(1, 1, nothing(0));
        assert_eq!(table.insert(2, 2, nothing(4 * ENTRY_OVERHEAD)), 0);
        assert_eq!(keys(&table), [1]);
    }

    #[test]
    fn a_removed_entry_leaves_nothing_behind() {
        let mut table = table(4, usize::MAX);
        let known = Some(Arc::new(1));
        table.insert(
            1,
            1,
            Loaded {
                known,
                ..nothing(10)
            },
        );
        assert!(table.remove(1));
        assert!(!table.remove(1));
        assert_eq!((table.len(), table.bytes()), (0, 0));
        assert!(table.get(1, &1).is_none());
    }

    #[test]
    fn of_two_keys_with_one_hash_the_later_is_kept() {
        let mut table = table(4, usize::MAX);
        table.insert(1, 10, nothing(0));
        table.insert(1, 20, nothing(0));
        assert!(table.get(1, &10).is_none());
        assert!(table.get(1, &20).is_some());
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn what_is_too_old_is_not_known_any_more() {
        let mut table = table(4, usize::MAX);
        let now = Instant::now();
        let until = |until| Loaded {
            until: Some(until),
            ..nothing(0)
        };
        table.insert(1, 1, until(now));
        table.insert(2, 2, until(now + Duration::from_secs(3600)));
        assert!(table.get(1, &1).is_none());
        assert!(table.get(2, &2).is_some());
        table.insert(1, 1, nothing(0));
        assert!(table.get(1, &1).is_some(), "it was read again");
        assert_eq!(table.len(), 2);
    }
}
