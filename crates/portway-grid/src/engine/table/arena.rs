//! Memory for entries: slots of graded sizes in blocks, so that an entry costs little more than its
//! bytes.
//!
//! A block is cut into slots of one size. Sizes are sixteen to a doubling, so that a slot is at most
//! one part in sixteen larger than what it holds, or seven bytes. What is larger than any slot has a
//! block of its own.

use std::collections::BTreeSet;

/// Bytes of a block of slots: so many that their part of its record is small, so few that a grid
/// with little in it stays small.
const BLOCK_BYTES: usize = 64 * 1024;

/// The largest slot: eight fill a block.
const LARGEST_SLOT_BYTES: usize = BLOCK_BYTES / 8;

/// Sizes to a doubling, as a power of two.
const SIZES_SHIFT: u32 = 4;

/// The step between the smallest sizes, as a power of two.
const LEAST_STEP_SHIFT: u32 = 3;

/// What a block of its own counts as; no slot is so small.
const OWN: usize = 0;

/// Where an entry lies: in which block, and which slot of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle([u16; 3]);

impl Handle {
    fn new(block: usize, slot: usize) -> Self {
        let [low, high] = [block as u16, (block >> 16) as u16];
        Self([low, high, slot as u16])
    }

    fn block(self) -> usize {
        usize::from(self.0[0]) | usize::from(self.0[1]) << 16
    }

    fn slot(self) -> usize {
        usize::from(self.0[2])
    }
}

/// The blocks of all sizes.
#[derive(Debug, Default)]
pub(super) struct Arena {
    blocks: Vec<Block>,
    /// The numbers of the blocks with a free slot, by the class of their size.
    roomy: Vec<BTreeSet<usize>>,
    /// Numbers of blocks that were given back.
    vacant: Vec<usize>,
}

/// Slots of one size.
#[derive(Debug, Default)]
struct Block {
    class: usize,
    slot_bytes: usize,
    bytes: Box<[u8]>,
    /// A bit for each slot that holds something.
    used: Box<[u64]>,
    free: usize,
}

impl Arena {
    /// A slot for so many bytes, which are to be written.
    pub(super) fn add(&mut self, length: usize) -> Handle {
        let class = class_of(length);
        let known = self.roomy.get(class).and_then(BTreeSet::first).copied();
        let number = known.unwrap_or_else(|| self.add_block(class, length));
        let block = &mut self.blocks[number];
        let slot = block.take();
        if block.free == 0 {
            self.roomy[class].remove(&number);
        }
        Handle::new(number, slot)
    }

    fn add_block(&mut self, class: usize, length: usize) -> usize {
        let block = Block::new(class, length);
        let number = self.vacant.pop().unwrap_or(self.blocks.len());
        match self.blocks.get_mut(number) {
            Some(vacant) => *vacant = block,
            None => self.blocks.push(block),
        }
        if self.roomy.len() <= class {
            self.roomy.resize_with(class + 1, BTreeSet::new);
        }
        self.roomy[class].insert(number);
        number
    }

    /// Frees a slot. The last empty block of a size stays: whoever frees often takes again.
    pub(super) fn remove(&mut self, handle: Handle) {
        let number = handle.block();
        let block = &mut self.blocks[number];
        block.give_back(handle.slot());
        let roomy = &mut self.roomy[block.class];
        roomy.insert(number);
        if block.is_empty() && (block.class == OWN || roomy.len() > 1) {
            roomy.remove(&number);
            *block = Block::default();
            self.vacant.push(number);
        }
    }

    /// Whether so many bytes would get a slot of the same size.
    pub(super) fn fits(&self, handle: Handle, length: usize) -> bool {
        let block = &self.blocks[handle.block()];
        match class_of(length) {
            OWN => block.class == OWN && block.slot_bytes == length,
            class => block.class == class,
        }
    }

    /// The whole slot, which may be longer than what was written.
    pub(super) fn slot(&self, handle: Handle) -> &[u8] {
        self.blocks[handle.block()].slot(handle.slot())
    }

    pub(super) fn slot_mut(&mut self, handle: Handle) -> &mut [u8] {
        let block = &mut self.blocks[handle.block()];
        let start = handle.slot() * block.slot_bytes;
        &mut block.bytes[start..start + block.slot_bytes]
    }

    /// All slots that hold something, behind `last` if it is given, as they lie in memory.
    pub(super) fn slots_behind(
        &self,
        last: Option<Handle>,
    ) -> impl Iterator<Item = (Handle, &[u8])> {
        let first = last.map_or(0, Handle::block);
        let numbered = self.blocks.iter().enumerate().skip(first);
        numbered.flat_map(move |(number, block)| {
            let mine = last.filter(|last| last.block() == number);
            let start = mine.map_or(0, |last| last.slot() + 1);
            let slots = start..block.slots();
            let used = slots.filter(|slot| block.is_used(*slot));
            used.map(move |slot| (Handle::new(number, slot), block.slot(slot)))
        })
    }
}

