//! Values as text and text as values, in the forms of H2.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use portway_ignite_protocol::Timestamp;
use uuid::Uuid;

use super::array::{array_literal, array_text};
use super::error::{SqlError, code};
use super::value::{DAY, SqlValue, from_big_decimal};

/// The day number of 1970-01-01 in chrono.
const EPOCH: i32 = 719_163;

/// The text that a cast to VARCHAR gives.
pub(crate) fn to_text(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => String::new(),
        SqlValue::Varchar(text) => text.clone(),
        SqlValue::Boolean(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        SqlValue::TinyInt(value) => value.to_string(),
        SqlValue::SmallInt(value) => value.to_string(),
        SqlValue::Int(value) => value.to_string(),
        SqlValue::BigInt(value) => value.to_string(),
        SqlValue::Decimal(value) => decimal_text(value),
        SqlValue::Real(value) => float_text(f64::from(*value), &format!("{value:e}")),
        SqlValue::Double(value) => float_text(*value, &format!("{value:e}")),
        SqlValue::Time(milliseconds) => time_text(*milliseconds, 0),
        SqlValue::Date(days) => date_text(*days),
        SqlValue::Timestamp(timestamp) => timestamp_text(*timestamp),
        SqlValue::Binary(bytes) => hex(bytes),
        SqlValue::Object(raw) => hex(raw.as_bytes()),
        SqlValue::Uuid(uuid) => uuid.to_string(),
        SqlValue::Array(array) => array_text(array),
    }
}

/// The value as a literal: how H2 prints it in the name of a column.
pub(crate) fn to_literal(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Varchar(text) if is_plain(text) => format!("'{}'", text.replace('\'', "''")),
        SqlValue::Varchar(text) => {
            format!("STRINGDECODE('{}')", java_encoded(text).replace('\'', "''"))
        }
        SqlValue::Double(value) if value.is_nan() => NOT_A_NUMBER.to_owned(),
        SqlValue::Real(value) if value.is_nan() => NOT_A_NUMBER.to_owned(),
        SqlValue::Double(value) if value.is_infinite() => infinity(*value > 0.0),
        SqlValue::Real(value) if value.is_infinite() => infinity(*value > 0.0),
        SqlValue::Decimal(value) if is_short(value) => value.to_plain_string(),
        SqlValue::Time(_) => format!("TIME '{}'", to_text(value)),
        SqlValue::Date(_) => format!("DATE '{}'", to_text(value)),
        SqlValue::Timestamp(_) => format!("TIMESTAMP '{}'", to_text(value)),
        SqlValue::Binary(_) | SqlValue::Object(_) => format!("X'{}'", to_text(value)),
        SqlValue::Uuid(_) => format!("'{}'", to_text(value)),
        SqlValue::Array(array) => array_literal(array.elements.iter().map(to_literal)),
        other => to_text(other),
    }
}

/// What H2 writes for what is no number.
const NOT_A_NUMBER: &str = "SQRT(-1)";

/// The most digits that are written out.
const PLAIN_DECIMAL: usize = 40;

/// The most zeros that a literal is written with.
const LITERAL_ZEROS: u64 = 10_000;

fn is_short(value: &BigDecimal) -> bool {
    let (_, scale) = value.as_bigint_and_exponent();
    scale.unsigned_abs() <= LITERAL_ZEROS
}

fn decimal_text(value: &BigDecimal) -> String {
    let (_, scale) = value.as_bigint_and_exponent();
    if scale.unsigned_abs() > PLAIN_DECIMAL as u64 {
        return from_big_decimal(value).to_string();
    }
    let plain = value.to_plain_string();
    if plain.len() < PLAIN_DECIMAL {
        plain
    } else {
        from_big_decimal(value).to_string()
    }
}

fn infinity(is_positive: bool) -> String {
    let sign = if is_positive { "" } else { "-" };
    format!("{sign}POWER(0, -1)")
}

fn is_plain(text: &str) -> bool {
    text.chars().all(|unit| (' '..='\u{7f}').contains(&unit))
}

