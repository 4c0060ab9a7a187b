//! Atomic numbers and sets whose operations are waited for.

use std::borrow::Borrow;

use portway_ignite_protocol::{ReadValue, WriteValue};

use super::Blocking;
use super::cursors::SetCursor;
use super::methods::{ends, same, waits};
use crate::error::Error;

/// A number of the grid; see [`AtomicLong`](crate::AtomicLong).
pub type AtomicLong = Blocking<crate::AtomicLong>;
/// A set of the grid; see [`IgniteSet`](crate::IgniteSet).
pub type IgniteSet<T> = Blocking<crate::IgniteSet<T>>;

impl AtomicLong {
    same! { "AtomicLong":
        name() -> &str;
    }

    waits! { "AtomicLong":
        get() -> Result<i64, Error>;
        add_and_get(delta: i64) -> Result<i64, Error>;
        get_and_add(delta: i64) -> Result<i64, Error>;
        increment_and_get() -> Result<i64, Error>;
        decrement_and_get() -> Result<i64, Error>;
        get_and_set(value: i64) -> Result<i64, Error>;
        compare_and_set(expected: i64, value: i64) -> Result<bool, Error>;
        compare_and_exchange(expected: i64, value: i64) -> Result<i64, Error>;
        exists() -> Result<bool, Error>;
    }

    ends! { "AtomicLong":
        remove() -> Result<(), Error>;
    }
}

impl<T> IgniteSet<T> {
    same! { "IgniteSet":
        name() -> &str;
    }

    waits! { "IgniteSet":
        len() -> Result<usize, Error>;
        is_empty() -> Result<bool, Error>;
        clear() -> Result<(), Error>;
        exists() -> Result<bool, Error>;
    }

    ends! { "IgniteSet":
        destroy() -> Result<(), Error>;
    }
}

impl<T: WriteValue> IgniteSet<T> {
    waits! { "IgniteSet":
        add[V](value: &V) -> Result<bool, Error> where [T: Borrow<V>, V: WriteValue + ?Sized];
        add_all['v, V](values: impl IntoIterator<Item = &'v V>) -> Result<bool, Error>
            where [T: Borrow<V>, V: WriteValue + ?Sized + 'v];
        remove[V](value: &V) -> Result<bool, Error> where [T: Borrow<V>, V: WriteValue + ?Sized];
        remove_all['v, V](values: impl IntoIterator<Item = &'v V>) -> Result<bool, Error>
            where [T: Borrow<V>, V: WriteValue + ?Sized + 'v];
        retain_all['v, V](values: impl IntoIterator<Item = &'v V>) -> Result<bool, Error>
            where [T: Borrow<V>, V: WriteValue + ?Sized + 'v];
        contains[V](value: &V) -> Result<bool, Error>
            where [T: Borrow<V>, V: WriteValue + ?Sized];
        contains_all['v, V](values: impl IntoIterator<Item = &'v V>) -> Result<bool, Error>
            where [T: Borrow<V>, V: WriteValue + ?Sized + 'v];
    }
}

impl<T: ReadValue> IgniteSet<T> {
    waits! { "IgniteSet":
        values() => Result<SetCursor<T>, Error>;
    }
}
