//! Functions that look for text in text, and put other text in its place.

use super::strings::{Outcome, count, made, of_units, text, units};
use super::{Function, each, of_nullable, up_to};
use crate::sql::types::SqlType::{Int, Varchar};
use crate::sql::value::SqlValue;

pub(super) fn all() -> Vec<Function> {
    let find = || up_to(&[Varchar, Varchar, Int], 2);
    vec![
        Function::new("LOCATE", find(), Int, |values| locate(values, 0, 1)),
        Function::new("CHARINDEX", find(), Int, |values| locate(values, 0, 1)),
        Function::new("POSITION", each(&[Varchar, Varchar]), Int, |values| {
            locate(values, 0, 1)
        }),
        Function::new("INSTR", find(), Int, |values| locate(values, 1, 0)),
        Function::new(
            "REPLACE",
            up_to(&[Varchar, Varchar, Varchar], 2),
            Varchar,
            |values| match text(values, 1) {
                "" => made(text(values, 0).to_owned()),
                old => made(text(values, 0).replace(old, text(values, 2))),
            },
        ),
        Function::new(
            "TRANSLATE",
            each(&[Varchar, Varchar, Varchar]),
            Varchar,
            translate,
        ),
        of_nullable(Function::new(
            "INSERT",
            each(&[Varchar, Int, Int, Varchar]),
            Varchar,
            insert,
        )),
    ]
}

/// The place of the needle, from a place on; before it and backwards for a negative one.
fn locate(values: &[SqlValue], needle: usize, hay: usize) -> Outcome {
    let (hay, needle) = (units(text(values, hay)), units(text(values, needle)));
    let is_at = |position: &usize| hay[*position..].starts_with(&needle);
    let places = 0..=hay.len().saturating_sub(needle.len());
    let found = match values.get(2) {
        Some(SqlValue::Int(start)) if *start < 0 => {
            let last = hay.len().checked_sub(start.unsigned_abs() as usize);
            let last = last.filter(|_| needle.len() <= hay.len());
            last.and_then(|last| places.rev().filter(|place| *place <= last).find(is_at))
        }
        _ => {
            let first = count(values, 2).saturating_sub(1);
            places.skip(first).find(is_at)
        }
    };
    let position = found.map_or(0, |found| found + 1);
    Ok(SqlValue::Int(i32::try_from(position).unwrap_or(i32::MAX)))
}

/// A character that has none to take its place stays.
fn translate(values: &[SqlValue]) -> Outcome {
    let (from, to) = (text(values, 1), text(values, 2));
    let other = |character: char| {
        let position = from.chars().position(|known| known == character)?;
        to.chars().nth(position)
    };
    let all = text(values, 0).chars();
    made(
        all.map(|character| other(character).unwrap_or(character))
            .collect(),
    )
}

fn insert(values: &[SqlValue]) -> Outcome {
    if values[1].is_null() || values[2].is_null() {
        return Ok(values[1].clone());
    }
    match (&values[0], &values[3]) {
        (SqlValue::Null, other) | (other, SqlValue::Null) => return Ok(other.clone()),
        _ => {}
    }
    let (old, new) = (units(text(values, 0)), units(text(values, 3)));
    let Some(start) = count(values, 1)
        .checked_sub(1)
        .filter(|start| *start <= old.len())
    else {
        return made(text(values, 0).to_owned());
    };
    let length = count(values, 2);
    if length == 0 || new.is_empty() {
        return made(text(values, 0).to_owned());
    }
    let end = start.saturating_add(length).min(old.len());
    of_units(&[&old[..start], &new, &old[end..]].concat())
}
