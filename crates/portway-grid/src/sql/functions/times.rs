//! Functions of dates and times. All are in UTC, the time zone of the grid.

use std::time::{SystemTime, UNIX_EPOCH};

use bigdecimal::BigDecimal;
use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike};
use portway_ignite_protocol::Timestamp;

use super::arithmetic::Operator;
use super::to_char::{MONTHS, WEEKDAYS};
use super::units::Unit;
use super::{Function, each};
use crate::sql::error::{SqlError, code};
use crate::sql::text::{date_of, date_time_of, timestamp_of, to_text};
use crate::sql::types::SqlType::{self, Int, Varchar};
use crate::sql::value::{DAY, SqlValue};

/// The Julian day of 1970-01-01.
pub(super) const JULIAN_EPOCH: i64 = 2_440_588;

type Outcome = Result<SqlValue, SqlError>;

macro_rules! parts {
    ($($name:literal => $body:expr),+ $(,)?) => {
        [$(Function::new($name, each(&[SqlType::Timestamp]), Int, |values| {
            let part: fn(NaiveDateTime) -> i64 = $body;
            Ok(number(moment(&values[0]).map(part)))
        })),+]
    };
}

pub(super) fn all() -> Vec<Function> {
    let mut functions: Vec<Function> = parts! {
        "YEAR" => |time| time.year().into(),
        "QUARTER" => |time| i64::from((time.month0()) / 3 + 1),
        "MONTH" => |time| time.month().into(),
        "WEEK" => |time| week(time),
        "DAY" => |time| time.day().into(),
        "DAY_OF_MONTH" => |time| time.day().into(),
        "DAYOFMONTH" => |time| time.day().into(),
        "DAY_OF_WEEK" => |time| time.weekday().number_from_sunday().into(),
        "DAYOFWEEK" => |time| time.weekday().number_from_sunday().into(),
        "DAY_OF_YEAR" => |time| time.ordinal().into(),
        "DAYOFYEAR" => |time| time.ordinal().into(),
        "HOUR" => |time| time.hour().into(),
        "MINUTE" => |time| time.minute().into(),
        "SECOND" => |time| time.second().into(),
        "ISO_YEAR" => |time| time.iso_week().year().into(),
        "ISO_WEEK" => |time| time.iso_week().week().into(),
        "ISO_DAY_OF_WEEK" => |time| time.weekday().number_from_monday().into(),
    }
    .into();
    functions.extend([
        Function::new("DAYNAME", each(&[SqlType::Timestamp]), Varchar, |values| {
            Ok(named(&values[0], |time| {
                WEEKDAYS[time.weekday().num_days_from_sunday() as usize]
            }))
        }),
        Function::new(
            "MONTHNAME",
            each(&[SqlType::Timestamp]),
            Varchar,
            |values| Ok(named(&values[0], |time| MONTHS[time.month0() as usize])),
        ),
    ]);
    functions
}

pub(super) fn moment(value: &SqlValue) -> Option<NaiveDateTime> {
    match value {
        SqlValue::Timestamp(timestamp) => date_time_of(*timestamp),
        SqlValue::Date(days) => date_of(*days)?.and_hms_opt(0, 0, 0),
        SqlValue::Time(milliseconds) => date_time_of(Timestamp {
            milliseconds: *milliseconds,
            nanoseconds: 0,
        }),
        _ => None,
    }
}

fn number(value: Option<i64>) -> SqlValue {
    let number = value.and_then(|value| i32::try_from(value).ok());
    number.map_or(SqlValue::Null, SqlValue::Int)
}

fn named(value: &SqlValue, name: fn(NaiveDateTime) -> &'static str) -> SqlValue {
    moment(value).map_or(SqlValue::Null, |time| {
        SqlValue::Varchar(name(time).to_owned())
    })
}

/// The week of the year, as Java counts in English: weeks begin on Sunday, and the one with the first
/// day of a year is that year's first.
pub(super) fn week(time: NaiveDateTime) -> i64 {
    let until_saturday = 6 - i64::from(time.weekday().num_days_from_sunday());
    let saturday = time
        .date()
        .checked_add_signed(TimeDelta::days(until_saturday));
    i64::from(saturday.unwrap_or(time.date()).ordinal0() / 7 + 1)
}

/// The time now, for what a format leaves out of a date.
pub(super) fn today() -> NaiveDateTime {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(now.as_secs()).unwrap_or_default();
    DateTime::from_timestamp(seconds, 0)
        .unwrap_or_default()
        .naive_utc()
}

