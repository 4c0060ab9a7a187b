//! `TO_DATE` and `TO_TIMESTAMP`: times read in Oracle's formats as H2 reads them.

mod found;

use chrono::Datelike;

use super::times::{JULIAN_EPOCH, today};
use super::to_char::{MONTHS, WEEKDAYS, behind, short};
use super::{Function, up_to};
use crate::sql::error::{SqlError, code};
use crate::sql::text::timestamp_of;
use crate::sql::types::SqlType::{Timestamp, Varchar};
use crate::sql::value::SqlValue;
use found::Found;

/// The parts of a format; of those that begin a text the first counts.
const TOKENS: [&str; 37] = [
    "YYYY", "SYYYY", "YYY", "YY", "SCC", "CC", "RRRR", "RR", "B.C.", "A.D.", "BC", "AD", "MONTH",
    "MON", "MM", "RM", "DDD", "DAY", "DD", "DY", "HH24", "HH12", "HH", "MI", "SSSSS", "SS", "FF",
    "TZH", "TZM", "A.M.", "P.M.", "AM", "PM", "Y", "Q", "D", "J",
];

const ROMAN_MONTHS: [&str; 12] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
];

pub(super) fn all() -> Vec<Function> {
    let of_two = || up_to(&[Varchar, Varchar], 1);
    let of_three = up_to(&[Varchar, Varchar, Varchar], 1);
    vec![
        Function::new("TO_DATE", of_three, Timestamp, |values| {
            read("TO_DATE", "DD MON YYYY", values)
        }),
        Function::new("TO_TIMESTAMP", of_two(), Timestamp, |values| {
            read("TO_TIMESTAMP", "DD MON YYYY HH:MI:SS", values)
        }),
    ]
}

fn read(function: &str, default: &str, values: &[SqlValue]) -> Result<SqlValue, SqlError> {
    let text = |index: usize| match values.get(index) {
        Some(SqlValue::Varchar(text)) => text.trim(),
        _ => "",
    };
    let format = Some(text(1)).filter(|format| !format.is_empty());
    let (input, format) = (text(0), format.unwrap_or(default));
    let mut reading = Reading {
        input,
        format,
        found: Found::default(),
    };
    let failed = |rest: &Reading<'_>, why: String| {
        let place = place(input, format, rest, function);
        let message =
            format!("Function \"{function}\": Invalid date format: \" {why}. Details: {place}\"");
        SqlError::parse(code::TO_DATE_FORMAT, message)
    };
    if let Err(failure) = reading.all() {
        let (rest, why) = *failure;
        return Err(failed(&rest, why));
    }
    let time = reading.found.time();
    let time = time.ok_or_else(|| failed(&reading, "There is no such day".to_owned()))?;
    Ok(SqlValue::Timestamp(timestamp_of(time)))
}

/// Where reading failed, as H2 draws it.
fn place(input: &str, format: &str, rest: &Reading<'_>, function: &str) -> String {
    let blanks = |count: usize| " ".repeat(count);
    let done = blanks(function.len() + input.chars().count() - rest.input.chars().count());
    let left = blanks(rest.input.chars().count().saturating_sub(1));
    let format_done = blanks(format.chars().count() - rest.format.chars().count());
    format!(
        "\n    {function}('{input}', '{format}')\n      {done}^{left} ,  {format_done}^ <-- Parsing \
         failed at this point"
    )
}

/// A text and a format, read up to here.
#[derive(Clone)]
struct Reading<'t> {
    input: &'t str,
    format: &'t str,
    found: Found,
}

type Failure<'t> = Box<(Reading<'t>, String)>;

