//! Dates and times of other crates as keys and values.
//!
//! | Java | `chrono` | `jiff` | `time` |
//! |---|---|---|---|
//! | `Timestamp` | `DateTime<Utc>`, `NaiveDateTime` | `Timestamp`, `civil::DateTime` | `OffsetDateTime`, `PrimitiveDateTime` |
//! | `Date` | `NaiveDate` | `civil::Date` | `Date` |
//! | `java.sql.Time` | `NaiveTime` | `civil::Time` | `Time` |
//!
//! What has no time zone is taken for UTC, as Java's types are; a date is the midnight with which it begins there. A time
//! of day has milliseconds in Java: what is finer is cut off. What Java can say and the type cannot is an error when it
//! is read.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "time")]
mod time;

const MILLISECONDS_PER_DAY: i64 = 86_400_000;
const NANOSECONDS_PER_MILLISECOND: u64 = 1_000_000;

/// Implements both traits for a type by way of one of ours.
macro_rules! by_way_of {
    ($way:ident, $type:ty, $what:literal, $to:expr, $from:expr $(,)?) => {
        impl $crate::typed::WriteValue for $type {
            const TYPE_CODE: i32 = <$crate::value::$way as $crate::typed::WriteValue>::TYPE_CODE;
            const ARRAY_TAG: u8 = <$crate::value::$way as $crate::typed::WriteValue>::ARRAY_TAG;

            fn write(&self, writer: &mut $crate::codec::Writer) {
                let to: fn(&Self) -> $crate::value::$way = $to;
                $crate::typed::WriteValue::write(&to(self), writer);
            }
        }

        impl $crate::typed::ReadValue for $type {
            fn read(
                reader: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                let from: fn($crate::value::$way) -> Option<Self> = $from;
                let read = <$crate::value::$way as $crate::typed::ReadValue>::read(reader)?;
                from(read).ok_or($crate::codec::DecodeError::OutOfRange($what))
            }
        }
    };
}
use by_way_of;

/// The time of day within one day, in nanoseconds, if it is one.
fn nanoseconds_of_day(time: crate::value::Time) -> Option<u64> {
    let milliseconds = u64::try_from(time.milliseconds).ok()?;
    (time.milliseconds < MILLISECONDS_PER_DAY).then(|| milliseconds * NANOSECONDS_PER_MILLISECOND)
}

/// The whole days since 1970 of a date, however late in the day it is.
const fn day_of(date: crate::value::Date) -> i64 {
    date.milliseconds.div_euclid(MILLISECONDS_PER_DAY)
}
