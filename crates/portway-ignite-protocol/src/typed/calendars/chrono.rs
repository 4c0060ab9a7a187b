//! `chrono`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc};

use super::{
    MILLISECONDS_PER_DAY, NANOSECONDS_PER_MILLISECOND, by_way_of, day_of, nanoseconds_of_day,
};
use crate::value::{Date, Time, Timestamp};

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("it is a date");

by_way_of!(
    Timestamp,
    DateTime<Utc>,
    "chrono::DateTime",
    |moment| Timestamp {
        milliseconds: moment.timestamp_millis(),
        // Within a millisecond; a leap second's nanoseconds count on, and are cut off as everywhere in Java.
        nanoseconds: (moment.timestamp_subsec_nanos() % 1_000_000) as i32,
    },
    |timestamp| {
        let nanoseconds = TimeDelta::nanoseconds(timestamp.nanoseconds.into());
        DateTime::from_timestamp_millis(timestamp.milliseconds)?.checked_add_signed(nanoseconds)
    },
);

by_way_of!(
    Timestamp,
    NaiveDateTime,
    "chrono::NaiveDateTime",
    |moment| {
        let moment = moment.and_utc();
        Timestamp {
            milliseconds: moment.timestamp_millis(),
            nanoseconds: (moment.timestamp_subsec_nanos() % 1_000_000) as i32,
        }
    },
    |timestamp| {
        let nanoseconds = TimeDelta::nanoseconds(timestamp.nanoseconds.into());
        let whole = DateTime::from_timestamp_millis(timestamp.milliseconds)?;
        Some(whole.checked_add_signed(nanoseconds)?.naive_utc())
    },
);

by_way_of!(
    Date,
    NaiveDate,
    "chrono::NaiveDate",
    |date| Date {
        milliseconds: date.signed_duration_since(EPOCH).num_days() * MILLISECONDS_PER_DAY,
    },
    |date| EPOCH.checked_add_signed(TimeDelta::try_days(day_of(date))?),
);

by_way_of!(
    Time,
    NaiveTime,
    "chrono::NaiveTime",
    |time| Time {
        milliseconds: i64::from(time.num_seconds_from_midnight()) * 1_000
            + i64::from((time.nanosecond() / 1_000_000).min(999)),
    },
    |time| {
        let milliseconds = nanoseconds_of_day(time)? / NANOSECONDS_PER_MILLISECOND;
        let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000);
        NaiveTime::from_num_seconds_from_midnight_opt(
            u32::try_from(seconds).ok()?,
            u32::try_from(rest * NANOSECONDS_PER_MILLISECOND).ok()?,
        )
    },
);
