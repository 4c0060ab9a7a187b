//! How long something takes or lasts, as people write it.

use std::{fmt, str::FromStr, time::Duration};

const DAY: u64 = 24 * 60 * 60;

/// The longest time: a hundred years, so that no sum of times can overflow.
const LONGEST: u64 = 100 * 365 * DAY;

/// Why a text is no length of time.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a length of time, as in 30s, 5m, 24h, 7d or 2w")]
pub(crate) struct TimeSpanError;

/// A length of time from a second to a hundred years.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct TimeSpan(pub(crate) Duration);

impl FromStr for TimeSpan {
    type Err = TimeSpanError;

    fn from_str(text: &str) -> Result<Self, TimeSpanError> {
        time_span(text).map(Self).ok_or(TimeSpanError)
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let units = [(DAY, "d"), (60 * 60, "h"), (60, "m")];
        let whole = units.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
        match whole {
            Some((unit, letter)) => write!(formatter, "{}{letter}", seconds / unit),
            None => write!(formatter, "{seconds}s"),
        }
    }
}

/// Reads `30s`, `5m`, `24h`, `7d` or `2w`.
fn time_span(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    let seconds = number(&text[..text.len() - 1])?.checked_mul(unit)?;
    (1..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

/// Digits only: no sign, no space.
pub(super) fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_length() {
        for text in ["1s", "90s", "5m", "24h", "7d"] {
            let span: TimeSpan = text.parse().unwrap();
            assert_eq!(span.to_string().parse(), Ok(span));
        }
        assert_eq!("2w".parse::<TimeSpan>().unwrap().to_string(), "14d");
        assert_eq!("0s".parse::<TimeSpan>(), Err(TimeSpanError));
    }
}
