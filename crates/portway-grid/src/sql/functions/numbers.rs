//! Functions of numbers.

use bigdecimal::num_traits::Signed;
use bigdecimal::{BigDecimal, RoundingMode};

use super::{Function, each};
use crate::sql::convert::{narrow, to_decimal, to_double};
use crate::sql::error::SqlError;
use crate::sql::types::SqlType::{BigInt, Boolean, Double, Int};
use crate::sql::value::SqlValue;

/// The largest number of digits that rounding looks at.
const MOST_DIGITS: i64 = 300;

type Outcome = Result<SqlValue, SqlError>;

macro_rules! of_double {
    ($($name:literal => $body:expr),+ $(,)?) => {
        [$(Function::new($name, each(&[Double]), Double, |values| {
            let number: fn(f64) -> f64 = $body;
            Ok(SqlValue::Double(number(to_double(&values[0])?)))
        })),+]
    };
}

pub(super) fn all() -> Vec<Function> {
    let mut functions: Vec<Function> = of_double! {
        "ACOS" => f64::acos, "ASIN" => f64::asin, "ATAN" => f64::atan, "CEIL" => f64::ceil,
        "CEILING" => f64::ceil, "COS" => f64::cos, "COSH" => f64::cosh, "DEGREES" => f64::to_degrees,
        "EXP" => f64::exp, "FLOOR" => f64::floor, "LN" => f64::ln, "LOG" => f64::ln,
        "LOG10" => f64::log10, "RADIANS" => f64::to_radians, "SIN" => f64::sin, "SINH" => f64::sinh,
        "SQRT" => f64::sqrt, "TAN" => f64::tan, "TANH" => f64::tanh,
    }
    .into();
    functions.extend([
        Function::new("COT", each(&[Double]), Double, |values| {
            let tangent = to_double(&values[0])?.tan();
            if tangent == 0.0 {
                return Err(super::arithmetic::division_by_zero(&values[0]));
            }
            Ok(SqlValue::Double(1.0 / tangent))
        }),
        Function::new("ROUNDMAGIC", each(&[Double]), Double, |values| {
            to_double(&values[0]).map(|number| SqlValue::Double(without_noise(number)))
        }),
        Function::new("ATAN2", each(&[Double, Double]), Double, |values| {
            two(values, f64::atan2)
        }),
        Function::new("POWER", each(&[Double, Double]), Double, |values| {
            two(values, f64::powf)
        }),
        Function::new("MOD", each(&[BigInt, BigInt]), BigInt, |values| {
            super::arithmetic::compute(
                super::arithmetic::Operator::Remainder,
                &values[0],
                &values[1],
                BigInt,
            )
        }),
        // What the translation makes of RAND with a seed.
        Function::new("rand_of", each(&[Int]), Double, |values| {
            let SqlValue::Int(seed) = values[0] else {
                return Ok(SqlValue::Null);
            };
            Ok(SqlValue::Double(first_random(seed)))
        }),
        Function::new("PI", each(&[]), Double, |_| {
            Ok(SqlValue::Double(std::f64::consts::PI))
        }),
        Function::new("ZERO", each(&[]), Int, |_| Ok(SqlValue::Int(0))),
        Function::new("SIGN", each(&[Double]), Int, |values| {
            let number = to_double(&values[0])?;
            Ok(SqlValue::Int(
                i32::from(number > 0.0) - i32::from(number < 0.0),
            ))
        }),
        Function::new("ROUND", super::up_to(&[Double, Int], 1), Double, round),
        Function::new("BITAND", each(&[BigInt, BigInt]), BigInt, |values| {
            bits(values, |a, b| a & b)
        }),
        Function::new("BITOR", each(&[BigInt, BigInt]), BigInt, |values| {
            bits(values, |a, b| a | b)
        }),
        Function::new("BITXOR", each(&[BigInt, BigInt]), BigInt, |values| {
            bits(values, |a, b| a ^ b)
        }),
        Function::new("BITGET", each(&[BigInt, BigInt]), Boolean, |values| {
            // The low six bits say which, as in Java.
            let bit = |a: i64, b: i64| a >> (b & 63) & 1;
            let found = bits(values, bit)?;
            Ok(SqlValue::Boolean(found == SqlValue::BigInt(1)))
        }),
    ]);
    functions
}

/// The first double of Java's `Random` with this seed.
fn first_random(seed: i32) -> f64 {
    const MULTIPLIER: i64 = 0x5_DEEC_E66D;
    const MASK: i64 = (1 << 48) - 1;
    let mut state = (i64::from(seed) ^ MULTIPLIER) & MASK;
    let mut next = |bits: u32| {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        state >> (48 - bits)
    };
    let digits = (next(26) << 27) + next(27);
    #[expect(clippy::cast_precision_loss, reason = "it has 53 bits, as a double")]
    let digits = digits as f64;
    digits / (1_i64 << 53) as f64
}

