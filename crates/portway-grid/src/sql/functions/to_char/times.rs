//! Formats of times.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::invalid_format;
use super::names::{MONTHS, WEEKDAYS, behind, roman, short};
use crate::sql::error::SqlError;
use crate::sql::functions::times::{JULIAN_EPOCH, week};
use crate::sql::text::days_of;

const DEFAULT_FORMAT: &str = "DD-MON-YY HH.MI.SS.FF PM";
/// The zone of the grid.
const ZONE: &str = "UTC";

/// A part of a time that is written with digits and signs.
type Part = fn(&NaiveDateTime) -> String;

/// A part of a time that is a word: it is written in the case in which it is asked for.
type Word = fn(&NaiveDateTime, bool) -> String;

const WORDS: [(&str, Word); 13] = [
    ("A.D.", |time, _| era(time, "A.D.", "B.C.")),
    ("B.C.", |time, _| era(time, "A.D.", "B.C.")),
    ("AD", |time, _| era(time, "AD", "BC")),
    ("BC", |time, _| era(time, "AD", "BC")),
    ("A.M.", |time, _| half(time, "A.M.", "P.M.")),
    ("P.M.", |time, _| half(time, "A.M.", "P.M.")),
    ("AM", |time, _| half(time, "AM", "PM")),
    ("PM", |time, _| half(time, "AM", "PM")),
    ("DY", |time, _| short(weekday(time)).to_owned()),
    ("DAY", |time, fills| filled(weekday(time), fills)),
    ("MONTH", |time, fills| filled(month(time), fills)),
    ("MON", |time, _| short(month(time)).to_owned()),
    ("RM", |time, _| roman(time.month())),
];

/// The first that fits counts, so what begins with another stands before it.
const PARTS: [(&str, Part); 35] = [
    ("DL", |time| {
        let (day, month) = (weekday(time), month(time));
        format!("{day}, {month} {}, {:04}", time.day(), year(time))
    }),
    ("DS", |time| {
        format!("{:02}/{:02}/{:04}", time.month(), time.day(), year(time))
    }),
    ("TS", |time| {
        let half = half(time, "AM", "PM");
        let (minute, second) = (time.minute(), time.second());
        format!("{}:{minute:02}:{second:02} {half}", time.hour12().1)
    }),
    ("DDD", |time| time.ordinal().to_string()),
    ("DD", |time| format!("{:02}", time.day())),
    ("D", |time| time.weekday().number_from_sunday().to_string()),
    ("J", |time| {
        (days_of(time.date()) + JULIAN_EPOCH).to_string()
    }),
    ("HH24", |time| format!("{:02}", time.hour())),
    ("HH12", |time| format!("{:02}", time.hour12().1)),
    ("HH", |time| format!("{:02}", time.hour12().1)),
    ("MI", |time| format!("{:02}", time.minute())),
    ("SSSSS", |time| time.num_seconds_from_midnight().to_string()),
    ("SS", |time| format!("{:02}", time.second())),
    ("TZR", |_| ZONE.to_owned()),
    ("TZD", |_| ZONE.to_owned()),
    ("IW", |time| week(*time).to_string()),
    ("WW", |time| week(*time).to_string()),
    ("W", |time| (1 + time.day() / 7).to_string()),
    ("Y,YYY", |time| match year(time) {
        year @ 1000.. => format!("{},{:03}", year / 1000, year % 1000),
        year => year.to_string(),
    }),
    ("SYYYY", |time| {
        let sign = if time.year() < 0 { "-" } else { "" };
        format!("{sign}{:04}", year(time))
    }),
    ("YYYY", |time| format!("{:04}", year(time))),
    ("RRRR", |time| format!("{:04}", year(time))),
    ("IYYY", |time| format!("{:04}", week_year(time))),
    ("YYY", |time| format!("{:03}", year(time) % 1000)),
    ("IYY", |time| format!("{:03}", week_year(time) % 1000)),
    ("YY", |time| format!("{:02}", year(time) % 100)),
    ("RR", |time| format!("{:02}", year(time) % 100)),
    ("IY", |time| format!("{:02}", week_year(time) % 100)),
    ("Y", |time| (year(time) % 10).to_string()),
    ("I", |time| (week_year(time) % 10).to_string()),
    ("MM", |time| format!("{:02}", time.month())),
    ("Q", |time| (time.month0() / 3 + 1).to_string()),
    ("X", |_| ".".to_owned()),
    ("FX", |_| String::new()),
    ("FF", |time| format!("{:09}", time.nanosecond())),
];

