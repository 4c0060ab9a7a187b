//! How many answers a router may give of itself.

use std::time::{Duration, Instant};

/// Answers in a second, and at once after a pause. A flood of packets that expire costs that much and no more.
const ANSWERS_PER_SECOND: u32 = 1000;
const PER_ANSWER: Duration = Duration::from_nanos(1_000_000_000 / ANSWERS_PER_SECOND as u64);
const MOST_AT_ONCE: u32 = 100;

/// A token bucket, kept as the moment at which it will be full.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    full_at: Option<Instant>,
}

impl Budget {
    /// Takes one answer out, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.map_or(now, |moment| moment.max(now));
        if full_at > now + PER_ANSWER * (MOST_AT_ONCE - 1) {
            return false;
        }
        self.full_at = Some(full_at + PER_ANSWER);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_answered_and_then_a_thousand_a_second() {
        let mut budget = Budget::default();
        let start = Instant::now();
        let count = |budget: &mut Budget, now| (0..10_000).filter(|_| budget.take(now)).count();
        assert_eq!(count(&mut budget, start), 100);
        assert_eq!(count(&mut budget, start + Duration::from_millis(50)), 50);
        assert_eq!(count(&mut budget, start + Duration::from_secs(60)), 100);
    }
}
