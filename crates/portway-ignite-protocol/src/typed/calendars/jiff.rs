//! `jiff`.

use jiff::{
    SignedDuration, ToSpan as _,
    civil::{self, DateTime},
    tz::TimeZone,
};

use super::{MILLISECONDS_PER_DAY, by_way_of, day_of, nanoseconds_of_day};
use crate::value::{Date, Time, Timestamp};

const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);

fn moment(timestamp: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(timestamp.as_nanoseconds()).ok()
}

by_way_of!(
    Timestamp,
    jiff::Timestamp,
    "jiff::Timestamp",
    |moment| Timestamp::from_nanoseconds(moment.as_nanosecond()),
    moment,
);

by_way_of!(
    Timestamp,
    DateTime,
    "jiff::civil::DateTime",
    |civil| {
        let since = civil.duration_since(EPOCH.to_datetime(civil::Time::midnight()));
        Timestamp::from_nanoseconds(since.as_nanos())
    },
    |timestamp| Some(moment(timestamp)?.to_zoned(TimeZone::UTC).datetime()),
);

by_way_of!(
    Date,
    civil::Date,
    "jiff::civil::Date",
    |date| {
        let since = date.duration_since(EPOCH);
        Date {
            milliseconds: since.as_hours() / 24 * MILLISECONDS_PER_DAY,
        }
    },
    |date| {
        let days = 0.days().try_days(day_of(date)).ok()?;
        EPOCH.checked_add(days).ok()
    },
);

by_way_of!(
    Time,
    civil::Time,
    "jiff::civil::Time",
    |time| {
        let since = time.duration_since(civil::Time::midnight());
        Time {
            milliseconds: i64::try_from(since.as_millis()).unwrap_or_default(),
        }
    },
    |time| {
        let nanoseconds = i64::try_from(nanoseconds_of_day(time)?).ok()?;
        let since = SignedDuration::from_nanos(nanoseconds);
        civil::Time::midnight().checked_add(since).ok()
    },
);
