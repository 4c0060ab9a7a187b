//! Distributed data structures: atomic numbers and sets.

mod atomic_long;
mod set;
mod set_cursor;

pub use atomic_long::{AtomicLong, AtomicLongOptions};
pub use set::{IgniteSet, SetOptions};
pub use set_cursor::SetCursor;
