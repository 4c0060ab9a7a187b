use std::cmp::Ordering;

use portway_ignite_protocol::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::sql::text::{to_literal, to_text};

fn ints(numbers: &[i32]) -> SqlValue {
    SqlValue::Array(Array::new(
        numbers.iter().copied().map(SqlValue::Int).collect(),
    ))
}

fn leaf() -> impl Strategy<Value = SqlValue> {
    prop_oneof![
        Just(SqlValue::Null),
        ".{0,8}".prop_map(SqlValue::Varchar),
        any::<bool>().prop_map(SqlValue::Boolean),
        any::<i8>().prop_map(SqlValue::TinyInt),
        any::<i16>().prop_map(SqlValue::SmallInt),
        any::<i32>().prop_map(SqlValue::Int),
        any::<i64>().prop_map(SqlValue::BigInt),
        (any::<i64>(), -5_i64..20).prop_map(|(digits, scale)| SqlValue::Decimal(
            bigdecimal::BigDecimal::new(digits.into(), scale)
        )),
        any::<f32>().prop_map(SqlValue::Real),
        any::<f64>().prop_map(SqlValue::Double),
        (0_i64..86_400_000).prop_map(SqlValue::Time),
        (-100_000_i64..100_000).prop_map(SqlValue::Date),
        (any::<i64>(), 0_i32..1_000_000).prop_map(|(milliseconds, nanoseconds)| {
            SqlValue::Timestamp(Timestamp {
                milliseconds,
                nanoseconds,
            })
        }),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(SqlValue::Binary),
        any::<u128>().prop_map(|bits| SqlValue::Uuid(Uuid::from_u128(bits))),
    ]
}

fn value() -> impl Strategy<Value = SqlValue> {
    leaf().prop_recursive(4, 32, 6, |inner| {
        prop::collection::vec(inner, 0..6)
            .prop_map(|elements| SqlValue::Array(Array::new(elements)))
    })
}

/// Arrays whose elements can all be compared with each other.
fn row() -> impl Strategy<Value = SqlValue> {
    let number = prop_oneof![
        Just(SqlValue::Null),
        (-3_i32..3).prop_map(SqlValue::Int),
        (-3_i64..3).prop_map(SqlValue::BigInt),
        (-30_i64..30)
            .prop_map(|tenths| SqlValue::Decimal(bigdecimal::BigDecimal::new(tenths.into(), 1))),
    ];
    prop::collection::vec(number, 0..4).prop_map(|elements| SqlValue::Array(Array::new(elements)))
}

proptest! {
    #[test]
    fn a_text_stands_for_the_value_that_it_was_made_of(value in value()) {
        let text = coded::encode(&value);
        prop_assert_eq!(coded::encode(&coded::decode(&text).unwrap()), text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "([a-z]{0,2}[0-9]{0,3}:?.{0,3}){0,6}") {
        let _ = coded::decode(&text);
    }

    #[test]
    fn bytes_stand_for_the_value_that_was_sent(value in value()) {
        let sent = value.to_raw();
        let read = SqlValue::from_raw(&sent).unwrap();
        prop_assert_eq!(read.to_raw(), sent);
    }

    #[test]
    fn the_order_is_one(one in row(), two in row(), three in row()) {
        let order = |one: &SqlValue, two: &SqlValue| {
            compare::compare_coded(&coded::encode(one), &coded::encode(two))
        };
        prop_assert_eq!(order(&one, &two), order(&two, &one).reverse());
        if order(&one, &two).is_le() && order(&two, &three).is_le() {
            prop_assert!(order(&one, &three).is_le());
        }
    }
}

#[test]
fn arrays_are_compared_by_elements_then_by_length() {
    let order = |one: &SqlValue, two: &SqlValue| compare::compare(one, two).unwrap();
    assert_eq!(order(&ints(&[1, 2]), &ints(&[1, 3])), Ordering::Less);
    assert_eq!(order(&ints(&[1, 2]), &ints(&[1, 2, 0])), Ordering::Less);
    assert_eq!(order(&ints(&[2]), &ints(&[1, 9])), Ordering::Greater);
    let text = SqlValue::Varchar("(1, 2)".to_owned());
    let error = compare::compare(&ints(&[1, 2]), &text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Data conversion error converting \"(1, 2)\""
    );
}

#[test]
fn values_of_two_types_are_equal_but_not_the_same() {
    let long = SqlValue::Array(Array::new(vec![SqlValue::BigInt(1)]));
    assert_eq!(
        compare::compare(&ints(&[1]), &long).unwrap(),
        Ordering::Equal
    );
    assert!(!compare::is_same(&ints(&[1]), &long));
    assert!(compare::is_same(&ints(&[1]), &ints(&[1])));
}

#[test]
fn an_array_is_shown_as_h2_shows_it() {
    let nested = SqlValue::Array(Array::new(vec![
        SqlValue::Varchar("a".to_owned()),
        SqlValue::Null,
        ints(&[1]),
    ]));
    assert_eq!(to_text(&nested), "(a, null, (1))");
    assert_eq!(to_literal(&nested), "('a', NULL, (1,))");
    assert_eq!(to_literal(&ints(&[])), "()");
}

#[test]
fn what_is_too_deep_is_refused() {
    let mut array = ints(&[1]);
    for _ in 1..DEPTH {
        array = SqlValue::Array(Array::made(vec![array]).unwrap());
    }
    assert!(coded::decode(&coded::encode(&array)).is_some());
    let deeper = Array::made(vec![array]).unwrap_err();
    assert!(deeper.to_string().contains("so deep"));
}

#[test]
fn what_is_too_long_is_refused() {
    let half = SqlValue::Varchar("x".repeat(MOST_BYTES / 2));
    assert!(Array::made(vec![half.clone()]).is_ok());
    assert!(Array::made(vec![half.clone(), half]).is_err());
}

#[test]
fn a_column_takes_arrays_of_its_class_and_makes_them_of_objects() {
    let strings = "[Ljava.lang.String;";
    let texts = || Array::new(vec![SqlValue::Varchar("a".to_owned()), SqlValue::Null]);
    let stored = texts().stored_as(strings).unwrap();
    assert_eq!(stored.component, Component::Tagged(tag::STRING_ARRAY));
    assert!(stored.clone().stored_as(strings).is_ok());
    assert!(stored.stored_as(OBJECTS).is_err());
    assert!(
        Array::new(vec![SqlValue::Int(1)])
            .stored_as(strings)
            .is_err()
    );
    assert!(texts().stored_as(OBJECTS).is_ok());
}
