//! Cursors and event streams as iterators.

use portway_ignite_protocol::ReadValue;

use super::Blocking;
use super::methods::{ends, iterates, same};
use crate::cache::{CacheEvent, Change};
use crate::error::Error;
use crate::sql::{FromRow, SqlRow};

/// Entries of a cache; see [`Cursor`](crate::Cursor).
pub type Cursor<K, V> = Blocking<crate::Cursor<K, V>>;
/// Rows of an SQL query; see [`SqlCursor`](crate::SqlCursor).
pub type SqlCursor = Blocking<crate::SqlCursor>;
/// The changes of a cache; see [`EventStream`](crate::EventStream). Its `next` waits for a change
/// as long as it takes.
pub type EventStream<K, V> = Blocking<crate::EventStream<K, V>>;
/// The changes of a cache, also beyond lost connections; see [`Watch`](crate::Watch). Its `next`
/// waits for a change as long as it takes.
pub type Watch<K, V> = Blocking<crate::Watch<K, V>>;
/// The values of a set; see [`SetCursor`](crate::SetCursor).
pub type SetCursor<T> = Blocking<crate::SetCursor<T>>;

iterates! {
    "Cursor": [K: ReadValue, V: ReadValue] Cursor<K, V> => (K, V);
    "SqlCursor": [] SqlCursor => SqlRow;
    "EventStream": [K: ReadValue, V: ReadValue] EventStream<K, V> => CacheEvent<K, V>;
    "Watch": [K: ReadValue, V: ReadValue] Watch<K, V> => Change<K, V>;
    "SetCursor": [T: ReadValue] SetCursor<T> => T;
}

impl SqlCursor {
    same! { "SqlCursor":
        columns() -> &[String];
        update_count() -> Option<i64>;
    }

    ends! { "SqlCursor":
        collect_as[R: FromRow]() -> Result<Vec<R>, Error>;
    }

    /// Waits for [`next_as`](crate::SqlCursor::next_as).
    pub fn next_as<R: FromRow>(&mut self) -> Option<Result<R, Error>> {
        self.background.wait(self.inner.next_as())
    }
}
