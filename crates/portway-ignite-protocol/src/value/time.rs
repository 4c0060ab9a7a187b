//! Points in time.
//!
//! All count from 1970 in UTC. Java's `Date`, `Time` and `Timestamp` do so too; it is SQL and
//! `toString` on a node that see them in that node's time zone.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::codec::{DecodeError, sequence};

const MILLISECONDS_PER_DAY: i64 = 86_400_000;
const NANOSECONDS_PER_MILLISECOND: i128 = 1_000_000;

/// A point in time with milliseconds: a Java `Date`, and what SQL calls a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date {
    /// Milliseconds since 1970.
    pub milliseconds: i64,
}

/// A time of day: a Java `java.sql.Time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time {
    /// Milliseconds since midnight. Java allows others than those of one day.
    pub milliseconds: i64,
}

/// A point in time with nanoseconds: a Java `java.sql.Timestamp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Milliseconds since 1970.
    pub milliseconds: i64,
    /// Nanoseconds within the millisecond. A peer can send any others: they count on from it, as in
    /// Java.
    pub nanoseconds: i32,
}

sequence!(Date { milliseconds: i64 });
sequence!(Time { milliseconds: i64 });
sequence!(Timestamp {
    milliseconds: i64,
    nanoseconds: i32
});

impl From<Date> for Timestamp {
    fn from(date: Date) -> Self {
        Self {
            milliseconds: date.milliseconds,
            nanoseconds: 0,
        }
    }
}

/// Times outside of what milliseconds in 64 bits can say become the nearest they can.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let nanoseconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
        };
        Self::from_nanoseconds(nanoseconds)
    }
}

impl Timestamp {
    /// The point in time so many nanoseconds after 1970, or the nearest that can be said.
    pub fn from_nanoseconds(nanoseconds: i128) -> Self {
        let milliseconds = nanoseconds.div_euclid(NANOSECONDS_PER_MILLISECOND);
        let limit = if milliseconds < 0 { i64::MIN } else { i64::MAX };
        let rest = nanoseconds.rem_euclid(NANOSECONDS_PER_MILLISECOND);
        Self {
            milliseconds: i64::try_from(milliseconds).unwrap_or(limit),
            nanoseconds: i32::try_from(rest).unwrap_or(0),
        }
    }

    /// The nanoseconds since 1970.
    pub fn as_nanoseconds(self) -> i128 {
        i128::from(self.milliseconds) * NANOSECONDS_PER_MILLISECOND + i128::from(self.nanoseconds)
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = DecodeError;

    fn try_from(timestamp: Timestamp) -> Result<Self, DecodeError> {
        let out_of_range = || DecodeError::OutOfRange("SystemTime");
        let nanoseconds = Duration::from_nanos(timestamp.nanoseconds.unsigned_abs().into());
        let distance = Duration::from_millis(timestamp.milliseconds.unsigned_abs());
        let whole = if timestamp.milliseconds < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        whole
            .and_then(|whole| match timestamp.nanoseconds {
                ..0 => whole.checked_sub(nanoseconds),
                _ => whole.checked_add(nanoseconds),
            })
            .ok_or_else(out_of_range)
    }
}

/// As in RFC 3339, in UTC: `2023-11-14T22:13:20.123Z`.
impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = split_day(self.milliseconds);
        show_day(days, formatter)?;
        formatter.write_str("T")?;
        show_time(rest, formatter)?;
        formatter.write_str("Z")
    }
}

/// As in RFC 3339, in UTC: `2023-11-14T22:13:20.123456789Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = Self::from_nanoseconds(self.as_nanoseconds());
        let (days, rest) = split_day(within.milliseconds);
        show_day(days, formatter)?;
        formatter.write_str("T")?;
        show_time(rest, formatter)?;
        write!(formatter, "{:06}Z", within.nanoseconds)
    }
}

/// As in `22:13:20.123`.
impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_time(split_day(self.milliseconds).1, formatter)
    }
}

fn split_day(milliseconds: i64) -> (i64, i64) {
    (
        milliseconds.div_euclid(MILLISECONDS_PER_DAY),
        milliseconds.rem_euclid(MILLISECONDS_PER_DAY),
    )
}

fn show_time(milliseconds: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(formatter, "{hours:02}:{minutes:02}:{seconds:02}.{rest:03}")
}

/// The Gregorian calendar, also before it was introduced.
fn show_day(days_since_1970: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (year, month, day) = civil(days_since_1970);
    write!(formatter, "{year:04}-{month:02}-{day:02}")
}

/// Year, month and day. Years are counted from March, so that the leap day is the last of one, in
/// eras of 400 years, which all have the same number of days.
fn civil(days_since_1970: i64) -> (i64, i64, i64) {
    const DAYS_OF_AN_ERA: i64 = 146_097;
    const MARCH_OF_YEAR_0: i64 = 719_468;
    let days = days_since_1970 + MARCH_OF_YEAR_0;
    let (era, day_of_era) = (
        days.div_euclid(DAYS_OF_AN_ERA),
        days.rem_euclid(DAYS_OF_AN_ERA),
    );
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_in_rfc_3339() {
        let shown = |milliseconds| Date { milliseconds }.to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(shown(1_709_210_096_789), "2024-02-29T12:34:56.789Z");
        assert_eq!(shown(-2_208_988_800_000), "1900-01-01T00:00:00.000Z");
        let timestamp = Timestamp {
            milliseconds: -1,
            nanoseconds: 999_999,
        };
        assert_eq!(timestamp.to_string(), "1969-12-31T23:59:59.999999999Z");
        let time = Time {
            milliseconds: 45_296_789,
        };
        assert_eq!(time.to_string(), "12:34:56.789");
    }

    #[test]
    fn nanoseconds_outside_of_the_millisecond_count_on_from_it() {
        let at = |nanoseconds| Timestamp {
            milliseconds: 1_000,
            nanoseconds,
        };
        assert_eq!(at(-1).to_string(), "1970-01-01T00:00:00.999999999Z");
        assert_eq!(at(1_000_001).to_string(), "1970-01-01T00:00:01.001000001Z");
        let since = |nanoseconds| UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        assert_eq!(SystemTime::try_from(at(-1)), Ok(since(999_999_999)));
        assert_eq!(
            SystemTime::try_from(at(1_000_001)),
            Ok(since(1_001_000_001))
        );
    }

    #[test]
    fn the_extremes_are_shown_without_overflow() {
        for milliseconds in [i64::MIN, i64::MAX] {
            assert!(!Date { milliseconds }.to_string().is_empty());
        }
    }
}