impl Block {
    fn new(class: usize, length: usize) -> Self {
        let (slot_bytes, slots) = match class {
            OWN => (length, 1),
            class => (slot_bytes(class), BLOCK_BYTES / slot_bytes(class)),
        };
        Self {
            class,
            slot_bytes,
            bytes: vec![0; slots * slot_bytes].into_boxed_slice(),
            used: vec![0; slots.div_ceil(WORD_BITS)].into_boxed_slice(),
            free: slots,
        }
    }

    fn slots(&self) -> usize {
        self.bytes.len().checked_div(self.slot_bytes).unwrap_or(0)
    }

    fn is_empty(&self) -> bool {
        self.free == self.slots()
    }

    fn slot(&self, slot: usize) -> &[u8] {
        let start = slot * self.slot_bytes;
        &self.bytes[start..start + self.slot_bytes]
    }

    fn is_used(&self, slot: usize) -> bool {
        self.used[slot / WORD_BITS] >> (slot % WORD_BITS) & 1 == 1
    }

    /// The first free slot, of which there has to be one.
    fn take(&mut self) -> usize {
        let full = self.used.iter().take_while(|word| **word == u64::MAX);
        let word = full.count();
        let bit = self.used[word].trailing_ones() as usize;
        self.used[word] |= 1 << bit;
        self.free -= 1;
        word * WORD_BITS + bit
    }

    fn give_back(&mut self, slot: usize) {
        self.used[slot / WORD_BITS] &= !(1 << (slot % WORD_BITS));
        self.free += 1;
    }
}

const WORD_BITS: usize = u64::BITS as usize;

/// The class of the smallest slot with so many bytes.
fn class_of(length: usize) -> usize {
    if length > LARGEST_SLOT_BYTES {
        return OWN;
    }
    let length = length.max(1);
    let highest_bit = (length - 1).checked_ilog2().unwrap_or(0);
    let shift = highest_bit
        .saturating_sub(SIZES_SHIFT)
        .max(LEAST_STEP_SHIFT);
    let steps = length.div_ceil(1 << shift);
    (((shift - LEAST_STEP_SHIFT) << SIZES_SHIFT) as usize) + steps
}

/// Bytes of a slot of a class.
fn slot_bytes(class: usize) -> usize {
    let doublings = ((class - 1) >> SIZES_SHIFT).saturating_sub(1);
    let steps = class - (doublings << SIZES_SHIFT);
    steps << (doublings + LEAST_STEP_SHIFT as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_as_large_as_asked_and_hardly_larger() {
        for length in 1..=LARGEST_SLOT_BYTES {
            let bytes = slot_bytes(class_of(length));
            let most = length + (length / 16).max(7);
            assert!(
                (length..=most).contains(&bytes),
                "{length} B in a slot of {bytes}"
            );
            assert!(class_of(length) >= class_of(length - 1).max(1), "{length}");
        }
        assert_eq!(class_of(LARGEST_SLOT_BYTES + 1), OWN);
    }

    #[test]
    fn slots_do_not_overlap_and_free_ones_are_taken_again() {
        let mut arena = Arena::default();
        let lengths = [1, 8, 100, 5_000, LARGEST_SLOT_BYTES + 1].repeat(300);
        let mut handles = Vec::new();
        for (number, length) in lengths.iter().enumerate() {
            let handle = arena.add(*length);
            arena.slot_mut(handle)[..*length].fill(number as u8);
            handles.push(handle);
        }
        for (number, length) in lengths.iter().enumerate() {
            let slot = &arena.slot(handles[number])[..*length];
            assert!(slot.iter().all(|byte| *byte == number as u8), "{number}");
        }
        let blocks = arena.blocks.len();
        handles.iter().for_each(|handle| arena.remove(*handle));
        for length in &lengths {
            arena.add(*length);
        }
        assert_eq!(arena.blocks.len(), blocks);
    }

    #[test]
    fn what_is_freed_is_given_back_but_for_one_block_of_each_size() {
        let mut arena = Arena::default();
        let handles: Vec<_> = (0..100_000).map(|_| arena.add(100)).collect();
        let own = arena.add(1 << 20);
        handles.iter().for_each(|handle| arena.remove(*handle));
        arena.remove(own);
        let kept: usize = arena.blocks.iter().map(|block| block.bytes.len()).sum();
        assert!(kept <= BLOCK_BYTES, "{kept} B are kept");
    }

    #[test]
    fn a_walk_meets_each_used_slot_once_wherever_it_is_interrupted() {
        let mut arena = Arena::default();
        let handles: Vec<_> = (0..3_000).map(|number| arena.add(number % 900)).collect();
        let (removed, left) = handles.split_at(1_000);
        removed.iter().for_each(|handle| arena.remove(*handle));

        let mut met = Vec::new();
        while let Some((handle, _)) = arena.slots_behind(met.last().copied()).next() {
            met.push(handle);
        }
        assert_eq!(met.len(), left.len());
        assert!(left.iter().all(|handle| met.contains(handle)));
    }
}
