//! The units of `DATEADD`, `DATEDIFF`, `DATE_TRUNC` and `EXTRACT`.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta};

use super::times::{moment, nanoseconds_of};
use crate::sql::error::{SqlError, code};
use crate::sql::text::{days_of, timestamp_of};
use crate::sql::value::{DAY, SqlValue};

type Outcome = Result<SqlValue, SqlError>;

const NANOSECONDS_PER_DAY: i64 = DAY * 1_000_000;

/// A part of a date or of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    IsoWeek,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Epoch,
    Millisecond,
    Microsecond,
    Nanosecond,
    ZoneHour,
    ZoneMinute,
    Decade,
    Century,
    Millennium,
}

impl Unit {
    pub(crate) const ALL: [Self; 21] = [
        Self::Year,
        Self::Quarter,
        Self::Month,
        Self::Week,
        Self::IsoWeek,
        Self::Day,
        Self::DayOfWeek,
        Self::IsoDayOfWeek,
        Self::DayOfYear,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Epoch,
        Self::Millisecond,
        Self::Microsecond,
        Self::Nanosecond,
        Self::ZoneHour,
        Self::ZoneMinute,
        Self::Decade,
        Self::Century,
        Self::Millennium,
    ];

    /// The unit with one of its names, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_uppercase().as_str() {
            "YEAR" | "YY" | "YYYY" | "SQL_TSI_YEAR" => Self::Year,
            "QUARTER" => Self::Quarter,
            "MONTH" | "MM" | "M" | "SQL_TSI_MONTH" => Self::Month,
            "WEEK" | "WW" | "WK" | "SQL_TSI_WEEK" => Self::Week,
            "ISO_WEEK" => Self::IsoWeek,
            "DAY" | "DD" | "D" | "SQL_TSI_DAY" => Self::Day,
            "DAY_OF_WEEK" | "DAYOFWEEK" | "DOW" => Self::DayOfWeek,
            "ISO_DAY_OF_WEEK" => Self::IsoDayOfWeek,
            "DAYOFYEAR" | "DAY_OF_YEAR" | "DY" | "DOY" => Self::DayOfYear,
            "HOUR" | "HH" | "SQL_TSI_HOUR" => Self::Hour,
            "MINUTE" | "MI" | "N" | "SQL_TSI_MINUTE" => Self::Minute,
            "SECOND" | "SS" | "S" | "SQL_TSI_SECOND" => Self::Second,
            "EPOCH" => Self::Epoch,
            "MILLISECOND" | "MILLISECONDS" | "MS" => Self::Millisecond,
            "MICROSECOND" | "MICROSECONDS" | "MCS" => Self::Microsecond,
            "NANOSECOND" | "NS" => Self::Nanosecond,
            "TIMEZONE_HOUR" => Self::ZoneHour,
            "TIMEZONE_MINUTE" => Self::ZoneMinute,
            "DECADE" => Self::Decade,
            "CENTURY" => Self::Century,
            "MILLENNIUM" => Self::Millennium,
            _ => return None,
        })
    }

    pub(crate) fn is_within_day(self) -> bool {
        self.nanoseconds().is_some()
    }

    /// Nanoseconds of the unit, where it is a part of a day.
    fn nanoseconds(self) -> Option<i64> {
        Some(match self {
            Self::Hour => 3_600_000_000_000,
            Self::Minute => 60_000_000_000,
            Self::Second | Self::Epoch => 1_000_000_000,
            Self::Millisecond => 1_000_000,
            Self::Microsecond => 1000,
            Self::Nanosecond => 1,
            _ => return None,
        })
    }

    /// Days of the unit, where it has always as many.
    fn days(self) -> Option<i64> {
        match self {
            Self::Week | Self::IsoWeek => Some(7),
            Self::Day | Self::DayOfWeek | Self::IsoDayOfWeek | Self::DayOfYear => Some(1),
            _ => None,
        }
    }

    fn months(self) -> Option<i64> {
        match self {
            Self::Year => Some(12),
            Self::Quarter => Some(3),
            Self::Month => Some(1),
            _ => None,
        }
    }

    /// Years of the unit, and which year of it is its first.
    fn years(self) -> Option<(i32, i32)> {
        match self {
            Self::Year => Some((1, 0)),
            Self::Decade => Some((10, 0)),
            Self::Century => Some((100, 1)),
            Self::Millennium => Some((1000, 1)),
            _ => None,
        }
    }
}

