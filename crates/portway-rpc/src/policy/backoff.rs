//! How long to wait before something is tried again.

use std::time::Duration;

use super::random::Random;

/// How long to wait before something is tried again: longer each time, and each time another while.
///
/// The pause before the `n`th repetition is anything up to `first * 2^(n-1)`, and no more than
/// `longest`. It is drawn from the whole range ("full jitter"), so that clients that failed together
/// do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// Makes one whose first pause is up to `first`, and no pause above `longest`.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest }
    }

    /// Returns the upper end of the pause after `failures` failures, which are at least one.
    pub(crate) fn bound(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    pub(crate) fn pause(self, failures: u32, random: &Random) -> Duration {
        self.bound(failures).mul_f64(random.fraction())
    }
}

impl Default for Backoff {
    /// Up to 50 ms, then doubled, up to 2 s.
    fn default() -> Self {
        Self::new(Duration::from_millis(50), Duration::from_secs(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_differ() {
        let backoff = Backoff::default();
        let bounds: Vec<_> = [1, 2, 3, 7, u32::MAX]
            .map(|n| backoff.bound(n).as_millis())
            .into();
        assert_eq!(bounds, [50, 100, 200, 2000, 2000]);
        let random = Random::new(Some(1));
        let pauses: Vec<_> = (0..100).map(|_| backoff.pause(1, &random)).collect();
        assert!(pauses.iter().all(|pause| *pause < backoff.bound(1)));
        assert!(pauses.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
