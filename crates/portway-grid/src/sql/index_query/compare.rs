//! How the values of criteria are compared with each other and with those of an index
//! (`IndexRowComparatorImpl`): numbers with numbers, moments with moments, everything else with its own
//! kind.

use std::cmp::Ordering;

use bigdecimal::num_traits::{ToPrimitive, Zero};
use portway_ignite_protocol::Timestamp;

use super::Refused;
use crate::sql::convert::{convert, to_decimal, to_double};
use crate::sql::text::to_text;
use crate::sql::types::SqlType;
use crate::sql::value::{DAY, SqlValue};

/// Values that can be compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Moment,
    TimeOfDay,
    Uuid,
    Bytes,
    Object,
}

impl Kind {
    fn of(ty: SqlType) -> Self {
        match ty {
            SqlType::Boolean => Self::Number,
            ty if ty.is_number() => Self::Number,
            SqlType::Varchar => Self::Text,
            SqlType::Date | SqlType::Timestamp => Self::Moment,
            SqlType::Time => Self::TimeOfDay,
            SqlType::Uuid => Self::Uuid,
            SqlType::Binary => Self::Bytes,
            _ => Self::Object,
        }
    }
}

/// The order of two values of criteria; null is the least.
///
/// # Errors
/// For values that cannot be compared.
pub(super) fn compare(one: &SqlValue, two: &SqlValue) -> Result<Ordering, Refused> {
    let unlike = || unlike(one, two);
    if one.is_null() || two.is_null() {
        return Ok(two.is_null().cmp(&one.is_null()));
    }
    let kind = Kind::of(one.sql_type());
    if kind != Kind::of(two.sql_type()) {
        return Err(unlike());
    }
    match (one, two) {
        (SqlValue::Varchar(one), SqlValue::Varchar(two)) => {
            Ok(one.encode_utf16().cmp(two.encode_utf16()))
        }
        (SqlValue::Uuid(one), SqlValue::Uuid(two)) => {
            let signed = |uuid: &uuid::Uuid| {
                let (high, low) = uuid.as_u64_pair();
                (high.cast_signed(), low.cast_signed())
            };
            Ok(signed(one).cmp(&signed(two)))
        }
        (SqlValue::Binary(one), SqlValue::Binary(two)) => Ok(one.cmp(two)),
        (SqlValue::Object(one), SqlValue::Object(two)) => Ok(one.as_bytes().cmp(two.as_bytes())),
        _ if kind == Kind::Number => numbers(one, two).ok_or_else(unlike),
        _ => {
            let moment = |value: &SqlValue| convert(value.clone(), SqlType::Timestamp).ok();
            match (moment(one), moment(two)) {
                (Some(SqlValue::Timestamp(one)), Some(SqlValue::Timestamp(two))) => {
                    let parts = |at: Timestamp| (at.milliseconds, at.nanoseconds);
                    Ok(parts(one).cmp(&parts(two)))
                }
                _ => Err(unlike()),
            }
        }
    }
}

fn numbers(one: &SqlValue, two: &SqlValue) -> Option<Ordering> {
    match (to_decimal(one), to_decimal(two)) {
        (Ok(one), Ok(two)) => Some(one.cmp(&two)),
        // What is no number, or infinite.
        _ => Some(to_double(one).ok()?.total_cmp(&to_double(two).ok()?)),
    }
}

fn unlike(one: &SqlValue, two: &SqlValue) -> Refused {
    Refused::new(format!(
        "Values can't be compared [lkey={}, rkey={}]",
        java_text(one),
        java_text(two)
    ))
}

/// A value as Java prints it, which is not how SQL does.
pub(super) fn java_text(value: &SqlValue) -> String {
    let text = to_text(value);
    match value {
        SqlValue::Boolean(_) => text.to_lowercase(),
        SqlValue::Timestamp(_) if !text.contains('.') => text + ".0",
        SqlValue::Time(_) => text.chars().take("00:00:00".len()).collect(),
        _ => text,
    }
}

/// The value in the form that SQLite compares rightly with a column of type `column`; `None` for
/// one that cannot be compared with it.
pub(super) fn for_column(value: &SqlValue, column: SqlType) -> Option<SqlValue> {
    if Kind::of(value.sql_type()) != Kind::of(column) {
        return None;
    }
    match column {
        SqlType::Boolean => Some(SqlValue::Boolean(to_double(value).ok()? != 0.0)),
        SqlType::Decimal => to_decimal(value).ok().map(SqlValue::Decimal),
        SqlType::Real | SqlType::Double => to_double(value).ok().map(SqlValue::Double),
        ty if ty.is_integer() => for_integers(value),
        SqlType::Date => for_dates(value),
        ty if ty.is_temporal() => convert(value.clone(), ty).ok(),
        _ => Some(value.clone()),
    }
}

/// A number for a column of whole ones: SQLite compares these with fractions exactly.
fn for_integers(value: &SqlValue) -> Option<SqlValue> {
    let number = match to_decimal(value) {
        Ok(number) => number,
        Err(_) => return to_double(value).ok().map(SqlValue::Double),
    };
    let is_whole = (&number % bigdecimal::BigDecimal::from(1)).is_zero();
    match number.to_i64() {
        Some(whole) if is_whole => Some(SqlValue::BigInt(whole)),
        _ => number.to_f64().map(SqlValue::Double),
    }
}

/// A moment within a day lies between that day and the next.
fn for_dates(value: &SqlValue) -> Option<SqlValue> {
    let SqlValue::Timestamp(moment) = value else {
        return convert(value.clone(), SqlType::Date).ok();
    };
    let day = moment.milliseconds.div_euclid(DAY);
    if moment.milliseconds.rem_euclid(DAY) == 0 && moment.nanoseconds == 0 {
        return Some(SqlValue::Date(day));
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "days of milliseconds have 37 bits at most"
    )]
    let between = day as f64 + 0.5;
    Some(SqlValue::Double(between))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_types_are_compared_by_value() {
        let compared = |one, two| compare(&one, &two).unwrap();
        assert_eq!(
            compared(SqlValue::Int(3), SqlValue::Double(2.5)),
            Ordering::Greater
        );
        assert_eq!(
            compared(
                SqlValue::BigInt(2),
                SqlValue::Decimal("2.0".parse().unwrap())
            ),
            Ordering::Equal
        );
        assert_eq!(compared(SqlValue::Null, SqlValue::Int(-9)), Ordering::Less);
        assert_eq!(compared(SqlValue::Null, SqlValue::Null), Ordering::Equal);
    }

    #[test]
    fn text_is_no_number() {
        let text = SqlValue::Varchar("7".to_owned());
        let error = compare(&text, &SqlValue::Int(7)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Values can't be compared [lkey=7, rkey=7]"
        );
        assert_eq!(for_column(&text, SqlType::Int), None);
    }

    #[test]
    fn a_fraction_lies_between_whole_numbers_and_a_moment_between_days() {
        assert_eq!(
            for_column(&SqlValue::Double(2.0), SqlType::Int),
            Some(SqlValue::BigInt(2))
        );
        assert_eq!(
            for_column(&SqlValue::Double(2.5), SqlType::BigInt),
            Some(SqlValue::Double(2.5))
        );
        let noon = SqlValue::Timestamp(Timestamp {
            milliseconds: DAY / 2,
            nanoseconds: 0,
        });
        assert_eq!(
            for_column(&noon, SqlType::Date),
            Some(SqlValue::Double(0.5))
        );
    }
}
