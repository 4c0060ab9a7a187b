//! SQL: statements, their rows, updates in batches.

mod batch;
mod columns;
mod cursor;
mod from_row;
mod query;
mod row;

pub use batch::BatchError;
pub use columns::ColumnIndex;
pub use cursor::SqlCursor;
pub use from_row::FromRow;
pub use query::SqlQuery;
pub use row::{RowError, SqlRow};

pub(crate) use cursor::{open, operation};