/// The text with Java's escapes for what is no plain ASCII.
pub(crate) fn java_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match char::from_u32(unit.into()) {
            Some('\t') => encoded.push_str("\\t"),
            Some('\n') => encoded.push_str("\\n"),
            Some('\u{c}') => encoded.push_str("\\f"),
            Some('\r') => encoded.push_str("\\r"),
            Some(quote @ ('"' | '\\')) => encoded.extend(['\\', quote]),
            Some(plain @ ' '..='\u{7f}') => encoded.push(plain),
            _ => encoded.push_str(&format!("\\u{unit:04x}")),
        }
    }
    encoded
}

/// A text as H2 quotes it in messages; nothing is not quoted.
pub(crate) fn in_message(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("\"{text}\"")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).ok()?;
        (pair.len() == 2).then_some(u8::from_str_radix(digits, 16).ok()?)
    };
    pairs.map(byte).collect()
}

/// A float as Java shows it: plain from a thousandth to ten millions, else with an exponent.
fn float_text(value: f64, scientific: &str) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific.to_owned();
    };
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        let plain = BigDecimal::from_str(scientific)
            .map(|number| number.to_plain_string())
            .unwrap_or_default();
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

fn date_text(days: i64) -> String {
    match date_of(days) {
        Some(date) => format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
        None => days.to_string(),
    }
}

fn time_text(milliseconds: i64, nanoseconds: i32) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = milliseconds % 1000 * 1_000_000 + i64::from(nanoseconds);
    let whole = format!("{hours:02}:{minutes:02}:{second:02}");
    match fraction {
        0 => whole,
        fraction => format!("{whole}.{fraction:09}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

fn timestamp_text(timestamp: Timestamp) -> String {
    let days = timestamp.milliseconds.div_euclid(DAY);
    let rest = timestamp.milliseconds.rem_euclid(DAY);
    format!(
        "{} {}",
        date_text(days),
        time_text(rest, timestamp.nanoseconds)
    )
}

/// The date so many days after 1970-01-01.
pub(crate) fn date_of(days: i64) -> Option<NaiveDate> {
    let days = i32::try_from(days).ok()?.checked_add(EPOCH)?;
    NaiveDate::from_num_days_from_ce_opt(days)
}

/// Days from 1970-01-01 to `date`.
pub(crate) fn days_of(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce() - EPOCH)
}

pub(crate) fn date_time_of(timestamp: Timestamp) -> Option<NaiveDateTime> {
    let fraction = u32::try_from(timestamp.nanoseconds).ok()?;
    let second = timestamp.milliseconds.div_euclid(1000);
    let milliseconds = u32::try_from(timestamp.milliseconds.rem_euclid(1000)).ok()?;
    DateTime::from_timestamp(second, milliseconds * 1_000_000 + fraction)
        .map(|time| time.naive_utc())
}

pub(crate) fn timestamp_of(time: NaiveDateTime) -> Timestamp {
    let utc = time.and_utc();
    Timestamp {
        milliseconds: utc.timestamp_millis(),
        nanoseconds: i32::try_from(time.nanosecond() % 1_000_000).unwrap_or(0),
    }
}

fn cannot_parse(what: &str, text: &str) -> SqlError {
    let message = format!("Cannot parse \"{what}\" constant {}", in_message(text));
    SqlError::parse(code::CANNOT_PARSE_DATE, message)
}

/// A date: `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &str) -> Result<SqlValue, SqlError> {
    let date = civil_date(text.trim()).ok_or_else(|| cannot_parse("DATE", text))?;
    Ok(SqlValue::Date(days_of(date)))
}

fn civil_date(text: &str) -> Option<NaiveDate> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = text.splitn(3, '-');
    let year: i32 = parts.next()?.parse().ok()?;
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    NaiveDate::from_ymd_opt(if negative { -year } else { year }, month, day)
}

