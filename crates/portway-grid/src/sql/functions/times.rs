//! Functions of dates and times. All are in UTC, the time zone of the grid.

use chrono::{Datelike, Months, NaiveDateTime, Timelike};
use portway_ignite_protocol::Timestamp;

use super::{Function, each};
use crate::sql::error::{SqlError, code};
use crate::sql::text::{date_of, date_time_of, days_of, timestamp_of};
use crate::sql::types::SqlType::{self, Int, Varchar};
use crate::sql::value::{DAY, SqlValue};

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
        "MILLISECOND" => |time| i64::from(time.nanosecond() / 1_000_000),
        "ISO_YEAR" => |time| time.iso_week().year().into(),
        "ISO_WEEK" => |time| time.iso_week().week().into(),
        "ISO_DAY_OF_WEEK" => |time| time.weekday().number_from_monday().into(),
    }
    .into();
    functions.extend([
        Function::new("DAYNAME", each(&[SqlType::Timestamp]), Varchar, |values| {
            Ok(formatted(&values[0], "%A"))
        }),
        Function::new(
            "MONTHNAME",
            each(&[SqlType::Timestamp]),
            Varchar,
            |values| Ok(formatted(&values[0], "%B")),
        ),
        Function::new(
            "FORMATDATETIME",
            each(&[SqlType::Timestamp, Varchar]),
            Varchar,
            |values| {
                Ok(match &values[1] {
                    SqlValue::Varchar(pattern) => formatted(&values[0], &pattern_of(pattern)),
                    _ => SqlValue::Null,
                })
            },
        ),
        Function::new(
            "PARSEDATETIME",
            each(&[Varchar, Varchar]),
            SqlType::Timestamp,
            parse_with,
        ),
    ]);
    functions
}

fn moment(value: &SqlValue) -> Option<NaiveDateTime> {
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

/// The week of the year, as Java counts in English: weeks begin on Sunday.
fn week(time: NaiveDateTime) -> i64 {
    let first = time
        .with_ordinal(1)
        .unwrap_or(time)
        .weekday()
        .num_days_from_sunday();
    i64::from((time.ordinal0() + first) / 7 + 1)
}

fn formatted(value: &SqlValue, pattern: &str) -> SqlValue {
    use std::fmt::Write as _;

    let Some(moment) = moment(value) else {
        return SqlValue::Null;
    };
    let mut text = String::new();
    match write!(text, "{}", moment.format(pattern)) {
        Ok(()) => SqlValue::Varchar(text),
        Err(_) => SqlValue::Null,
    }
}

/// A pattern of Java's `SimpleDateFormat` as one of `strftime`.
fn pattern_of(java: &str) -> String {
    let mut pattern = String::new();
    let mut rest = java;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let end = quoted.find('\'').unwrap_or(quoted.len());
            pattern.push_str(&quoted[..end].replace('%', "%%"));
            rest = quoted.get(end + 1..).unwrap_or_default();
            continue;
        }
        let run = rest.chars().take_while(|next| *next == first).count();
        rest = &rest[run * first.len_utf8()..];
        match (first, run) {
            ('y', 2) => pattern.push_str("%y"),
            ('y', _) => pattern.push_str("%Y"),
            ('M', 4..) => pattern.push_str("%B"),
            ('M', 3) => pattern.push_str("%b"),
            ('M', _) => pattern.push_str("%m"),
            ('d', _) => pattern.push_str("%d"),
            ('H', _) => pattern.push_str("%H"),
            ('h', _) => pattern.push_str("%I"),
            ('m', _) => pattern.push_str("%M"),
            ('s', _) => pattern.push_str("%S"),
            ('S', _) => pattern.push_str("%3f"),
            ('a', _) => pattern.push_str("%p"),
            ('E', 4..) => pattern.push_str("%A"),
            ('E', _) => pattern.push_str("%a"),
            ('D', _) => pattern.push_str("%j"),
            ('z' | 'Z', _) => pattern.push_str("UTC"),
            ('%', run) => pattern.push_str(&"%%".repeat(run)),
            (other, run) => pattern.extend(std::iter::repeat_n(other, run)),
        }
    }
    pattern
}

fn parse_with(values: &[SqlValue]) -> Outcome {
    let [SqlValue::Varchar(text), SqlValue::Varchar(pattern)] = values else {
        return Ok(SqlValue::Null);
    };
    let pattern = pattern_of(pattern);
    let whole = NaiveDateTime::parse_from_str(text, &pattern).or_else(|_| {
        chrono::NaiveDate::parse_from_str(text, &pattern)
            .map(|date| date.and_hms_opt(0, 0, 0).unwrap_or_default())
    });
    let parsed = whole.map_err(|_| {
        let message = format!("Error parsing \"{text}\"");
        SqlError::parse(code::CANNOT_PARSE_DATE, message)
    })?;
    Ok(SqlValue::Timestamp(timestamp_of(parsed)))
}

