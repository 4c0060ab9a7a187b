//! Formats of numbers that are no pictures of digits: plain, scientific, Roman, hexadecimal.

use bigdecimal::num_traits::{Signed, ToPrimitive};
use bigdecimal::{BigDecimal, RoundingMode};

use super::names::roman;
use super::pictures::Picture;
use super::right_aligned;
use crate::sql::convert::out_of_range;
use crate::sql::error::SqlError;
use crate::sql::text::to_text;
use crate::sql::value::SqlValue;

/// The width of a Roman number, as in Oracle.
const ROMAN_WIDTH: usize = 15;

/// The most zeros that a number is written with: a statement must not fill the memory.
const LARGEST_SCALE: u64 = 10_000;

/// The number in this format; plain without one.
pub(super) fn text(number: &BigDecimal, format: Option<&str>) -> Result<String, SqlError> {
    let (_, scale) = number.as_bigint_and_exponent();
    if scale.unsigned_abs() > LARGEST_SCALE {
        let shown = to_text(&SqlValue::Decimal(number.clone()));
        return Err(out_of_range(&shown));
    }
    let Some(format) = format else {
        return Ok(plain(number));
    };
    let upper = format.to_uppercase();
    Ok(match upper.as_str() {
        "TM" | "TM9" => plain(number),
        "TME" => scientific(number),
        "RN" => cased(
            format.starts_with('r'),
            format!("{:>ROMAN_WIDTH$}", of_whole(number)),
        ),
        "FMRN" => cased(format[2..].starts_with('r'), of_whole(number)),
        _ if upper.ends_with('X') => hexadecimal(number, format, upper.starts_with("FM")),
        _ => Picture::new(format)?.write(number)?,
    })
}

/// Without the zero before a point.
fn plain(number: &BigDecimal) -> String {
    let text = number.to_plain_string();
    match text.strip_prefix("0.") {
        Some(fraction) => format!(".{fraction}"),
        None => text,
    }
}

fn scientific(number: &BigDecimal) -> String {
    let (power, mantissa) = normalized(number);
    format!("{}{}", mantissa.to_plain_string(), exponent(power))
}

/// The power of ten of the first digit, and the number with its point behind that digit.
pub(super) fn normalized(number: &BigDecimal) -> (i64, BigDecimal) {
    let (unscaled, scale) = number.as_bigint_and_exponent();
    let digits = unscaled.abs().to_string().len();
    let power = i64::try_from(digits).unwrap_or(i64::MAX) - scale - 1;
    (power, with_scale_at_least_zero(unscaled, scale + power))
}

/// As Java moves the point: digits before it are written out.
pub(super) fn with_scale_at_least_zero(
    unscaled: bigdecimal::num_bigint::BigInt,
    scale: i64,
) -> BigDecimal {
    let moved = BigDecimal::new(unscaled, scale);
    if scale < 0 {
        moved.with_scale(0)
    } else {
        moved
    }
}

pub(super) fn exponent(power: i64) -> String {
    let sign = if power < 0 { '-' } else { '+' };
    format!("E{sign}{:02}", power.abs())
}

fn cased(lower: bool, text: String) -> String {
    if lower { text.to_lowercase() } else { text }
}

fn of_whole(number: &BigDecimal) -> String {
    roman(number.to_u32().unwrap_or(0))
}

fn hexadecimal(number: &BigDecimal, format: &str, is_trimmed: bool) -> String {
    let places = format
        .chars()
        .filter(|place| "0Xx".contains(*place))
        .count();
    let whole = number.with_scale_round(0, RoundingMode::HalfUp);
    // Java keeps the low 32 bits of a larger number, with its sign.
    let (bits, _) = whole.as_bigint_and_exponent();
    let low = bits & bigdecimal::num_bigint::BigInt::from(u32::MAX);
    let digits = format!("{:x}", low.to_u32().unwrap_or(0));
    if places < digits.len() {
        return "#".repeat(places + 1);
    }
    let digits = cased(format.contains('x'), digits.to_uppercase());
    let digits = if format.starts_with('0') {
        right_aligned(&digits, places, '0')
    } else {
        digits
    };
    let width = format.chars().count() + 1;
    if is_trimmed {
        digits
    } else {
        right_aligned(&digits, width, ' ')
    }
}
