//! `--expires 24h|TIME`: when a peer is cut off.

use std::{
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::time_span::{TimeSpan, number};

const DAY: u64 = 24 * 60 * 60;

/// Why a text names no time.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "expected a time from now, as in 30m, 24h or 7d, or a UTC time, as in 2030-01-31T12:00:00Z"
)]
pub(crate) struct ExpiryError;

/// A time from now, or a moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Expiry {
    /// So long after the command ran.
    After(Duration),
    /// At this moment.
    At(SystemTime),
}

impl Expiry {
    /// The moment, seen from `now`.
    pub(crate) fn moment(self, now: SystemTime) -> SystemTime {
        match self {
            Self::After(time) => now + time,
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for Expiry {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, ExpiryError> {
        text.parse::<TimeSpan>()
            .map(|TimeSpan(time)| Self::After(time))
            .ok()
            .or_else(|| utc_moment(text).map(Self::At))
            .ok_or(ExpiryError)
    }
}

/// Reads `2030-01-31T12:00:00Z` or `2030-01-31` (midnight).
fn utc_moment(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time.strip_suffix('Z')?, ':')?;
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    in_range.then(|| {
        let seconds = hour * 60 * 60 + minute * 60 + second;
        UNIX_EPOCH + Duration::from_secs(days_since_1970(year, month, day) * DAY + seconds)
    })
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let parts: Option<Vec<u64>> = text.split(separator).map(number).collect();
    parts?.try_into().ok()
}

/// Counts the days up to a date that was checked.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let years: u64 = (1970..year)
        .map(|year| 365 + u64::from(is_leap(year)))
        .sum();
    let months: u64 = (1..month).map(|month| days_in_month(year, month)).sum();
    years + months + day - 1
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_from_now_has_a_unit() {
        assert_eq!("24h".parse(), Ok(Expiry::After(Duration::from_secs(DAY))));
        assert_eq!(
            "2w".parse(),
            Ok(Expiry::After(Duration::from_secs(14 * DAY)))
        );
        for text in [
            "",
            "h",
            "24",
            "0h",
            "-1h",
            "1.5h",
            "1y",
            "99999999999999999999d",
            "9999999w",
        ] {
            assert_eq!(text.parse::<Expiry>(), Err(ExpiryError), "{text}");
        }
    }

    #[test]
    fn a_utc_time_is_the_moment_it_names() {
        let moment = |seconds| Ok(Expiry::At(UNIX_EPOCH + Duration::from_secs(seconds)));
        assert_eq!("1970-01-01".parse(), moment(0));
        assert_eq!("2000-02-29T00:00:01Z".parse(), moment(951_782_401));
        assert_eq!("2030-01-31T12:00:00Z".parse(), moment(1_896_091_200));
        for text in [
            "2030-13-01",
            "2030-02-29",
            "2030-01-01T24:00:00Z",
            "2030-01-01T12:00:00",
        ] {
            assert_eq!(text.parse::<Expiry>(), Err(ExpiryError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = text.parse::<Expiry>();
        }

        #[test]
        fn no_numbers_make_it_panic(parts in proptest::array::uniform6(any::<u64>())) {
            let [year, month, day, hour, minute, second] = parts;
            let _ = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse::<Expiry>();
        }
    }
}