/// The units of DATEADD and DATEDIFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl Unit {
    pub(crate) const ALL: [Self; 9] = [
        Self::Year,
        Self::Quarter,
        Self::Month,
        Self::Week,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Millisecond,
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let name = name.strip_prefix("SQL_TSI_").unwrap_or(&name);
        Some(match name {
            "YEAR" | "YY" | "YYYY" => Self::Year,
            "QUARTER" => Self::Quarter,
            "MONTH" | "MM" | "M" => Self::Month,
            "WEEK" | "WW" | "WK" => Self::Week,
            "DAY" | "DD" | "D" | "DAYOFYEAR" | "DAY_OF_YEAR" | "DY" | "DOY" => Self::Day,
            "HOUR" | "HH" => Self::Hour,
            "MINUTE" | "MI" | "N" => Self::Minute,
            "SECOND" | "SS" | "S" => Self::Second,
            "MILLISECOND" | "MS" => Self::Millisecond,
            _ => return None,
        })
    }

    /// Milliseconds of the unit, where they are always as many.
    fn milliseconds(self) -> Option<i64> {
        Some(match self {
            Self::Year | Self::Quarter | Self::Month => return None,
            Self::Week => 7 * DAY,
            Self::Day => DAY,
            Self::Hour => 3_600_000,
            Self::Minute => 60_000,
            Self::Second => 1000,
            Self::Millisecond => 1,
        })
    }

    fn months(self) -> i64 {
        match self {
            Self::Year => 12,
            Self::Quarter => 3,
            _ => 1,
        }
    }
}

/// `count` units later; a date stays a date when the unit is no part of a day.
pub(super) fn add(unit: Unit, count: i64, value: &SqlValue) -> Outcome {
    let Some(start) = moment(value) else {
        return Ok(SqlValue::Null);
    };
    let too_far = || SqlError::parse(code::OUT_OF_RANGE, "Numeric value out of range");
    let later = match unit.milliseconds() {
        Some(milliseconds) => {
            let distance = count.checked_mul(milliseconds).ok_or_else(too_far)?;
            let distance = chrono::TimeDelta::try_milliseconds(distance).ok_or_else(too_far)?;
            start.checked_add_signed(distance)
        }
        None => {
            let months = count.checked_mul(unit.months()).ok_or_else(too_far)?;
            let distance =
                Months::new(u32::try_from(months.unsigned_abs()).map_err(|_| too_far())?);
            if months < 0 {
                start.checked_sub_months(distance)
            } else {
                start.checked_add_months(distance)
            }
        }
    };
    let later = later.ok_or_else(too_far)?;
    let of_days = unit
        .milliseconds()
        .is_none_or(|milliseconds| milliseconds >= DAY);
    Ok(match value {
        SqlValue::Date(_) if of_days => SqlValue::Date(days_of(later.date())),
        SqlValue::Time(_) => SqlValue::Time(timestamp_of(later).milliseconds.rem_euclid(DAY)),
        _ => SqlValue::Timestamp(timestamp_of(later)),
    })
}

/// How many borders of the unit lie between two times.
pub(super) fn difference(unit: Unit, from: &SqlValue, to: &SqlValue) -> Outcome {
    let (Some(from), Some(to)) = (moment(from), moment(to)) else {
        return Ok(SqlValue::Null);
    };
    let count = |time: NaiveDateTime| match unit {
        Unit::Year | Unit::Quarter | Unit::Month => {
            let months = i64::from(time.year()) * 12 + i64::from(time.month0());
            months.div_euclid(unit.months())
        }
        // Weeks begin on Sunday; 1970 began on a Thursday.
        Unit::Week => (days_of(time.date()) + 4).div_euclid(7),
        unit => {
            let milliseconds = time.and_utc().timestamp_millis();
            milliseconds.div_euclid(unit.milliseconds().unwrap_or(1))
        }
    };
    Ok(SqlValue::BigInt(count(to) - count(from)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::text::{parse_date, parse_timestamp, to_text};

    #[test]
    fn times_are_moved_and_measured() {
        let start = parse_timestamp("2020-01-31 03:04:05").unwrap();
        let later = add(Unit::Month, 1, &start).unwrap();
        assert_eq!(to_text(&later), "2020-02-29 03:04:05");
        let date = parse_date("1990-01-02").unwrap();
        assert_eq!(to_text(&add(Unit::Day, 1, &date).unwrap()), "1990-01-03");
        let days = difference(Unit::Day, &date, &start).unwrap();
        assert_eq!(days, SqlValue::BigInt(10_986));
    }

    #[test]
    fn patterns_of_java_are_understood() {
        assert_eq!(
            pattern_of("yyyy-MM-dd'T'HH:mm:ss.SSS"),
            "%Y-%m-%dT%H:%M:%S.%3f"
        );
        let start = parse_timestamp("2020-01-02 03:04:05").unwrap();
        let shown = formatted(&start, &pattern_of("dd/MM/yy HH:mm"));
        assert_eq!(shown, SqlValue::Varchar("02/01/20 03:04".to_owned()));
    }
}