/// What H2 says to a value that a parameter does not take.
pub(super) fn invalid(value: &str, parameter: &str) -> SqlError {
    let message = format!("Invalid value \"{value}\" for parameter \"{parameter}\"");
    SqlError::parse(code::INVALID_VALUE, message)
}

/// What H2 says to the name of no unit.
pub(crate) fn unknown_unit(name: &str) -> SqlError {
    invalid(name, "date part")
}

/// `count` units later; a date stays a date when the unit is no part of a day.
pub(super) fn add(unit: Unit, count: i64, value: &SqlValue) -> Outcome {
    let is_small = matches!(
        unit,
        Unit::Millisecond | Unit::Microsecond | Unit::Nanosecond
    );
    if !is_small && i32::try_from(count).is_err() {
        return Err(invalid(&count.to_string(), "DATEADD count"));
    }
    let Some(start) = moment(value) else {
        return Ok(SqlValue::Null);
    };
    let too_far = || SqlError::parse(code::OUT_OF_RANGE, "Numeric value out of range");
    if let Some(nanoseconds) = unit.nanoseconds() {
        let later = plus(start, count, nanoseconds).ok_or_else(too_far)?;
        return Ok(match value {
            SqlValue::Time(_) => SqlValue::Time(timestamp_of(later).milliseconds.rem_euclid(DAY)),
            _ => SqlValue::Timestamp(timestamp_of(later)),
        });
    }
    if matches!(value, SqlValue::Time(_)) {
        return Err(invalid(&name_of(unit), "DATEADD time part"));
    }
    let later = match (unit.days(), unit.months()) {
        (Some(days), _) => TimeDelta::try_days(count * days)
            .and_then(|distance| start.checked_add_signed(distance)),
        (None, Some(months)) => plus_months(start, count * months),
        (None, None) => return Err(SqlError::unsupported(&format!("DATEADD {}", name_of(unit)))),
    };
    let later = later.ok_or_else(too_far)?;
    Ok(match value {
        SqlValue::Date(_) => SqlValue::Date(days_of(later.date())),
        _ => SqlValue::Timestamp(timestamp_of(later)),
    })
}

fn name_of(unit: Unit) -> String {
    match unit {
        Unit::IsoWeek => "ISO_WEEK".to_owned(),
        Unit::ZoneHour => "TIMEZONE_HOUR".to_owned(),
        Unit::ZoneMinute => "TIMEZONE_MINUTE".to_owned(),
        other => format!("{other:?}").to_uppercase(),
    }
}

fn plus(start: NaiveDateTime, count: i64, nanoseconds: i64) -> Option<NaiveDateTime> {
    let total = i128::from(count) * i128::from(nanoseconds);
    let days = i64::try_from(total.div_euclid(NANOSECONDS_PER_DAY.into())).ok()?;
    let rest = i64::try_from(total.rem_euclid(NANOSECONDS_PER_DAY.into())).ok()?;
    start
        .checked_add_signed(TimeDelta::try_days(days)?)?
        .checked_add_signed(TimeDelta::nanoseconds(rest))
}

fn plus_months(start: NaiveDateTime, count: i64) -> Option<NaiveDateTime> {
    let distance = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
    if count < 0 {
        start.checked_sub_months(distance)
    } else {
        start.checked_add_months(distance)
    }
}

