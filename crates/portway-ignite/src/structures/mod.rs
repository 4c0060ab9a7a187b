//! Distributed data structures: atomic numbers and sets.

mod atomic_long;
mod set;
mod set_cursor;
mod set_options;
mod set_values;

pub use atomic_long::{AtomicLong, AtomicLongOptions};
pub use set::IgniteSet;
pub use set_cursor::SetCursor;
pub use set_options::SetOptions;