/// Nanoseconds since midnight.
pub(super) fn nanoseconds_of(time: &NaiveDateTime) -> i64 {
    i64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(time.nanosecond())
}

/// The part of a time, as `EXTRACT` gives it.
pub(super) fn extract(unit: Unit, value: &SqlValue) -> Outcome {
    let Some(time) = moment(value) else {
        return Ok(SqlValue::Null);
    };
    let fraction = i64::from(time.nanosecond());
    let part: i64 = match unit {
        Unit::Epoch => return Ok(epoch(time)),
        Unit::Year => time.year().into(),
        Unit::Quarter => (time.month0() / 3 + 1).into(),
        Unit::Month => time.month().into(),
        Unit::Week => week(time),
        Unit::IsoWeek => time.iso_week().week().into(),
        Unit::Day => time.day().into(),
        Unit::DayOfWeek => time.weekday().number_from_sunday().into(),
        Unit::IsoDayOfWeek => time.weekday().number_from_monday().into(),
        Unit::DayOfYear => time.ordinal().into(),
        Unit::Hour => time.hour().into(),
        Unit::Minute => time.minute().into(),
        Unit::Second => time.second().into(),
        Unit::Millisecond => fraction / 1_000_000,
        Unit::Microsecond => fraction / 1000,
        Unit::Nanosecond => fraction,
        Unit::ZoneHour | Unit::ZoneMinute => 0,
        Unit::Decade | Unit::Century | Unit::Millennium => {
            return Err(SqlError::unsupported("this part of a date"));
        }
    };
    Ok(number(Some(part)))
}

/// Seconds since 1970 with their fraction, without zeros at its end.
fn epoch(time: NaiveDateTime) -> SqlValue {
    let utc = time.and_utc();
    let whole = BigDecimal::from(utc.timestamp());
    if time.nanosecond() == 0 {
        return SqlValue::Decimal(whole);
    }
    let fraction = BigDecimal::new(time.nanosecond().into(), 9);
    SqlValue::Decimal((whole + fraction).normalized())
}

/// Times of day are added, subtracted, and made larger and smaller by numbers; added to a date or a
/// timestamp they make a later one.
pub(super) fn compute(operator: Operator, left: &SqlValue, right: &SqlValue) -> Outcome {
    if let (SqlValue::Time(time), SqlValue::Double(factor)) = (left, right) {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a day's milliseconds fit a double, and Java cuts the product as well"
        )]
        let product = match operator {
            Operator::Divide => (*time as f64 / factor) as i64,
            _ => (*time as f64 * factor) as i64,
        };
        return time_of_day(product);
    }
    let (Some(a), Some(b)) = (moment(left), moment(right)) else {
        return Ok(SqlValue::Null);
    };
    let distance = b.and_utc() - NaiveDateTime::default().and_utc();
    let moved = match operator {
        Operator::Subtract => a.checked_sub_signed(distance),
        _ => a.checked_add_signed(distance),
    };
    let moved =
        moved.ok_or_else(|| SqlError::parse(code::OUT_OF_RANGE, "Numeric value out of range"))?;
    match (left, right) {
        (SqlValue::Time(_), SqlValue::Time(_)) => time_of_day(timestamp_of(moved).milliseconds),
        _ => Ok(SqlValue::Timestamp(timestamp_of(moved))),
    }
}

fn time_of_day(milliseconds: i64) -> Outcome {
    let time = SqlValue::Time(milliseconds);
    if (0..DAY).contains(&milliseconds) {
        return Ok(time);
    }
    let message = format!("Cannot parse \"TIME\" constant \"{}\"", to_text(&time));
    Err(SqlError::parse(code::CANNOT_PARSE_DATE, message))
}

/// A timestamp with so many digits behind the second.
pub(super) fn rounded(value: &SqlValue, digits: usize) -> SqlValue {
    let Some(time) = moment(value) else {
        return SqlValue::Null;
    };
    let digits = u32::try_from(digits).unwrap_or(9).min(9);
    let step = 10_i64.pow(9 - digits);
    let fraction = i64::from(time.nanosecond());
    let wanted = (fraction + step / 2) / step * step;
    let distance = TimeDelta::nanoseconds(wanted - fraction);
    let rounded = time.checked_add_signed(distance).unwrap_or(time);
    SqlValue::Timestamp(timestamp_of(rounded))
}
