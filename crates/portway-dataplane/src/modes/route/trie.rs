//! A table of prefixes that is read far more often than it is made: a poptrie (Asai and Ohara, SIGCOMM 2015).
//!
//! ```text
//! key:    |---- direct -----|-- 6 --|-- 6 --| ...
//! direct:  2^18 or 2^24 entries: a value, or the node of the next six bits
//! node:    internal     64 bits: this slot goes on in a node
//!          leaf_starts  64 bits: here a run of slots with one value begins
//!          first_child, first_leaf: where its nodes and values begin; the ranks of the bits count from there
//! ```
//!
//! Many routes of IPv4 are worth a first level of 24 bits, 64 MB of which only what prefixes cover is touched: a lookup
//! of most addresses is then one read. Measured for a million routes, random addresses: 6 to 13 ns with 24 bits, 25 ns
//! with 18, 55 to 75 ns with the crate `prefix-trie` (`examples/routing_cost.rs`).

use std::marker::PhantomData;

/// Bits of the first level, which is indexed directly.
const SMALL_DIRECT_BITS: u32 = 18;
const LARGE_DIRECT_BITS: u32 = 24;
/// So many prefixes make the large first level worth its memory.
const MANY: usize = 1 << 16;
/// Bits of each level below.
const STRIDE: u32 = 6;
const SLOTS: usize = 1 << STRIDE;
/// Marks entries of the first level that name a node.
const NODE: u32 = 1 << 31;

/// No prefix covers the key.
pub(crate) const NONE: u32 = 0;

/// An address as the table reads it, from its first bit on.
pub(crate) trait Key: Copy + Ord {
    /// The first `bits` bits.
    fn first(self, bits: u32) -> usize;
    /// The six bits from `depth` on; behind the end of the address they are zero.
    fn slot(self, depth: u32) -> usize;
    /// Whether the first `length` bits are those of `other`.
    fn agrees(self, other: Self, length: u32) -> bool;
}

