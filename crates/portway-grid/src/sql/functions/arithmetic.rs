//! `+ - * / %` in each type of numbers, with H2's range checks.

use bigdecimal::{BigDecimal, RoundingMode, Zero};

use crate::sql::convert::{narrow, out_of_range, to_decimal, to_double};
use crate::sql::error::{SqlError, code};
use crate::sql::text::to_text;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// Digits that a quotient of decimals has more than its dividend.
const DIVIDE_SCALE_ADD: i64 = 25;

/// An operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(crate) const ALL: [Self; 5] = [
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Remainder,
    ];

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

/// Computes in type `ty`, which both values have.
pub(crate) fn compute(
    operator: Operator,
    left: &SqlValue,
    right: &SqlValue,
    ty: SqlType,
) -> Result<SqlValue, SqlError> {
    match ty {
        SqlType::Real => {
            let result = of_doubles(operator, left, right)?;
            Ok(SqlValue::Real(narrow(result)))
        }
        SqlType::Double => of_doubles(operator, left, right).map(SqlValue::Double),
        SqlType::Decimal => of_decimals(operator, left, right).map(SqlValue::Decimal),
        ty => of_integers(operator, left, right, ty),
    }
}

pub(super) fn division_by_zero(dividend: &SqlValue) -> SqlError {
    let message = format!("Division by zero: \"{}\"", to_text(dividend));
    SqlError::parse(code::DIVISION_BY_ZERO, message)
}

fn of_integers(
    operator: Operator,
    left: &SqlValue,
    right: &SqlValue,
    ty: SqlType,
) -> Result<SqlValue, SqlError> {
    let (a, b) = (integer(left), integer(right));
    if b == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(division_by_zero(left));
    }
    let result = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::Remainder => a % b,
    };
    i64::try_from(result)
        .ok()
        .and_then(|result| SqlValue::integer(result, ty))
        .ok_or_else(|| match ty {
            // Of the widest type H2 shows the first operand.
            SqlType::BigInt => out_of_range(&to_text(left)),
            _ => out_of_range(&result.to_string()),
        })
}

fn integer(value: &SqlValue) -> i128 {
    match value {
        SqlValue::TinyInt(value) => i128::from(*value),
        SqlValue::SmallInt(value) => i128::from(*value),
        SqlValue::Int(value) => i128::from(*value),
        SqlValue::BigInt(value) => i128::from(*value),
        SqlValue::Boolean(value) => i128::from(*value),
        _ => 0,
    }
}

fn of_doubles(operator: Operator, left: &SqlValue, right: &SqlValue) -> Result<f64, SqlError> {
    let (a, b) = (to_double(left)?, to_double(right)?);
    if b == 0.0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(division_by_zero(left));
    }
    Ok(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::Remainder => a % b,
    })
}

fn of_decimals(
    operator: Operator,
    left: &SqlValue,
    right: &SqlValue,
) -> Result<BigDecimal, SqlError> {
    let (a, b) = (to_decimal(left)?, to_decimal(right)?);
    if b.is_zero() && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(division_by_zero(left));
    }
    Ok(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => divide(&a, &b),
        Operator::Remainder => a % b,
    })
}

/// The quotient to 25 digits more than the dividend has, without trailing zeros.
pub(crate) fn divide(dividend: &BigDecimal, divisor: &BigDecimal) -> BigDecimal {
    let scale = dividend.fractional_digit_count() + DIVIDE_SCALE_ADD;
    let quotient = (dividend / divisor).with_scale_round(scale, RoundingMode::HalfDown);
    if quotient.is_zero() {
        return BigDecimal::zero();
    }
    let plain = quotient.normalized();
    match plain.fractional_digit_count() {
        ..0 => plain.with_scale(0),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ints(operator: Operator, left: i32, right: i32) -> Result<SqlValue, SqlError> {
        let (left, right) = (SqlValue::Int(left), SqlValue::Int(right));
        compute(operator, &left, &right, SqlType::Int)
    }

    #[test]
    fn whole_numbers_keep_their_type_and_range() {
        assert_eq!(of_ints(Operator::Divide, 7, 2).unwrap(), SqlValue::Int(3));
        let error = of_ints(Operator::Add, i32::MAX, 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Numeric value out of range: \"2147483648\""
        );
        let error = of_ints(Operator::Divide, 1, 0).unwrap_err();
        assert_eq!(error.to_string(), "Division by zero: \"1\"");
    }

    #[test]
    fn decimals_are_divided_as_by_h2() {
        let divided = |left: &str, right: &str| {
            let [left, right] = [left, right].map(|text| SqlValue::Decimal(text.parse().unwrap()));
            to_text(&compute(Operator::Divide, &left, &right, SqlType::Decimal).unwrap())
        };
        assert_eq!(divided("1.0", "3"), "0.33333333333333333333333333");
        assert_eq!(divided("10.5", "3"), "3.5");
    }
}
