//! `TRUNCATE_VALUE`: a value with so many characters, bytes or digits.

use super::strings::{Outcome, of_units};
use crate::sql::convert::convert;
use crate::sql::error::{SqlError, code};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// The value with this length; `force`: a number may lose its exactness for it.
pub(super) fn truncated(values: &[SqlValue; 2], force: bool) -> Outcome {
    let [value, SqlValue::Int(length)] = values else {
        return Ok(SqlValue::Null);
    };
    let fits = |whole: usize| i64::try_from(whole).is_ok_and(|whole| whole <= i64::from(*length));
    let kept = usize::try_from(*length).unwrap_or(0);
    match value {
        SqlValue::Varchar(text) => {
            let units: Vec<u16> = text.encode_utf16().collect();
            match *length {
                0 => Ok(value.clone()),
                _ if fits(units.len()) => Ok(value.clone()),
                ..0 => Err(beyond(*length, units.len())),
                _ => of_units(&units[..kept]),
            }
        }
        SqlValue::Binary(bytes) if !fits(bytes.len()) => {
            Ok(SqlValue::Binary(bytes[..kept].to_vec()))
        }
        SqlValue::Decimal(number) if !fits(digits(number)) => match force {
            // It becomes what a double is printed as, whatever its length.
            true => convert(convert(value.clone(), SqlType::Double)?, SqlType::Decimal),
            false => {
                let message = format!("Numeric value out of range: \"{length}\"");
                Err(SqlError::parse(code::OUT_OF_RANGE, message))
            }
        },
        other => Ok(other.clone()),
    }
}

fn digits(number: &bigdecimal::BigDecimal) -> usize {
    usize::try_from(number.digits()).unwrap_or(usize::MAX)
}

/// What Java says where a text is to have fewer characters than none.
fn beyond(length: i32, whole: usize) -> SqlError {
    let message = format!(
        "General error: \"java.lang.StringIndexOutOfBoundsException: begin 0, end {length}, \
         length {whole}\""
    );
    SqlError::parse(code::GENERAL, message)
}