impl<'t> Reading<'t> {
    fn all(&mut self) -> Result<(), Failure<'t>> {
        while let Some(first) = self.format.chars().next() {
            let named = |name: &&&str| behind(self.format, name).is_some();
            if first == '"' {
                self.quoted();
            } else if let Some(token) = TOKENS.iter().find(named) {
                let length = token.len();
                self.token(token)
                    .map_err(|why| Box::new((self.clone(), why)))?;
                self.format = &self.format[length..];
                if *token == "FF" {
                    self.format = self
                        .format
                        .strip_prefix(|next: char| next.is_ascii_digit())
                        .unwrap_or(self.format);
                }
            } else {
                self.format = &self.format[first.len_utf8()..];
                self.skip(1);
            }
        }
        Ok(())
    }

    fn skip(&mut self, count: usize) {
        let mut rest = self.input.chars();
        for _ in 0..count {
            rest.next();
        }
        self.input = rest.as_str();
    }

    /// Text between quotation marks stands in the input as it is.
    fn quoted(&mut self) {
        let inside = &self.format[1..];
        let (text, rest) = inside.split_once('"').unwrap_or((inside, ""));
        self.skip(text.chars().count());
        self.format = rest;
    }

    fn token(&mut self, token: &str) -> Result<(), String> {
        let current = today();
        let century = i64::from(current.year() / 100 * 100);
        match token {
            "YYYY" | "SYYYY" => match self.number(token, 4, 4)? {
                0 => return Err("Year may not be zero".to_owned()),
                year => self.found.year = Some(year + i64::from(year < 0)),
            },
            "RRRR" => {
                let before = self.input.len();
                let year = self.number(token, 2, 4)?;
                let is_short = before - self.input.len() < 4;
                self.found.year = Some(match year {
                    ..50 if is_short => year + 2000,
                    50..100 if is_short => year + 1900,
                    _ => year,
                });
            }
            "YYY" => {
                let thousand = i64::from(current.year() / 1000 * 1000);
                self.found.year = Some(self.number(token, 3, 3)? + thousand);
            }
            "YY" | "RR" => self.found.year = Some(self.number(token, 2, 2)? + century),
            "Y" => {
                let decade = i64::from(current.year() / 10 * 10);
                self.found.year = Some(self.number(token, 1, 1)? + decade);
            }
            "CC" | "SCC" => self.found.year = Some(self.number(token, 2, 2)? * 100),
            "B.C." | "A.D." | "BC" | "AD" => {
                self.found.is_before_christ =
                    self.one_of("BC_AD", &["BC", "B.C.", "AD", "A.D."])? < 2;
            }
            "A.M." | "P.M." | "AM" | "PM" => {
                let half = self.one_of("AM_PM", &["AM", "A.M.", "PM", "P.M."])?;
                self.found.half_of_day = Some(half >= 2);
            }
            "Q" => return Err("token 'Q' not supported yet.".to_owned()),
            other => self.day_or_time(other)?,
        }
        Ok(())
    }

    fn day_or_time(&mut self, token: &str) -> Result<(), String> {
        match token {
            "MONTH" => {
                let month = self.name(&MONTHS)?;
                self.found.set_month(month);
            }
            "MON" => {
                let month = self.name(&MONTHS.map(short))?;
                self.found.set_month(month);
            }
            "MM" => {
                let month = self.number(token, 1, 2)?;
                self.found.set_month(month);
            }
            "RM" => {
                let index = self.one_of(token, &ROMAN_MONTHS)?;
                self.found.set_month(i64::try_from(index + 1).unwrap_or(1));
            }
            "DDD" => self.found.day_of_year = Some(self.number(token, 1, usize::MAX)?),
            "DAY" => _ = self.name(&WEEKDAYS)?,
            "DY" => _ = self.name(&WEEKDAYS.map(short))?,
            "DD" => {
                let day = self.number(token, 1, 2)?;
                self.found.set_day(day);
            }
            "D" => {
                let day = self.number(token, 1, 1)?;
                self.found.set_day(day);
            }
            "J" => {
                let day = self.number(token, 1, usize::MAX)?;
                self.found.absolute_day = Some(day.saturating_sub(JULIAN_EPOCH));
            }
            "HH24" => self.found.hour = self.number(token, 1, 2)?,
            "HH" | "HH12" => self.found.hour_of_half = Some(self.number(token, 1, 2)?),
            "MI" => self.found.minute = self.number(token, 1, 2)?,
            "SS" => self.found.second = self.number(token, 1, 2)?,
            "SSSSS" => {
                let seconds = self.number(token, 1, usize::MAX)?;
                self.found.hour = seconds / 3600 % 24;
                self.found.minute = seconds / 60 % 60;
                self.found.second = seconds % 60;
            }
            "FF" => {
                let before = self.input;
                self.number(token, 1, usize::MAX)?;
                let digits = &before[..before.len() - self.input.len()];
                let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
                self.found.nanoseconds = nine.parse().unwrap_or(0);
            }
            // The zone does not count: the result has none.
            _ => _ = self.number(token, 1, 2)?,
        }
        Ok(())
    }

    /// A number with a sign or none and so many digits.
    fn number(&mut self, token: &str, least: usize, most: usize) -> Result<i64, String> {
        let unsigned = self.input.strip_prefix(['+', '-']).unwrap_or(self.input);
        let is_digit = |digit: &char| digit.is_ascii_digit();
        let count = unsigned.chars().take_while(is_digit).take(most).count();
        let length = self.input.len() - unsigned.len() + count;
        let (digits, rest) = self.input.split_at(length);
        let number = (count >= least).then(|| digits.parse().ok()).flatten();
        let number =
            number.ok_or_else(|| format!("Issue happened when parsing token '{token}'"))?;
        self.input = rest;
        Ok(number)
    }

    fn one_of(&mut self, token: &str, names: &[&str]) -> Result<usize, String> {
        let found = names
            .iter()
            .position(|name| behind(self.input, name).is_some());
        let index = found.ok_or_else(|| format!("Issue happened when parsing token '{token}'"))?;
        self.input = &self.input[names[index].len()..];
        Ok(index)
    }

    /// The number of a name, from one.
    fn name(&mut self, names: &[&str]) -> Result<i64, String> {
        let found = names
            .iter()
            .position(|name| behind(self.input, name).is_some());
        let index = found.ok_or_else(|| {
            let known = names.join(", ");
            format!("Tried to parse one of '[{known}, ]' but failed (may be an internal error?)")
        })?;
        self.input = &self.input[names[index].len()..];
        Ok(i64::try_from(index + 1).unwrap_or(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::text::to_text;

    #[test]
    fn times_are_read_and_failures_drawn() {
        let given = |text: &str, format: &str| {
            [text, format].map(|text| SqlValue::Varchar(text.to_owned()))
        };
        let time = read(
            "TO_DATE",
            "",
            &given("3-feb-2020 02:05 PM", "DD-MON-YYYY HH:MI AM"),
        );
        assert_eq!(to_text(&time.unwrap()), "2020-02-03 14:05:00");
        let failed = read("TO_DATE", "", &given("bad", "YYYY-MM-DD")).unwrap_err();
        assert_eq!(
            failed.to_string(),
            "Function \"TO_DATE\": Invalid date format: \" Issue happened when parsing token \
             'YYYY'. Details: \n    TO_DATE('bad', 'YYYY-MM-DD')\n             ^   ,  ^ <-- Parsing \
             failed at this point\""
        );
    }
}