/// Milliseconds and the nanoseconds beyond them of `HH:MM:SS[.fraction]`.
fn clock(text: &str) -> Option<(i64, i32)> {
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok()?;
    let nanoseconds = time.nanosecond();
    let seconds = i64::from(time.num_seconds_from_midnight());
    let milliseconds = seconds * 1000 + i64::from(nanoseconds / 1_000_000);
    Some((milliseconds, i32::try_from(nanoseconds % 1_000_000).ok()?))
}

pub(crate) fn parse_time(text: &str) -> Result<SqlValue, SqlError> {
    let clock = clock(text.trim()).ok_or_else(|| cannot_parse("TIME", text))?;
    Ok(SqlValue::Time(clock.0))
}

/// A timestamp in UTC: `YYYY-MM-DD[ HH:MM:SS[.fraction]]`, with `T` between and a zone behind (`Z`,
/// `+hh:mm`) if so written.
pub(crate) fn parse_timestamp(text: &str) -> Result<SqlValue, SqlError> {
    let parsed = timestamp(text.trim());
    let parsed = parsed.ok_or_else(|| cannot_parse("TIMESTAMP", text))?;
    Ok(SqlValue::Timestamp(parsed))
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    if date.starts_with('-') {
        return None;
    }
    let (time, ahead) = without_zone(time.trim())?;
    let (milliseconds, nanoseconds) = clock(time)?;
    Some(Timestamp {
        milliseconds: days_of(civil_date(date)?) * DAY + milliseconds - ahead,
        nanoseconds,
    })
}

/// A time of day and how many milliseconds its zone is ahead of UTC.
fn without_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(sign) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let (time, zone) = text.split_at(sign);
    let (hours, minutes) = zone[1..].split_once(':').unwrap_or((&zone[1..], "0"));
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_possible = (0..=18).contains(&hours) && (0..60).contains(&minutes);
    let ahead = (hours * 60 + minutes) * 60_000;
    let ahead = if zone.starts_with('-') { -ahead } else { ahead };
    is_possible.then_some((time.trim_end(), ahead))
}

/// Text that stands for a number, a UUID, ...: `None` when it does not.
pub(crate) fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}

/// The name inside of quotes; `None` for one without.
pub(crate) fn unquoted(name: &str) -> Option<&str> {
    name.strip_prefix('"')?.strip_suffix('"')
}

/// A UUID of hexadecimal digits; those that are missing at its beginning are zeros.
pub(crate) fn parse_uuid(text: &str) -> Option<Uuid> {
    const DIGITS_OF_HALF: usize = 16;
    let (mut high, mut low) = (0_u64, 0_u64);
    let mut count = 0;
    for sign in text.chars().filter(|sign| *sign > ' ' && *sign != '-') {
        low = low << 4 | u64::from(sign.to_digit(16)?);
        count += 1;
        if count == DIGITS_OF_HALF {
            (high, low) = (low, 0);
        }
    }
    Some(Uuid::from_u64_pair(high, low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_shown_as_in_java() {
        let shown = |value| to_text(&SqlValue::Double(value));
        assert_eq!(shown(1.0), "1.0");
        assert_eq!(shown(-0.25), "-0.25");
        assert_eq!(shown(1e7), "1.0E7");
        assert_eq!(shown(1.5e-5), "1.5E-5");
        assert_eq!(to_text(&SqlValue::Real(1.1)), "1.1");
    }

    #[test]
    fn times_are_read_and_shown() {
        let value = parse_timestamp("2020-01-02 03:04:05.120").unwrap();
        assert_eq!(to_text(&value), "2020-01-02 03:04:05.12");
        assert_eq!(to_text(&parse_date("1990-1-2").unwrap()), "1990-01-02");
        assert_eq!(to_text(&parse_time("12:34:56").unwrap()), "12:34:56");
        assert!(parse_date("1990-13-01").is_err());
        assert!(parse_timestamp("x").is_err());
    }

    #[test]
    fn bytes_are_read_and_shown() {
        assert_eq!(from_hex("00fF"), Some(vec![0, 255]));
        assert_eq!(from_hex("0"), None);
        assert_eq!(hex(&[1, 171]), "01ab");
    }
}