macro_rules! key {
    ($(#[$about:meta])* $type:ty) => {
        $(#[$about])*
        impl Key for $type {
            #[inline]
            fn first(self, bits: u32) -> usize {
                (self >> (Self::BITS - bits)) as usize
            }

            #[inline]
            fn slot(self, depth: u32) -> usize {
                ((self << depth) >> (Self::BITS - STRIDE)) as usize
            }

            fn agrees(self, other: Self, length: u32) -> bool {
                (self ^ other).leading_zeros() >= length
            }
        }
    };
}

key!(
    /// An IPv4 address in the upper half.
    u64
);
key!(
    /// An IPv6 address.
    u128
);

/// A prefix and what it stands for. Bits behind its length are zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix<K> {
    pub(crate) key: K,
    pub(crate) length: u32,
    /// From 1 on, below the mark of nodes.
    pub(crate) value: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    internal: u64,
    leaf_starts: u64,
    first_child: u32,
    first_leaf: u32,
}

/// The table.
#[derive(Debug)]
pub(crate) struct Trie<K> {
    direct_bits: u32,
    direct: Vec<u32>,
    nodes: Vec<Node>,
    leaves: Vec<u32>,
    key: PhantomData<K>,
}

impl<K: Key> Trie<K> {
    /// Makes the table. Of equal prefixes the last one counts.
    pub(crate) fn new(prefixes: Vec<Prefix<K>>) -> Self {
        Self::with_direct_bits(SMALL_DIRECT_BITS, prefixes)
    }

    /// Makes the table, with a large first level where there are many prefixes.
    pub(crate) fn for_many(prefixes: Vec<Prefix<K>>) -> Self {
        let bits = if prefixes.len() >= MANY {
            LARGE_DIRECT_BITS
        } else {
            SMALL_DIRECT_BITS
        };
        Self::with_direct_bits(bits, prefixes)
    }

    fn with_direct_bits(bits: u32, mut prefixes: Vec<Prefix<K>>) -> Self {
        // A prefix comes before those inside of it, so that painting in this order leaves the longest on top.
        prefixes.sort_by_key(|prefix| (prefix.key, prefix.length));
        let mut trie = Self {
            direct_bits: bits,
            // Of zeros, which the system gives without touching the memory.
            direct: vec![NONE; 1 << bits],
            nodes: Vec::new(),
            leaves: Vec::new(),
            key: PhantomData,
        };
        for prefix in prefixes.iter().filter(|prefix| prefix.length <= bits) {
            let first = prefix.key.first(bits);
            trie.direct[first..first + (1 << (bits - prefix.length))].fill(prefix.value);
        }
        for inside in prefixes.chunk_by(|one, other| one.key.first(bits) == other.key.first(bits)) {
            if reaches_beyond(inside, bits) {
                trie.attach(inside);
            }
        }
        trie
    }

    /// Puts a node below the entry of the first level that all these prefixes are in.
    fn attach(&mut self, inside: &[Prefix<K>]) {
        let entry = inside[0].key.first(self.direct_bits);
        let node = self.nodes.len();
        self.nodes.push(Node::default());
        self.fill(node, self.direct_bits, inside, self.direct[entry]);
        self.direct[entry] = NODE | node as u32;
    }

    /// Fills the node whose six bits begin at `depth`. Where no prefix covers a slot, `inherited` holds.
    fn fill(&mut self, node: usize, depth: u32, inside: &[Prefix<K>], inherited: u32) {
        let end = depth + STRIDE;
        let values = paint(inside, depth, inherited);
        let below = || {
            let same_slot = move |one: &Prefix<K>, other: &Prefix<K>| {
                one.key.slot(depth) == other.key.slot(depth)
            };
            let chunks = inside.chunk_by(same_slot);
            chunks.filter(move |chunk| reaches_beyond(chunk, end))
        };
        let internal = below().fold(0, |bits, chunk| bits | 1 << chunk[0].key.slot(depth));
        let first_leaf = self.leaves.len() as u32;
        let leaf_starts = self.add_leaves(&values, internal);
        let first_child = self.nodes.len();
        self.nodes[node] = Node {
            internal,
            leaf_starts,
            first_child: first_child as u32,
            first_leaf,
        };
        self.nodes.resize(
            first_child + internal.count_ones() as usize,
            Node::default(),
        );
        for (chunk, child) in below().zip(first_child..) {
            self.fill(child, end, chunk, values[chunk[0].key.slot(depth)]);
        }
    }

    /// Stores the values of the slots that do not go on, once for each run of equal ones.
    fn add_leaves(&mut self, values: &[u32; SLOTS], internal: u64) -> u64 {
        let mut starts = 0;
        let mut last = None;
        for (slot, value) in values.iter().enumerate() {
            if internal & (1 << slot) == 0 && last != Some(*value) {
                starts |= 1 << slot;
                last = Some(*value);
                self.leaves.push(*value);
            }
        }
        starts
    }

    /// The value of the longest prefix that covers the key, else [`NONE`].
    #[inline]
    pub(crate) fn lookup(&self, key: K) -> u32 {
        let entry = self.direct[key.first(self.direct_bits)];
        if entry & NODE == 0 {
            return entry;
        }
        let mut node = &self.nodes[(entry & !NODE) as usize];
        let mut depth = self.direct_bits;
        loop {
            let bit = 1 << key.slot(depth);
            let before = bit - 1;
            if node.internal & bit == 0 {
                let rank = (node.leaf_starts & (before | bit)).count_ones();
                return self.leaves[(node.first_leaf + rank - 1) as usize];
            }
            let rank = (node.internal & before).count_ones();
            node = &self.nodes[(node.first_child + rank) as usize];
            depth += STRIDE;
        }
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let words = self.direct.len() + self.leaves.len();
        words * size_of::<u32>() + self.nodes.len() * size_of::<Node>()
    }
}

fn reaches_beyond<K>(prefixes: &[Prefix<K>], depth: u32) -> bool {
    prefixes.iter().any(|prefix| prefix.length > depth)
}

/// The value of each slot of the six bits from `depth` on.
fn paint<K: Key>(inside: &[Prefix<K>], depth: u32, inherited: u32) -> [u32; SLOTS] {
    let mut values = [inherited; SLOTS];
    let end = depth + STRIDE;
    for prefix in inside {
        if prefix.length > depth && prefix.length <= end {
            let first = prefix.key.slot(depth);
            values[first..first + (1 << (end - prefix.length))].fill(prefix.value);
        }
    }
    values
}
