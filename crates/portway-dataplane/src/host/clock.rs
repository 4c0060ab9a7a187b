//! Translation between the driver's clock and smoltcp's.

use std::time::{Duration, Instant};

use smoltcp::time::Instant as StackInstant;

/// Counts smoltcp's time from the first moment that it is told.
#[derive(Debug, Default)]
pub struct StackClock {
    origin: Option<Instant>,
}

impl StackClock {
    /// The moment in smoltcp's time.
    pub fn stack_time(&mut self, now: Instant) -> StackInstant {
        let origin = *self.origin.get_or_insert(now);
        let elapsed = now.saturating_duration_since(origin).as_micros();
        StackInstant::from_micros(i64::try_from(elapsed).unwrap_or(i64::MAX))
    }

    /// The moment in the driver's time; none before the clock was told any.
    pub fn driver_time(&self, at: StackInstant) -> Option<Instant> {
        let elapsed = u64::try_from(at.total_micros()).unwrap_or(0);
        self.origin?.checked_add(Duration::from_micros(elapsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_the_way_there_and_back() {
        let mut clock = StackClock::default();
        let start = Instant::now();
        assert_eq!(clock.stack_time(start), StackInstant::ZERO);

        let later = start + Duration::from_micros(1_234_567);
        let there = clock.stack_time(later);
        assert_eq!(clock.driver_time(there), Some(later));
    }

    #[test]
    fn a_moment_before_the_first_one_counts_as_the_first() {
        let mut clock = StackClock::default();
        let start = Instant::now() + Duration::from_secs(5);
        clock.stack_time(start);
        assert_eq!(
            clock.stack_time(start - Duration::from_secs(1)),
            StackInstant::ZERO
        );
    }
}
