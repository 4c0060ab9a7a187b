//! How long to wait before the next attempt to reach the grid.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The pause between two rounds over all addresses while the grid cannot be reached.
///
/// The pause begins at [`first`](Self::first), doubles with each failed round up to
/// [`longest`](Self::longest), and is shortened by a random part of up to a half, so that the
/// clients of a grid that comes back do not all arrive in the same instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconnectPolicy {
    first: Duration,
    longest: Duration,
}

impl ReconnectPolicy {
    /// Makes a policy whose pauses double from `first` up to `longest`.
    ///
    /// Both are at least one millisecond, and `longest` at least `first`: a policy without a pause
    /// would hammer the grid.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        let first = first.max(Duration::from_millis(1));
        Self {
            first,
            longest: longest.max(first),
        }
    }

    /// The pause after the first failed round.
    #[must_use]
    pub fn first(&self) -> Duration {
        self.first
    }

    /// The longest pause. A connection that lives this long is taken as sound: the next loss
    /// begins with [`first`](Self::first) again.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.longest
    }
}

impl Default for ReconnectPolicy {
    /// 100 ms up to 5 s.
    fn default() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(5))
    }
}

/// The pauses of one outage, in order.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: ReconnectPolicy,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(policy: ReconnectPolicy) -> Self {
        let next = policy.first;
        Self { policy, next }
    }

    /// The pause before the next round; the one after it is twice as long.
    pub(crate) fn pause(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.policy.longest);
        shortened(whole, random_fraction())
    }

    /// Notes how long a connection lived. A short life keeps the pauses growing: a server that
    /// accepts and closes at once must not be hammered.
    pub(crate) fn lived(&mut self, lifetime: Duration) {
        if lifetime >= self.policy.longest {
            self.next = self.policy.first;
        }
    }
}

fn shortened(whole: Duration, fraction: f64) -> Duration {
    whole - whole.mul_f64(fraction / 2.0)
}

/// A number from 0 up to 1. The standard library's per-map random keys are random enough to
/// spread clients, and spare a dependency.
fn random_fraction() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> ReconnectPolicy {
        ReconnectPolicy::new(Duration::from_millis(100), Duration::from_millis(350))
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_lose_at_most_a_half() {
        let mut backoff = Backoff::new(policy());
        for whole in [100, 200, 350, 350] {
            let pause = backoff.pause();
            assert!(
                pause <= Duration::from_millis(whole),
                "{pause:?} of {whole}"
            );
            assert!(
                pause >= Duration::from_millis(whole / 2),
                "{pause:?} of {whole}"
            );
        }
    }

    #[test]
    fn only_a_connection_that_lived_long_resets_the_pauses() {
        let mut backoff = Backoff::new(policy());
        backoff.pause();
        backoff.lived(Duration::from_millis(349));
        assert_eq!(backoff.next, Duration::from_millis(200));
        backoff.lived(Duration::from_millis(350));
        assert_eq!(backoff.next, Duration::from_millis(100));
    }

    #[test]
    fn a_policy_without_pauses_cannot_be_made() {
        let policy = ReconnectPolicy::new(Duration::ZERO, Duration::ZERO);
        assert_eq!(policy.first(), Duration::from_millis(1));
        assert_eq!(policy.longest(), Duration::from_millis(1));
    }

    #[test]
    fn the_random_part_varies() {
        let values: Vec<f64> = (0..8).map(|_| random_fraction()).collect();
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(
            values
                .windows(2)
                .any(|pair| (pair[0] - pair[1]).abs() > 0.0)
        );
    }
}
