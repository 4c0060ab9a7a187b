//! Numbers that need not be secret: for jitter, and to choose among equals.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Odd, so that adding it again and again visits every state once.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Numbers that need not be secret; the same seed gives the same ones.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random {
    state: AtomicU64,
}

impl Random {
    /// Starts from `seed`, or from one that differs each time.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Self {
            state: AtomicU64::new(seed),
        }
    }

    fn next(&self) -> u64 {
        let state = self.state.fetch_add(STEP, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `limit`, which is not zero.
    pub(crate) fn below(&self, limit: usize) -> usize {
        // The high half of the product is below the limit whatever the number is.
        let product = u128::from(self.next()) * limit as u128;
        (product >> 64) as usize
    }

    /// Returns a number from 0 to 1, without the 1.
    pub(crate) fn fraction(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers_and_all_are_in_range() {
        let (first, second) = (Random::new(Some(7)), Random::new(Some(7)));
        let mut seen = [0; 5];
        for _ in 0..10_000 {
            let number = first.below(5);
            assert_eq!(number, second.below(5));
            seen[number] += 1;
        }
        assert!(
            seen.iter().all(|count| (1_800..2_200).contains(count)),
            "{seen:?}"
        );
        assert!((0..1000).all(|_| (0.0..1.0).contains(&first.fraction())));
    }
}
