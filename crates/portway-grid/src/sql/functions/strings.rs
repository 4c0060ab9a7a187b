//! Functions of text. Positions count from one, in UTF-16 units as Java does.

use super::{Function, each, up_to};
use crate::sql::error::SqlError;
use crate::sql::types::SqlType::{BigInt, Int, Varchar};
use crate::sql::value::SqlValue;

pub(super) type Outcome = Result<SqlValue, SqlError>;

/// The longest text that a function makes: a statement must not fill the memory.
pub(super) const LONGEST: usize = 16 << 20;

pub(super) fn all() -> Vec<Function> {
    let mut functions = cases_and_lengths();
    functions.extend(parts());
    functions
}

fn cases_and_lengths() -> Vec<Function> {
    let one = |name, body| Function::new(name, each(&[Varchar]), Varchar, body);
    let upper = |values: &[SqlValue]| made(text(values, 0).to_uppercase());
    let lower = |values: &[SqlValue]| made(text(values, 0).to_lowercase());
    vec![
        one("UPPER", upper),
        one("UCASE", upper),
        one("LOWER", lower),
        one("LCASE", lower),
        // What the translation makes of LENGTH and its like.
        Function::new("units", each(&[Varchar]), BigInt, |values| {
            long_of(text(values, 0).encode_utf16().count())
        }),
    ]
}

fn parts() -> Vec<Function> {
    let three = || up_to(&[Varchar, Int, Int], 2);
    let trim = || up_to(&[Varchar, Varchar], 1);
    let pad = || up_to(&[Varchar, Int, Varchar], 2);
    vec![
        Function::new("SUBSTRING", three(), Varchar, substring),
        Function::new("SUBSTR", three(), Varchar, substring),
        Function::new("LEFT", each(&[Varchar, Int]), Varchar, |values| {
            let units = units(text(values, 0));
            of_units(&units[..count(values, 1).min(units.len())])
        }),
        Function::new("RIGHT", each(&[Varchar, Int]), Varchar, |values| {
            let units = units(text(values, 0));
            of_units(&units[units.len().saturating_sub(count(values, 1))..])
        }),
        Function::new("TRIM", trim(), Varchar, |values| {
            let trimmed = text(values, 0).trim_matches(pad_of(values, 1));
            made(trimmed.to_owned())
        }),
        Function::new("LTRIM", trim(), Varchar, |values| {
            made(
                text(values, 0)
                    .trim_start_matches(pad_of(values, 1))
                    .to_owned(),
            )
        }),
        Function::new("RTRIM", trim(), Varchar, |values| {
            made(
                text(values, 0)
                    .trim_end_matches(pad_of(values, 1))
                    .to_owned(),
            )
        }),
        Function::new("LPAD", pad(), Varchar, |values| padded(values, true)),
        Function::new("RPAD", pad(), Varchar, |values| padded(values, false)),
        Function::new("REPEAT", each(&[Varchar, Int]), Varchar, |values| {
            let count = count(values, 1).min(LONGEST / text(values, 0).len().max(1));
            made(text(values, 0).repeat(count))
        }),
        Function::new("SPACE", each(&[Int]), Varchar, |values| {
            made(" ".repeat(count(values, 0).min(LONGEST)))
        }),
    ]
}

/// The UTF-16 units of a text, in which Java counts.
pub(super) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

pub(super) fn of_units(units: &[u16]) -> Outcome {
    made(String::from_utf16_lossy(units))
}

pub(super) fn text(values: &[SqlValue], index: usize) -> &str {
    match values.get(index) {
        Some(SqlValue::Varchar(text)) => text,
        _ => "",
    }
}

pub(super) fn count(values: &[SqlValue], index: usize) -> usize {
    match values.get(index) {
        Some(SqlValue::Int(number)) => usize::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

pub(super) fn made(text: String) -> Outcome {
    Ok(SqlValue::Varchar(text))
}

fn long_of(number: usize) -> Outcome {
    Ok(SqlValue::BigInt(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn pad_of(values: &[SqlValue], index: usize) -> char {
    text(values, index).chars().next().unwrap_or(' ')
}

fn substring(values: &[SqlValue]) -> Outcome {
    let units = units(text(values, 0));
    let start = match values.get(1) {
        Some(SqlValue::Int(start)) if *start < 0 => {
            units.len().saturating_sub(start.unsigned_abs() as usize)
        }
        _ => count(values, 1).saturating_sub(1).min(units.len()),
    };
    let rest = &units[start..];
    let wanted = if values.len() > 2 {
        count(values, 2)
    } else {
        rest.len()
    };
    of_units(&rest[..wanted.min(rest.len())])
}

fn padded(values: &[SqlValue], on_the_left: bool) -> Outcome {
    let wanted = count(values, 1).min(LONGEST);
    let units = units(text(values, 0));
    if wanted <= units.len() {
        return of_units(&units[..wanted]);
    }
    let pad = std::iter::repeat_n(pad_of(values, 2), wanted - units.len());
    made(if on_the_left {
        pad.chain(text(values, 0).chars()).collect()
    } else {
        text(values, 0).chars().chain(pad).collect()
    })
}

/// The texts behind the first, with that between them; an empty one adds none.
pub(super) fn concatenated(values: &[SqlValue]) -> SqlValue {
    let separator = text(values, 0);
    let mut all: Option<String> = None;
    for value in values.iter().skip(1) {
        let SqlValue::Varchar(part) = value else {
            continue;
        };
        match &mut all {
            None => all = Some(part.clone()),
            Some(all) if part.is_empty() => all.push_str(part),
            Some(all) => all.extend([separator, part]),
        }
    }
    let nothing = match values.first() {
        Some(SqlValue::Varchar(_)) => SqlValue::Varchar(String::new()),
        _ => SqlValue::Null,
    };
    all.map_or(nothing, SqlValue::Varchar)
}
