//! Times as people and programs read them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;

/// Writes `2030-01-31T12:00:00Z` (RFC 3339); 1970 for anything earlier.
pub(crate) fn utc(moment: SystemTime) -> String {
    let seconds = moment
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let (year, month, day) = date(seconds / DAY);
    let time = seconds % DAY;
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Writes how long ago something was, in the greatest unit that fits.
pub(crate) fn ago(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..DAY => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / DAY),
    }
}

/// The date of a day since 1970, by counting from a 1st of March: the leap day is then the last
/// of its year, and 400 years have one length.
const fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_MARCH_OF_YEAR_0: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days + DAYS_TO_MARCH_OF_YEAR_0;
    let (era, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months have 30.6 days on average, March to July as well as August to December.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (400 * era + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::arguments::Expiry;

    fn after(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn known_moments_are_written_right() {
        assert_eq!(utc(after(0)), "1970-01-01T00:00:00Z");
        assert_eq!(utc(after(951_782_401)), "2000-02-29T00:00:01Z");
        assert_eq!(utc(after(1_896_091_200)), "2030-01-31T12:00:00Z");
        assert_eq!(utc(after(253_402_300_799)), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn the_past_has_one_unit() {
        let past = [0, 59, 60, 3_599, 3_600, 86_399, 86_400];
        let texts = past.map(|seconds| ago(Duration::from_secs(seconds)));
        let expected = [
            "0 s ago",
            "59 s ago",
            "1 min ago",
            "59 min ago",
            "1 h ago",
            "23 h ago",
            "1 d ago",
        ];
        assert_eq!(texts, expected);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_moment(seconds in 0..253_402_300_800_u64) {
            let moment = after(seconds);
            prop_assert_eq!(utc(moment).parse::<Expiry>(), Ok(Expiry::At(moment)));
        }
    }
}
