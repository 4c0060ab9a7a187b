//! A time read by a pattern, as leniently as Java does: what is too large goes on into the next.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta};

use super::pattern::{Pattern, Piece};
use super::zone::{self, Zone};
use crate::sql::functions::times::today;
use crate::sql::functions::to_char::{MONTHS, WEEKDAYS, behind, short};

/// What a text said of a time.
#[derive(Default)]
struct Found {
    is_before_christ: bool,
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    hour_of_half: Option<i64>,
    is_afternoon: bool,
    minute: i64,
    second: i64,
    millisecond: i64,
    zone_seconds: Option<i32>,
}

/// The time that a text begins with, in UTC.
pub(super) fn read(pattern: &Pattern, text: &str, zone: &Zone) -> Option<NaiveDateTime> {
    let mut found = Found::default();
    let mut rest = text;
    for (index, piece) in pattern.pieces.iter().enumerate() {
        rest = match piece {
            Piece::Text(literal) => rest.strip_prefix(literal.as_str())?,
            Piece::Field(letter, count) => {
                let next = pattern.pieces.get(index + 1);
                let is_abutting = matches!(next, Some(Piece::Field(next, _)) if is_number(*next));
                let limit = is_abutting.then_some(*count);
                found.read(*letter, *count, limit, rest.trim_start_matches([' ', '\t']))?
            }
        };
    }
    found.time(zone)
}

/// Whether a letter stands for digits alone.
fn is_number(letter: char) -> bool {
    !"GEazZX".contains(letter)
}

impl Found {
    fn read<'t>(
        &mut self,
        letter: char,
        count: usize,
        limit: Option<usize>,
        text: &'t str,
    ) -> Option<&'t str> {
        match letter {
            'G' => {
                let (index, rest) = one_of(text, ["AD", "BC"].into_iter())?;
                self.is_before_christ = index == 1;
                Some(rest)
            }
            'a' => {
                let (index, rest) = one_of(text, ["AM", "PM"].into_iter())?;
                self.is_afternoon = index == 1;
                Some(rest)
            }
            'E' => name(text, &WEEKDAYS).map(|(_, rest)| rest),
            'M' | 'L' if count >= 3 => {
                let (index, rest) = name(text, &MONTHS)?;
                self.month = i64::try_from(index + 1).ok();
                Some(rest)
            }
            'z' | 'Z' | 'X' => {
                let (seconds, rest) = zone::read(text)?;
                self.zone_seconds = Some(seconds);
                Some(rest)
            }
            _ => {
                let (number, length, rest) = number(text, limit)?;
                self.set(letter, number, count <= 2 && length == 2);
                Some(rest)
            }
        }
    }

    fn set(&mut self, letter: char, number: i64, is_short: bool) {
        match letter {
            'y' | 'Y' => self.year = Some(if is_short { century(number) } else { number }),
            'M' | 'L' => self.month = Some(number),
            'd' => self.day = Some(number),
            'D' => self.day_of_year = Some(number),
            'H' => self.hour = Some(number),
            'k' => self.hour = Some(number % 24),
            'K' => self.hour_of_half = Some(number),
            'h' => self.hour_of_half = Some(number % 12),
            'm' => self.minute = number,
            's' => self.second = number,
            'S' => self.millisecond = number,
            // Weeks and days of weeks say nothing beside a date.
            _ => {}
        }
    }

    fn time(&self, zone: &Zone) -> Option<NaiveDateTime> {
        let year = self.year.unwrap_or(1970);
        let year = match self.is_before_christ {
            true => 1_i64.checked_sub(year)?,
            false => year,
        };
        let months = year
            .checked_mul(12)?
            .checked_add(self.month.unwrap_or(1).saturating_sub(1))?;
        let year = i32::try_from(months.div_euclid(12)).ok()?;
        let first_of_year = NaiveDate::from_ymd_opt(year, 1, 1)?;
        let ahead = Months::new(u32::try_from(months.rem_euclid(12)).ok()?);
        let date = match (self.day_of_year, self.day) {
            (Some(day), None) => first_of_year.checked_add_signed(days(day.saturating_sub(1))?)?,
            (_, day) => {
                let month = first_of_year.checked_add_months(ahead)?;
                month.checked_add_signed(days(day.unwrap_or(1).saturating_sub(1))?)?
            }
        };
        let half = i64::from(self.is_afternoon) * 12;
        let hour = self
            .hour
            .unwrap_or(self.hour_of_half.unwrap_or(0).saturating_add(half));
        let offset = self.zone_seconds.unwrap_or(zone.seconds);
        let seconds = hour
            .checked_mul(3600)?
            .checked_add(self.minute.checked_mul(60)?)?
            .checked_add(self.second)?
            .checked_sub(offset.into())?;
        date.and_hms_opt(0, 0, 0)?
            .checked_add_signed(TimeDelta::try_seconds(seconds)?)?
            .checked_add_signed(TimeDelta::try_milliseconds(self.millisecond)?)
    }
}

fn days(count: i64) -> Option<TimeDelta> {
    TimeDelta::try_days(count)
}

/// Two digits of a year: from 80 years ago to 20 years ahead.
fn century(two_digits: i64) -> i64 {
    let first = i64::from(today().year()) - 80;
    let year = first - first.rem_euclid(100) + two_digits;
    if year < first { year + 100 } else { year }
}

/// A number of so many digits at most, how many it has, and what is behind it.
fn number(text: &str, limit: Option<usize>) -> Option<(i64, usize, &str)> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let is_digit = |digit: &char| digit.is_ascii_digit();
    let most = limit.unwrap_or(usize::MAX);
    let length = digits.chars().take_while(is_digit).take(most).count();
    let number: i64 = digits[..length].parse().ok()?;
    Some((sign * number, length, &digits[length..]))
}

/// The longest of these names at the start of a text, in full or in its short form.
fn name<'t>(text: &'t str, names: &[&'static str]) -> Option<(usize, &'t str)> {
    one_of(text, names.iter().copied()).or_else(|| one_of(text, names.iter().copied().map(short)))
}

fn one_of(text: &str, names: impl Iterator<Item = &'static str>) -> Option<(usize, &str)> {
    let mut names = names.enumerate();
    names.find_map(|(index, name)| Some((index, behind(text, name)?)))
}
