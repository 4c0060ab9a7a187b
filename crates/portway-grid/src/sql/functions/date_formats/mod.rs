//! Dates and times in the patterns of Java's `SimpleDateFormat`: `FORMATDATETIME`, `PARSEDATETIME`.

mod pattern;
mod read;
mod write;
mod zone;

use chrono::{NaiveDateTime, TimeDelta};

use super::times::moment;
use super::{Function, of_nullable};
use crate::sql::error::{SqlError, code};
use crate::sql::text::timestamp_of;
use crate::sql::types::SqlType::{Timestamp, Varchar};
use crate::sql::value::SqlValue;
use pattern::Pattern;
use zone::Zone;

type Outcome = Result<SqlValue, SqlError>;

pub(super) fn all() -> Vec<Function> {
    vec![
        of_nullable(Function::new(
            "FORMATDATETIME",
            super::up_to(&[Timestamp, Varchar, Varchar, Varchar], 2),
            Varchar,
            format,
        )),
        of_nullable(Function::new(
            "PARSEDATETIME",
            super::up_to(&[Varchar, Varchar, Varchar, Varchar], 2),
            Timestamp,
            parse,
        )),
    ]
}

fn text(values: &[SqlValue], index: usize) -> Option<&str> {
    match values.get(index) {
        Some(SqlValue::Varchar(text)) => Some(text),
        _ => None,
    }
}

fn format(values: &[SqlValue]) -> Outcome {
    let (Some(time), Some(pattern)) = (moment(&values[0]), text(values, 1)) else {
        return Ok(SqlValue::Null);
    };
    let zone = Zone::named(text(values, 3));
    let shift = TimeDelta::seconds(zone.seconds.into());
    let local = time.checked_add_signed(shift).unwrap_or(time);
    let written = write::written(&parsed(values, pattern)?, &local, &zone);
    Ok(SqlValue::Varchar(written))
}

fn parse(values: &[SqlValue]) -> Outcome {
    let (Some(given), Some(pattern)) = (text(values, 0), text(values, 1)) else {
        return Ok(SqlValue::Null);
    };
    let pattern = parsed(values, pattern)?;
    let zone = Zone::named(text(values, 3));
    let time: Option<NaiveDateTime> = read::read(&pattern, given, &zone);
    let time = time.ok_or_else(|| {
        let message = format!("Error parsing \"{given}\"");
        SqlError::parse(code::PARSE_ERROR, message)
    })?;
    Ok(SqlValue::Timestamp(timestamp_of(time)))
}

fn parsed(values: &[SqlValue], pattern: &str) -> Result<Pattern, SqlError> {
    Pattern::parse(pattern).ok_or_else(|| {
        let or_null = |index| text(values, index).unwrap_or("null").to_owned();
        let (locale, zone) = (or_null(2), or_null(3));
        let message = format!("Error parsing \"{pattern}/{locale}/{zone}\"");
        SqlError::parse(code::PARSE_ERROR, message)
    })
}
