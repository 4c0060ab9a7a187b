//! `TO_CHAR`: numbers and times as text, in Oracle's formats as H2 reads them.

mod names;
mod numbers;
mod pictures;
mod times;

pub(super) use names::{MONTHS, WEEKDAYS, behind, short};

use super::times::moment;
use super::{Function, up_to};
use crate::sql::error::{SqlError, code};
use crate::sql::text::to_text;
use crate::sql::types::SqlType::{self, Decimal, Timestamp, Varchar};
use crate::sql::value::SqlValue;

/// The names of `TO_CHAR` for the types of its first argument, which SQL cannot write.
pub(crate) fn name_for(ty: SqlType) -> Option<&'static str> {
    match ty {
        // A byte is shown as it is, whatever the format.
        SqlType::TinyInt => None,
        ty if ty.is_number() => Some(OF_NUMBER),
        ty if ty.is_temporal() => Some(OF_TIME),
        _ => None,
    }
}

const OF_NUMBER: &str = "to_char_number";
const OF_TIME: &str = "to_char_time";

pub(super) fn all() -> Vec<Function> {
    let parameters = |first| up_to(&[first, Varchar, Varchar], 1);
    vec![
        Function::new(OF_NUMBER, parameters(Decimal), Varchar, |values| {
            let SqlValue::Decimal(number) = &values[0] else {
                return Ok(SqlValue::Null);
            };
            numbers::text(number, format(values)).map(SqlValue::Varchar)
        }),
        Function::new(OF_TIME, parameters(Timestamp), Varchar, |values| {
            let Some(moment) = moment(&values[0]) else {
                return Ok(SqlValue::Varchar(to_text(&values[0])));
            };
            times::text(moment, format(values)).map(SqlValue::Varchar)
        }),
    ]
}

fn format(values: &[SqlValue]) -> Option<&str> {
    match values.get(1) {
        Some(SqlValue::Varchar(format)) => Some(format),
        _ => None,
    }
}

/// The text with as many of these before it as make it so wide.
fn right_aligned(text: &str, width: usize, fill: char) -> String {
    let missing = width.saturating_sub(text.chars().count());
    std::iter::repeat_n(fill, missing)
        .chain(text.chars())
        .collect()
}

fn invalid_format(format: &str) -> SqlError {
    let message = format!("Invalid TO_CHAR format \"{format}\"");
    SqlError::parse(code::TO_CHAR_FORMAT, message)
}
