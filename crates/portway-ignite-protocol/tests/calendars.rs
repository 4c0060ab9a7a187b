//! Dates and times of `chrono`, `jiff` and `time`.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use jiff::civil;
use portway_ignite_protocol::{
    BinaryConfiguration, Date, DecodeError, RawValue, ReadValue, Time, Timestamp, WriteValue,
};
use proptest::prelude::*;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// 2024-02-29T12:34:56.789012345Z.
const MOMENT: Timestamp = Timestamp {
    milliseconds: 1_709_210_096_789,
    nanoseconds: 12_345,
};
const DAY: Date = Date {
    milliseconds: 1_709_164_800_000,
};
const NOON: Time = Time {
    milliseconds: 45_296_789,
};

fn raw<T: WriteValue>(value: &T) -> RawValue {
    RawValue::encode(value, BinaryConfiguration::default())
}

/// What is written is what ours writes, and is read back.
#[track_caller]
fn is<T: WriteValue + ReadValue + PartialEq + Debug>(value: T, ours: impl WriteValue) {
    let written = raw(&value);
    assert_eq!(written, raw(&ours));
    assert_eq!(written.read(), Ok(value));
}

fn chrono_moment() -> DateTime<Utc> {
    "2024-02-29T12:34:56.789012345Z".parse().unwrap()
}

#[test]
fn all_crates_mean_the_same_moment() {
    is(chrono_moment(), MOMENT);
    is(chrono_moment().naive_utc(), MOMENT);
    is(
        "2024-02-29T12:34:56.789012345Z"
            .parse::<jiff::Timestamp>()
            .unwrap(),
        MOMENT,
    );
    is(
        civil::datetime(2024, 2, 29, 12, 34, 56, 789_012_345),
        MOMENT,
    );
    let primitive = PrimitiveDateTime::new(
        time::Date::from_calendar_date(2024, time::Month::February, 29).unwrap(),
        time::Time::from_hms_nano(12, 34, 56, 789_012_345).unwrap(),
    );
    is(primitive, MOMENT);
    is(primitive.assume_utc(), MOMENT);
}

#[test]
fn all_crates_mean_the_same_day_and_the_same_time_of_day() {
    is(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(), DAY);
    is(civil::date(2024, 2, 29), DAY);
    is(
        time::Date::from_calendar_date(2024, time::Month::February, 29).unwrap(),
        DAY,
    );
    is(
        NaiveTime::from_hms_milli_opt(12, 34, 56, 789).unwrap(),
        NOON,
    );
    is(civil::time(12, 34, 56, 789_000_000), NOON);
    is(time::Time::from_hms_milli(12, 34, 56, 789).unwrap(), NOON);
}

#[test]
fn days_before_1970_are_counted_backwards() {
    let day = Date {
        milliseconds: -86_400_000,
    };
    is(NaiveDate::from_ymd_opt(1969, 12, 31).unwrap(), day);
    is(civil::date(1969, 12, 31), day);
    is(
        time::Date::from_calendar_date(1969, time::Month::December, 31).unwrap(),
        day,
    );
}

#[test]
fn another_offset_is_the_same_moment() {
    let offset = UtcOffset::from_hms(5, 30, 0).unwrap();
    let there = OffsetDateTime::UNIX_EPOCH.to_offset(offset);
    assert_eq!(raw(&there), raw(&UNIX_EPOCH));
}

#[test]
fn what_is_finer_than_a_millisecond_is_cut_off_a_time_of_day() {
    let millisecond = raw(&Time { milliseconds: 1 });
    let fine = NaiveTime::from_num_seconds_from_midnight_opt(0, 1_999_999).unwrap();
    assert_eq!(raw(&fine), millisecond);
    assert_eq!(raw(&civil::time(0, 0, 0, 1_999_999)), millisecond);
    let fine = time::Time::from_hms_nano(0, 0, 0, 1_999_999).unwrap();
    assert_eq!(raw(&fine), millisecond);
}

#[test]
fn what_a_type_cannot_say_is_an_error() {
    fn refused<T: ReadValue + Debug>(raw: &RawValue) {
        let read = raw.read::<T>();
        assert!(matches!(read, Err(DecodeError::OutOfRange(_))), "{read:?}");
    }
    for milliseconds in [i64::MIN, i64::MAX] {
        let moment = raw(&Timestamp {
            milliseconds,
            nanoseconds: 0,
        });
        refused::<DateTime<Utc>>(&moment);
        refused::<NaiveDateTime>(&moment);
        refused::<jiff::Timestamp>(&moment);
        refused::<civil::DateTime>(&moment);
        refused::<OffsetDateTime>(&moment);
        refused::<PrimitiveDateTime>(&moment);
        let day = raw(&Date { milliseconds });
        refused::<NaiveDate>(&day);
        refused::<civil::Date>(&day);
        refused::<time::Date>(&day);
    }
    for milliseconds in [-1, 86_400_000, i64::MAX] {
        let time = raw(&Time { milliseconds });
        refused::<NaiveTime>(&time);
        refused::<civil::Time>(&time);
        refused::<time::Time>(&time);
    }
}

proptest! {
    #[test]
    fn every_moment_is_that_of_the_system(seconds in -60_000_000_000_i64..200_000_000_000, nanoseconds in 0..1_000_000_000_u32) {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let whole = if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance };
        let moment: SystemTime = whole + Duration::from_nanos(nanoseconds.into());
        is(DateTime::from_timestamp(seconds, nanoseconds).unwrap(), moment);
        is(jiff::Timestamp::new(seconds, 0).unwrap() + Duration::from_nanos(nanoseconds.into()), moment);
        is(OffsetDateTime::from_unix_timestamp(seconds).unwrap() + Duration::from_nanos(nanoseconds.into()), moment);
    }

    #[test]
    fn no_bytes_make_them_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
        let Ok(raw) = RawValue::from_bytes(&bytes.into()) else { return Ok(()) };
        let _ = raw.read::<DateTime<Utc>>();
        let _ = raw.read::<jiff::Timestamp>();
        let _ = raw.read::<OffsetDateTime>();
    }
}
