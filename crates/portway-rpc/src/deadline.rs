//! Until when a call may take.

use std::time::Duration;

use tokio::time::Instant;

/// How long a call may take that names no deadline.
///
/// Every call has an end: a forgotten time-out must not hold a task, a stream and its memory for
/// ever. Half a minute is longer than a person waits and what proxies allow by default.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest time-out: a hundred years, for streams that shall not end. Longer ones are cut.
pub const MAXIMUM_TIMEOUT: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The instant at which a call ends, whatever it has done by then.
///
/// On the wire it is relative, because clocks differ: what is left of it is sent, so it shrinks
/// with every hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    at: Instant,
}

impl Deadline {
    /// Makes the deadline `timeout` from now; at most [`MAXIMUM_TIMEOUT`].
    pub fn after(timeout: Duration) -> Self {
        Self::since(Instant::now(), timeout)
    }

    /// Makes the deadline `timeout` from `now`; at most [`MAXIMUM_TIMEOUT`].
    pub fn since(now: Instant, timeout: Duration) -> Self {
        Self {
            at: now + timeout.min(MAXIMUM_TIMEOUT),
        }
    }

    /// Returns the instant.
    pub fn instant(self) -> Instant {
        self.at
    }

    /// Returns what is left of it at `now`; zero once it has passed.
    pub fn remaining(self, now: Instant) -> Duration {
        self.at.saturating_duration_since(now)
    }

    /// Tells whether it has passed at `now`.
    pub fn has_passed(self, now: Instant) -> bool {
        self.at <= now
    }

    /// Returns the earlier of two.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
        }
    }
}

/// Writes a time-out as the header `grpc-timeout`: at most eight digits and a unit.
///
/// It is rounded up, so that the server does not give up before the client.
///
/// Source: gRPC over HTTP/2, `Timeout → "grpc-timeout" TimeoutValue TimeoutUnit`.
pub fn format_timeout(timeout: Duration) -> String {
    const DIGITS: u128 = 99_999_999;
    let nanoseconds = timeout.min(MAXIMUM_TIMEOUT).as_nanos();
    for (unit, size) in [
        ('n', 1),
        ('u', 1_000),
        ('m', 1_000_000),
        ('S', 1_000_000_000),
        ('M', 60_000_000_000),
        ('H', 3_600_000_000_000),
    ] {
        let count = nanoseconds.div_ceil(size);
        if count <= DIGITS {
            return format!("{count}{unit}");
        }
    }
    format!("{DIGITS}H")
}

/// Reads a header `grpc-timeout`; nothing if it is not one.
pub fn parse_timeout(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let digits = text.strip_suffix(unit)?;
    if digits.len() > 8 || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    let timeout = match unit {
        'n' => Duration::from_nanos(count),
        'u' => Duration::from_micros(count),
        'm' => Duration::from_millis(count),
        'S' => Duration::from_secs(count),
        'M' => Duration::from_secs(count * 60),
        'H' => Duration::from_secs(count * 3600),
        _ => return None,
    };
    Some(timeout.min(MAXIMUM_TIMEOUT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_come_back_from_their_text_never_shorter() {
        for timeout in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_nanos(99_999_999),
            Duration::from_nanos(100_000_001),
            Duration::from_secs(30),
            Duration::from_secs(86_400 * 400),
        ] {
            let text = format_timeout(timeout);
            let parsed = parse_timeout(&text).unwrap();
            assert!(
                parsed >= timeout && parsed <= timeout.mul_f64(1.001),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_timeout_is_refused() {
        for text in ["", "1", "m", "-1m", "123456789m", "1x", "1 m", "ü"] {
            assert_eq!(parse_timeout(text), None, "{text}");
        }
    }

    #[test]
    fn a_timeout_without_end_is_cut_to_one_that_clocks_can_hold() {
        let now = Instant::now();
        let deadline = Deadline::since(now, Duration::MAX);
        assert_eq!(deadline.remaining(now), MAXIMUM_TIMEOUT);
    }
}
