//! How many repetitions all calls together may cause.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Parts of a token, so that fractions are whole numbers.
const TOKEN: u64 = 1000;

/// Tokens of the default budget.
const DEFAULT_CAPACITY: u32 = 20;

/// What a call adds to the default budget.
const DEFAULT_RATIO: f64 = 0.2;

/// How many repetitions all calls together may cause; clones are the same budget.
///
/// It is a bucket of tokens. Each call puts a fraction of one in, each repetition takes one out, and
/// without a whole one nothing is repeated. However many servers fail, `calls` calls are repeated at
/// most `capacity + ratio * calls` times: repetitions cannot become the load that keeps a sick
/// server down. Channels to the same servers share one.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    inner: Arc<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    parts: AtomicU64,
    capacity: u64,
    deposit: u64,
}

impl RetryBudget {
    /// Makes a full budget of `capacity` tokens, to which each call adds `ratio` of one.
    pub fn new(capacity: u32, ratio: f64) -> Self {
        let capacity = u64::from(capacity) * TOKEN;
        // Saturates: a negative ratio adds nothing.
        let deposit = (ratio * TOKEN as f64) as u64;
        Self {
            inner: Arc::new(Bucket {
                parts: AtomicU64::new(capacity),
                capacity,
                deposit,
            }),
        }
    }

    /// Returns how many repetitions it would allow now.
    pub fn left(&self) -> u64 {
        self.inner.parts.load(Ordering::Relaxed) / TOKEN
    }

    /// Notes a call.
    pub(crate) fn deposit(&self) {
        let Bucket {
            parts,
            capacity,
            deposit,
        } = &*self.inner;
        let add = |held: u64| (held < *capacity).then(|| (held + deposit).min(*capacity));
        // A full bucket stays as it is, without a write that all processors would have to see.
        let _full = parts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Takes the token of a repetition, if there is one.
    pub(crate) fn withdraw(&self) -> bool {
        let take = |held: u64| held.checked_sub(TOKEN);
        self.inner
            .parts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }
}

impl Default for RetryBudget {
    /// Makes a budget of 20 tokens, to which each call adds a fifth of one.
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY, DEFAULT_RATIO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the order is, no more is taken than was there and was put in.
        #[test]
        fn repetitions_never_exceed_the_budget(
            capacity in 0_u32..50,
            percent in 0_u32..100,
            turns in prop::collection::vec(any::<bool>(), 0..2000),
        ) {
            let budget = RetryBudget::new(capacity, f64::from(percent) / 100.0);
            let (mut calls, mut retries) = (0_u64, 0_u64);
            for call in turns {
                if call {
                    budget.deposit();
                    calls += 1;
                } else {
                    retries += u64::from(budget.withdraw());
                }
                prop_assert!(retries * 100 <= u64::from(capacity) * 100 + u64::from(percent) * calls);
                prop_assert!(budget.left() <= u64::from(capacity));
            }
        }
    }
}