/// How many borders of the unit lie between two times.
pub(super) fn difference(unit: Unit, from: &SqlValue, to: &SqlValue) -> Outcome {
    let (Some(from), Some(to)) = (moment(from), moment(to)) else {
        return Ok(SqlValue::Null);
    };
    let count = |time: NaiveDateTime| borders(unit, time);
    let (Some(from), Some(to)) = (count(from), count(to)) else {
        return Err(SqlError::unsupported(&format!(
            "DATEDIFF {}",
            name_of(unit)
        )));
    };
    let difference = i64::try_from(to - from);
    difference
        .map(SqlValue::BigInt)
        .map_err(|_| SqlError::parse(code::OUT_OF_RANGE, "Numeric value out of range"))
}

/// How many borders of the unit lie before a time.
fn borders(unit: Unit, time: NaiveDateTime) -> Option<i128> {
    let days = days_of(time.date());
    let whole = match unit {
        // 1970 began on a Thursday.
        Unit::Week => (days + 4).div_euclid(7),
        Unit::IsoWeek => (days + 3).div_euclid(7),
        Unit::ZoneHour | Unit::ZoneMinute => 0,
        unit => match (unit.months(), unit.days()) {
            (Some(months), _) => {
                let all = i64::from(time.year()) * 12 + i64::from(time.month0());
                all.div_euclid(months)
            }
            (None, Some(_)) => days,
            (None, None) => {
                let per_day = NANOSECONDS_PER_DAY / unit.nanoseconds()?;
                let within = nanoseconds_of(&time) / unit.nanoseconds()?;
                return Some(i128::from(days) * i128::from(per_day) + i128::from(within));
            }
        },
    };
    Some(whole.into())
}

/// The beginning of the unit in which a time lies.
pub(super) fn truncate(unit: Unit, value: &SqlValue) -> Outcome {
    let Some(time) = moment(value) else {
        return Ok(SqlValue::Null);
    };
    let date = time.date();
    let midnight = |date: Option<NaiveDate>| date?.and_hms_opt(0, 0, 0);
    let begins = match unit {
        Unit::Hour | Unit::Minute | Unit::Second | Unit::Millisecond | Unit::Microsecond => {
            let part = unit.nanoseconds().unwrap_or(1);
            let rest = TimeDelta::nanoseconds(nanoseconds_of(&time) % part);
            time.checked_sub_signed(rest)
        }
        Unit::Day => midnight(Some(date)),
        Unit::Week => {
            let since_monday = date.weekday().num_days_from_monday();
            midnight(date.checked_sub_days(chrono::Days::new(since_monday.into())))
        }
        Unit::Month => midnight(date.with_day(1)),
        Unit::Quarter => midnight(NaiveDate::from_ymd_opt(
            date.year(),
            date.month0() / 3 * 3 + 1,
            1,
        )),
        unit => {
            let Some((years, first)) = unit.years() else {
                return Err(SqlError::unsupported(&name_of(unit).to_lowercase()));
            };
            let year = (date.year() - first) / years * years + first;
            midnight(NaiveDate::from_ymd_opt(year, 1, 1))
        }
    };
    Ok(begins.map_or(SqlValue::Null, |time| {
        SqlValue::Timestamp(timestamp_of(time))
    }))
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
        let later = add(Unit::Nanosecond, -1, &date).unwrap();
        assert_eq!(to_text(&later), "1990-01-01 23:59:59.999999999");
    }

    #[test]
    fn times_go_back_to_the_beginning_of_their_unit() {
        let time = parse_timestamp("2020-02-05 14:05:06.789").unwrap();
        let begins = |unit| to_text(&truncate(unit, &time).unwrap());
        assert_eq!(begins(Unit::Hour), "2020-02-05 14:00:00");
        assert_eq!(begins(Unit::Week), "2020-02-03 00:00:00");
        assert_eq!(begins(Unit::Century), "2001-01-01 00:00:00");
    }
}