fn two(values: &[SqlValue], compute: fn(f64, f64) -> f64) -> Outcome {
    let (a, b) = (to_double(&values[0])?, to_double(&values[1])?);
    Ok(SqlValue::Double(compute(a, b)))
}

fn bits(values: &[SqlValue], compute: fn(i64, i64) -> i64) -> Outcome {
    match values {
        [SqlValue::BigInt(a), SqlValue::BigInt(b)] => Ok(SqlValue::BigInt(compute(*a, *b))),
        _ => Ok(SqlValue::Null),
    }
}

fn digits(values: &[SqlValue]) -> i64 {
    match values.get(1) {
        Some(SqlValue::Int(digits)) => i64::from(*digits).clamp(-MOST_DIGITS, MOST_DIGITS),
        _ => 0,
    }
}

/// As Java computes it, in doubles: 1.005 is a little less than it looks.
fn round(values: &[SqlValue]) -> Outcome {
    let number = to_double(&values[0])?;
    let factor = 10_f64.powf(digits(values) as f64);
    let moved = number * factor;
    if moved.is_nan() {
        // As Java's `Math.round`.
        return Ok(SqlValue::Double(0.0));
    }
    let sign = if moved > 0.0 { 1.0 } else { -1.0 };
    Ok(SqlValue::Double(
        (moved.abs() + 0.5).floor() / factor * sign,
    ))
}

/// The largest scale of H2: digits are written out.
const LARGEST_SCALE: usize = 32_767;

/// A number with so many digits behind the point, and at most so many at all.
pub(super) fn limited(number: &BigDecimal, scale: usize, precision: usize) -> Outcome {
    let scale = i64::try_from(scale.min(LARGEST_SCALE)).unwrap_or(0);
    let rounded = number.with_scale_round(scale, RoundingMode::HalfUp);
    if rounded.digits() > u64::try_from(precision).unwrap_or(u64::MAX) {
        return Err(crate::sql::convert::out_of_range(&precision.to_string()));
    }
    Ok(SqlValue::Decimal(rounded))
}

/// A number without its sign, in its own type.
pub(super) fn absolute(value: &SqlValue) -> Outcome {
    // Of the widest type H2 shows the number itself, of the others what it would have been.
    let overflow = || {
        let shown = crate::sql::text::to_text(value);
        let negated = shown.trim_start_matches('-');
        let is_widest = matches!(value, SqlValue::BigInt(_));
        crate::sql::convert::out_of_range(if is_widest { &shown } else { negated })
    };
    Ok(match value {
        SqlValue::TinyInt(number) => SqlValue::TinyInt(number.checked_abs().ok_or_else(overflow)?),
        SqlValue::SmallInt(number) => {
            SqlValue::SmallInt(number.checked_abs().ok_or_else(overflow)?)
        }
        SqlValue::Int(number) => SqlValue::Int(number.checked_abs().ok_or_else(overflow)?),
        SqlValue::BigInt(number) => SqlValue::BigInt(number.checked_abs().ok_or_else(overflow)?),
        SqlValue::Decimal(number) => SqlValue::Decimal(number.abs()),
        SqlValue::Real(number) => SqlValue::Real(number.abs()),
        SqlValue::Double(number) => SqlValue::Double(number.abs()),
        other => other.clone(),
    })
}

/// A number with some digits behind the point cut off.
pub(super) fn truncate(value: &SqlValue, digits: &SqlValue) -> Outcome {
    let scale = super::numbers::digits(&[SqlValue::Null, digits.clone()]);
    let cut = to_decimal(value)?.with_scale_round(scale, RoundingMode::Down);
    Ok(match value {
        SqlValue::Decimal(_) => SqlValue::Decimal(cut),
        SqlValue::Real(_) => SqlValue::Real(narrow(to_double(&SqlValue::Decimal(cut))?)),
        _ => SqlValue::Double(to_double(&SqlValue::Decimal(cut))?),
    })
}

/// A double without what computing in doubles adds to its last digits: zeros or nines.
fn without_noise(number: f64) -> f64 {
    const SMALLEST: f64 = 1e-13;
    const LARGEST: f64 = 1e12;
    if number.abs() < SMALLEST {
        return 0.0;
    }
    let text = crate::sql::text::to_text(&SqlValue::Double(number));
    let point = text.find('.').unwrap_or(text.len());
    if number.abs() > LARGEST || text.contains('E') || text.len() < 16 || point + 3 > text.len() {
        return number;
    }
    let kept = &text[..text.len() - 2];
    let (head, last) = kept.split_at(kept.len() - 1);
    let plain = match (head.ends_with("000"), head.ends_with("999")) {
        (true, _) => format!("{head}0"),
        (_, true) => format!("{head}9999"),
        _ => format!("{head}{last}"),
    };
    plain.parse().unwrap_or(number)
}
