//! A row of an answer.

use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{DecodeError, ReadValue, Rows};

use super::columns::ColumnIndex;
use crate::client::Schemas;
use crate::error::Error;

/// The rows that came at once, with what is needed to read them.
pub(super) struct RowPage {
    pub(super) columns: Arc<[String]>,
    pub(super) rows: Rows,
    pub(super) schemas: Arc<Schemas>,
}

/// One row. Its values are built when they are asked for.
///
/// A row keeps the memory of all rows that came with it: keep values rather than rows.
#[derive(Clone)]
pub struct SqlRow {
    pub(super) page: Arc<RowPage>,
    pub(super) index: usize,
}

/// Why a row cannot be read as it was asked for.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// There is no such column.
    #[error("there is no column {wanted}; the columns are {}", columns.join(", "))]
    NoColumn {
        /// The column that was asked for.
        wanted: String,
        /// The columns there are.
        columns: Arc<[String]>,
    },
    /// The value of a column is of another type.
    #[error(
        "the column {column} cannot be read: {source}; ask for the Rust type of its SQL type, as an \
         Option where it may be null"
    )]
    Value {
        /// The column.
        column: String,
        /// What is wrong with the value.
        source: DecodeError,
    },
    /// A tuple has more or fewer members than the row has columns.
    #[error("the row has {found} columns and is read as a tuple of {expected}")]
    Width {
        /// The members of the tuple.
        expected: usize,
        /// The columns of the row.
        found: usize,
    },
}

impl SqlRow {
    /// The first row of a page.
    pub(super) fn first(page: RowPage) -> Self {
        Self {
            page: Arc::new(page),
            index: 0,
        }
    }

    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.page.columns
    }

    /// The value of a column, which is named or counted from 0.
    ///
    /// | SQL | Rust |
    /// |---|---|
    /// | `TINYINT`, `SMALLINT`, `INT`, `BIGINT` | `i8`, `i16`, `i32`, `i64` |
    /// | `REAL`, `DOUBLE` | `f32`, `f64` |
    /// | `DECIMAL` | [`Decimal`](crate::Decimal) |
    /// | `BOOLEAN`, `VARCHAR`, `UUID`, `BINARY` | `bool`, `String`, `Uuid`, `Vec<u8>` |
    /// | `DATE` | [`Date`](crate::Date), or as a `TIMESTAMP`: its midnight in the node's time zone |
    /// | `TIMESTAMP`, `TIME` | `SystemTime` or [`Timestamp`](crate::Timestamp), [`Time`](crate::Time) |
    /// | what may be null | `Option` |
    /// | anything | [`Value`](crate::Value) |
    ///
    /// Numbers are read as wider ones, too: an `INT` as an `i64`.
    ///
    /// # Errors
    /// [`Error::Row`] with what is wrong.
    pub fn get<T: ReadValue>(&self, column: impl ColumnIndex) -> Result<T, Error> {
        let columns = &self.page.columns;
        let found = column.position(columns).and_then(|position| {
            let schemas = &*self.page.schemas;
            let value = self.page.rows.read(self.index, position, schemas)?;
            Some((position, value))
        });
        match found {
            Some((_, Ok(value))) => Ok(value),
            Some((position, Err(source))) => Err(RowError::Value {
                column: columns[position].clone(),
                source,
            }),
            None => Err(RowError::NoColumn {
                wanted: column.wanted(),
                columns: columns.clone(),
            }),
        }
        .map_err(Error::from)
    }

    /// The value of a column, if the row has such a column and its value is not null. For statements
    /// whose columns differ; elsewhere [`get`](Self::get) tells of a misspelt name.
    ///
    /// # Errors
    /// [`Error::Row`] when the value is of another type.
    pub fn find<T: ReadValue>(&self, column: impl ColumnIndex) -> Result<Option<T>, Error> {
        match column.position(&self.page.columns) {
            Some(position) => self.get(position),
            None => Ok(None),
        }
    }
}

impl fmt::Debug for SqlRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SqlRow");
        shown
            .field("columns", &self.page.columns)
            .finish_non_exhaustive()
    }
}
