//! Types of keys and values.

use portway_ignite::{Decimal, IgniteObject, Timestamp};
use uuid::Uuid;

use crate::subject::Domain;

impl Domain for i32 {
    fn of(number: usize) -> Self {
        [0, 1, -1, i32::MAX, i32::MIN, 1 << 20][number]
    }
}

impl Domain for i64 {
    fn of(number: usize) -> Self {
        [0, 1, -1, i64::MAX, i64::MIN, 1 << 40][number]
    }
}

impl Domain for i16 {
    fn of(number: usize) -> Self {
        [0, 1, -1, i16::MAX, i16::MIN, 300][number]
    }
}

impl Domain for f64 {
    fn of(number: usize) -> Self {
        [0.0, 1.5, -1.5, f64::INFINITY, f64::MIN_POSITIVE, 1e300][number]
    }
}

impl Domain for String {
    fn of(number: usize) -> Self {
        // Of Java's one, two and three bytes, beyond the basic plane, empty, and long.
        ["", "key", "clé", "鍵", "🔑", &"k".repeat(3_000)][number].to_owned()
    }
}

impl Domain for Uuid {
    fn of(number: usize) -> Self {
        let number = number as u128;
        Self::from_u128(number << 100 | number << 40 | number)
    }
}

impl Domain for Vec<u8> {
    fn of(number: usize) -> Self {
        [vec![], vec![0; 7], vec![1; 100_000]][number].clone()
    }
}

impl Domain for Vec<Option<String>> {
    fn of(number: usize) -> Self {
        let lists = [vec![], vec![None], vec![Some("one".to_owned()), None]];
        lists[number].clone()
    }
}

impl Domain for Decimal {
    fn of(number: usize) -> Self {
        ["0", "-12.345", "1e30"][number].parse().unwrap()
    }
}

impl Domain for Timestamp {
    fn of(number: usize) -> Self {
        let milliseconds = [0, -1_000, 1_700_000_000_123][number];
        Timestamp {
            milliseconds,
            nanoseconds: 999_999,
        }
    }
}

/// A key of several fields.
#[derive(Clone, Debug, PartialEq, IgniteObject)]
pub(crate) struct Place {
    country: String,
    number: i32,
}

impl Domain for Place {
    fn of(number: usize) -> Self {
        Self {
            country: format!("country {}", number / 2),
            number: i32::try_from(number).unwrap(),
        }
    }
}

/// A value with everything in it.
#[derive(Clone, Debug, PartialEq, IgniteObject)]
pub(crate) struct Person {
    name: String,
    nickname: Option<String>,
    home: Place,
    scores: Vec<i32>,
}

impl Domain for Person {
    fn of(number: usize) -> Self {
        Self {
            name: format!("person {number}"),
            nickname: (number > 0).then(|| "nick".to_owned()),
            home: Place::of(number),
            scores: (0..i32::try_from(number).unwrap()).collect(),
        }
    }
}
