//! How H2 compares values whose types show late (`Value.compareTo`): null is the least, values of
//! two types meet in the one that wins, and arrays are compared element by element.

use std::cmp::Ordering;

use super::{Array, coded};
use crate::sql::convert::convert;
use crate::sql::error::SqlError;
use crate::sql::value::SqlValue;

/// The collation of texts of [`coded`].
pub(crate) const COLLATION: &str = "value";

/// The order of two values.
///
/// # Errors
/// When one has no form in the type of the other.
pub(crate) fn compare(one: &SqlValue, two: &SqlValue) -> Result<Ordering, SqlError> {
    if one.is_null() || two.is_null() {
        return Ok(two.is_null().cmp(&one.is_null()));
    }
    let (from, to) = (one.sql_type(), two.sql_type());
    if from == to {
        return of_one_type(one, two);
    }
    let ty = from.common(to);
    of_one_type(&convert(one.clone(), ty)?, &convert(two.clone(), ty)?)
}

fn of_one_type(one: &SqlValue, two: &SqlValue) -> Result<Ordering, SqlError> {
    use SqlValue as V;

    Ok(match (one, two) {
        (V::Varchar(one), V::Varchar(two)) => one.encode_utf16().cmp(two.encode_utf16()),
        (V::Boolean(one), V::Boolean(two)) => one.cmp(two),
        (V::TinyInt(one), V::TinyInt(two)) => one.cmp(two),
        (V::SmallInt(one), V::SmallInt(two)) => one.cmp(two),
        (V::Int(one), V::Int(two)) => one.cmp(two),
        (V::BigInt(one), V::BigInt(two))
        | (V::Time(one), V::Time(two))
        | (V::Date(one), V::Date(two)) => one.cmp(two),
        (V::Decimal(one), V::Decimal(two)) => one.cmp(two),
        (V::Real(one), V::Real(two)) => floats(f64::from(*one), f64::from(*two)),
        (V::Double(one), V::Double(two)) => floats(*one, *two),
        (V::Timestamp(one), V::Timestamp(two)) => {
            (one.milliseconds, one.nanoseconds).cmp(&(two.milliseconds, two.nanoseconds))
        }
        (V::Binary(one), V::Binary(two)) => one.cmp(two),
        (V::Object(one), V::Object(two)) => one.as_bytes().cmp(two.as_bytes()),
        (V::Uuid(one), V::Uuid(two)) => signed(*one).cmp(&signed(*two)),
        (V::Array(one), V::Array(two)) => arrays(one, two)?,
        // Values of one type are of one variant.
        _ => Ordering::Equal,
    })
}

fn arrays(one: &Array, two: &Array) -> Result<Ordering, SqlError> {
    for (one, two) in one.elements.iter().zip(&two.elements) {
        let order = compare(one, two)?;
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(one.elements.len().cmp(&two.elements.len()))
}

/// As Java's `Double.compare`: what is no number is the greatest, and equal to itself.
fn floats(one: f64, two: f64) -> Ordering {
    one.partial_cmp(&two)
        .unwrap_or_else(|| one.is_nan().cmp(&two.is_nan()))
}

/// Java compares both halves with sign.
fn signed(uuid: uuid::Uuid) -> (i64, i64) {
    let (high, low) = uuid.as_u64_pair();
    (high.cast_signed(), low.cast_signed())
}

/// Whether two values are of one type and equal (`Value.equals`): 1 is neither 1.0 nor '1'.
pub(crate) fn is_same(one: &SqlValue, two: &SqlValue) -> bool {
    match (one, two) {
        (SqlValue::Array(one), SqlValue::Array(two)) => {
            let pairs = one.elements.iter().zip(&two.elements);
            one.elements.len() == two.elements.len()
                && pairs.into_iter().all(|(one, two)| is_same(one, two))
        }
        (SqlValue::Decimal(one), SqlValue::Decimal(two)) => {
            one == two && one.fractional_digit_count() == two.fractional_digit_count()
        }
        _ => one.sql_type() == two.sql_type() && compare(one, two).is_ok_and(Ordering::is_eq),
    }
}

/// The order of two texts of values. What cannot be compared is ordered by its text: a collation
/// cannot fail.
pub(crate) fn compare_coded(one: &str, two: &str) -> Ordering {
    if one == two {
        return Ordering::Equal;
    }
    let order = match (coded::decode(one), coded::decode(two)) {
        (Some(one), Some(two)) => compare(&one, &two).ok(),
        _ => None,
    };
    order.unwrap_or_else(|| one.cmp(two))
}
