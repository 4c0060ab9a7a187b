//! `time`.

use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::{MILLISECONDS_PER_DAY, by_way_of, day_of, nanoseconds_of_day};
use crate::value::{Date, Time, Timestamp};

const EPOCH: time::Date = OffsetDateTime::UNIX_EPOCH.date();

fn moment(timestamp: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(timestamp.as_nanoseconds()).ok()
}

// Read with the offset of UTC.
by_way_of!(
    Timestamp,
    OffsetDateTime,
    "time::OffsetDateTime",
    |moment| Timestamp::from_nanoseconds(moment.unix_timestamp_nanos()),
    moment,
);

by_way_of!(
    Timestamp,
    PrimitiveDateTime,
    "time::PrimitiveDateTime",
    |civil| Timestamp::from_nanoseconds(civil.assume_utc().unix_timestamp_nanos()),
    |timestamp| {
        let moment = moment(timestamp)?.to_offset(UtcOffset::UTC);
        Some(PrimitiveDateTime::new(moment.date(), moment.time()))
    },
);

by_way_of!(
    Date,
    time::Date,
    "time::Date",
    |date| Date {
        milliseconds: (*date - EPOCH).whole_days() * MILLISECONDS_PER_DAY,
    },
    |date| EPOCH.checked_add(days(day_of(date))?),
);

by_way_of!(
    Time,
    time::Time,
    "time::Time",
    |time| Time {
        milliseconds: i64::try_from((*time - time::Time::MIDNIGHT).whole_milliseconds())
            .unwrap_or_default(),
    },
    |time| {
        let nanoseconds = i64::try_from(nanoseconds_of_day(time)?).ok()?;
        Some(time::Time::MIDNIGHT + Duration::nanoseconds(nanoseconds))
    },
);

fn days(days: i64) -> Option<Duration> {
    days.checked_mul(24 * 60 * 60).map(Duration::seconds)
}
