//! A time written in a pattern.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::pattern::{Pattern, Piece};
use super::zone::{Zone, shown};
use crate::sql::functions::times::week;
use crate::sql::functions::to_char::{MONTHS, WEEKDAYS, short};

/// The most zeros before a number: a statement must not fill the memory.
const LONGEST: usize = u16::MAX as usize;

/// The local time of a zone in this pattern.
pub(super) fn written(pattern: &Pattern, time: &NaiveDateTime, zone: &Zone) -> String {
    let mut text = String::new();
    for piece in &pattern.pieces {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Field(letter, count) => text.push_str(&field(*letter, *count, time, zone)),
        }
    }
    text
}

fn field(letter: char, count: usize, time: &NaiveDateTime, zone: &Zone) -> String {
    match letter {
        'G' => if time.year() > 0 { "AD" } else { "BC" }.to_owned(),
        'M' | 'L' if count >= 3 => named(MONTHS[time.month0() as usize], count),
        'E' => named(
            WEEKDAYS[time.weekday().num_days_from_sunday() as usize],
            count,
        ),
        'a' => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        'z' => zone.name.clone(),
        'Z' => shown(zone.seconds, ""),
        'X' if zone.seconds == 0 => "Z".to_owned(),
        'X' if count == 1 => shown(zone.seconds, "")[..3].to_owned(),
        'X' if count == 2 => shown(zone.seconds, ""),
        'X' => shown(zone.seconds, ":"),
        'y' | 'Y' if count == 2 => format!("{:02}", number(letter, time) % 100),
        _ => {
            let width = count.min(LONGEST);
            format!("{:0>width$}", number(letter, time))
        }
    }
}

fn named(name: &str, count: usize) -> String {
    if count >= 4 { name } else { short(name) }.to_owned()
}

fn number(letter: char, time: &NaiveDateTime) -> i64 {
    let day_of_month = i64::from(time.day());
    match letter {
        'y' | 'Y' => year_of_era(time.year().into()),
        'M' | 'L' => time.month().into(),
        'w' => week(*time) % WEEKS_AT_MOST,
        'W' => {
            (day_of_month + 6 - i64::from(time.weekday().num_days_from_sunday())).div_euclid(7) + 1
        }
        'D' => time.ordinal().into(),
        'd' => day_of_month,
        'F' => (day_of_month - 1) / 7 + 1,
        'u' => time.weekday().number_from_monday().into(),
        'H' => time.hour().into(),
        'k' => one_to(24, time.hour()),
        'K' => (time.hour() % 12).into(),
        'h' => one_to(12, time.hour() % 12),
        'm' => time.minute().into(),
        's' => time.second().into(),
        _ => i64::from(time.nanosecond() / 1_000_000),
    }
}

/// A year before the first is counted from one, backwards.
fn year_of_era(year: i64) -> i64 {
    if year > 0 { year } else { 1 - year }
}

const WEEKS_AT_MOST: i64 = 54;

fn one_to(most: i64, hour: u32) -> i64 {
    match i64::from(hour) {
        0 => most,
        hour => hour,
    }
}