const SIGNS: &str = "-/,.;: ";

/// The time in this format, or in Oracle's own.
pub(super) fn text(time: NaiveDateTime, format: Option<&str>) -> Result<String, SqlError> {
    let format = format.unwrap_or(DEFAULT_FORMAT);
    let mut text = String::new();
    let mut fills = true;
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if let Some((word, behind)) = word(&time, rest, fills) {
            text.push_str(&word);
            rest = behind;
        } else if let Some((digits, behind)) = fraction(&time, rest) {
            text.push_str(&digits);
            rest = behind;
        } else if let Some(behind) = behind(rest, "FM") {
            fills = !fills;
            rest = behind;
        } else if let Some((part, behind)) = part(&time, rest) {
            text.push_str(&part);
            rest = behind;
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (inside, behind) = quoted.split_once('"').unwrap_or((quoted, ""));
            text.push_str(inside);
            rest = behind;
        } else if SIGNS.contains(first) {
            text.push(first);
            rest = &rest[1..];
        } else {
            return Err(invalid_format(format));
        }
    }
    Ok(text)
}

fn word<'f>(time: &NaiveDateTime, format: &'f str, fills: bool) -> Option<(String, &'f str)> {
    WORDS.iter().find_map(|(name, word)| {
        let behind = behind(format, name)?;
        let asked = &format[..name.len()];
        Some((cased(asked, &word(time, fills)), behind))
    })
}

fn part<'f>(time: &NaiveDateTime, format: &'f str) -> Option<(String, &'f str)> {
    let mut parts = PARTS.iter();
    parts.find_map(|(name, part)| {
        let behind = behind(format, name)?;
        Some((part(time), behind))
    })
}

/// `FF1` to `FF9`: so many digits of the fraction of a second.
fn fraction<'f>(time: &NaiveDateTime, format: &'f str) -> Option<(String, &'f str)> {
    let behind = behind(format, "FF")?;
    let digits = behind
        .chars()
        .next()?
        .to_digit(10)
        .filter(|digits| *digits > 0)?;
    let nanoseconds = format!("{:09}", time.nanosecond());
    Some((nanoseconds[..digits as usize].to_owned(), &behind[1..]))
}

/// The first two letters that ask for a word say how it is written.
fn cased(asked: &str, word: &str) -> String {
    let mut letters = asked.chars().filter(|letter| letter.is_alphabetic());
    let is_upper = |letter: Option<char>| letter.map(char::is_uppercase);
    match (is_upper(letters.next()), is_upper(letters.next())) {
        (Some(true), Some(true) | None) => word.to_uppercase(),
        (Some(false), _) => word.to_lowercase(),
        _ => {
            let lower = word.to_lowercase();
            let mut letters = lower.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

fn year(time: &NaiveDateTime) -> u32 {
    time.year().unsigned_abs()
}

fn week_year(time: &NaiveDateTime) -> u32 {
    time.iso_week().year().unsigned_abs()
}

fn era(time: &NaiveDateTime, after: &str, before: &str) -> String {
    if time.year() > 0 { after } else { before }.to_owned()
}

fn half(time: &NaiveDateTime, morning: &str, evening: &str) -> String {
    if time.hour() < 12 { morning } else { evening }.to_owned()
}

fn month(time: &NaiveDateTime) -> &'static str {
    MONTHS[time.month0() as usize]
}

fn weekday(time: &NaiveDateTime) -> &'static str {
    WEEKDAYS[time.weekday().num_days_from_sunday() as usize]
}

/// As wide as the longest: Wednesday, September.
fn filled(name: &str, fills: bool) -> String {
    if fills {
        format!("{name:<9}")
    } else {
        name.to_owned()
    }
}
