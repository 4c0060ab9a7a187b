//! SQL statements.

use std::ffi::c_char;
use std::num::NonZeroU32;
use std::time::Duration;

use portway_ignite::{RawValue, SqlCursor, SqlQuery};
use tokio::sync::Mutex;

use crate::boundary::{self, Output};
use crate::client::{Connected, IgniteClient};
use crate::datum::Datum;
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::output;
use crate::result::IgniteResult;
use crate::runtime::Runtime;
use crate::value::{IgniteValue, OwnedValue};

/// The rows of a query, a page at a time. Threads that ask at once get different rows.
pub struct IgniteRows {
    _private: [u8; 0],
}

/// A statement and how it is carried out. What is zero or null is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteStatement {
    /// The text, with a `?` for each argument.
    pub sql: *const c_char,
    /// The values of the arguments, `argument_count` of them.
    pub arguments: *const IgniteValue,
    /// How many arguments there are.
    pub argument_count: usize,
    /// The schema of names that have none (`PUBLIC` if null).
    pub schema: *const c_char,
    /// How many rows a round trip brings.
    pub page_size: u32,
    /// After how many milliseconds the grid gives up.
    pub timeout: u32,
    /// Whether the grid makes the rows while they are read, instead of all at once.
    pub is_lazy: bool,
}

pub(crate) struct Rows {
    rows: Mutex<SqlCursor>,
    columns: Vec<String>,
    runtime: Runtime,
}

impl Kind for Rows {
    type Opaque = IgniteRows;
    const CODE: u8 = 14;
    const NAME: &'static str = "set of rows";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Rows> = Table::new();
        &TABLE
    }
}

impl Rows {
    fn next(&self) -> Result<Vec<OwnedValue>, Failure> {
        let next = async {
            let row = self.rows.lock().await.next().await.transpose()?;
            let value = |row: &portway_ignite::SqlRow, column: usize| row.get::<RawValue>(column);
            row.map(|row| {
                (0..self.columns.len())
                    .map(|column| value(&row, column))
                    .collect::<Result<Vec<_>, _>>()
            })
            .transpose()
        };
        let row = self.runtime.wait(next)?;
        let row = row.ok_or_else(|| Failure::not_found("there are no further rows"))?;
        row.into_iter().map(IgniteValue::owning).collect()
    }
}

/// A statement, checked.
struct Statement<'a> {
    sql: &'a str,
    arguments: Vec<Datum<'a>>,
    schema: Option<&'a str>,
    page_size: Option<NonZeroU32>,
    timeout: Option<Duration>,
    is_lazy: bool,
}

impl<'a> Statement<'a> {
    /// # Safety
    /// `statement` is null or may be read, with its texts and arguments, during `'a`.
    unsafe fn read(statement: *const IgniteStatement) -> Result<Self, Failure> {
        // SAFETY: as the caller promises.
        let (given, sql, arguments, schema) = unsafe {
            let given = input::one(statement, "statement")?;
            let arguments = input::many(given.arguments, given.argument_count, "arguments")?;
            let arguments = arguments.iter().map(|value| value.datum());
            (
                given,
                input::text(given.sql, "sql")?,
                arguments.collect::<Result<_, _>>()?,
                input::optional_text(given.schema, "schema")?,
            )
        };
        let timeout = (given.timeout > 0).then(|| Duration::from_millis(given.timeout.into()));
        Ok(Self {
            sql,
            arguments,
            schema,
            page_size: NonZeroU32::new(given.page_size),
            timeout,
            is_lazy: given.is_lazy,
        })
    }

    fn query(&self) -> SqlQuery<'_> {
        let mut query = SqlQuery::new(self.sql).lazy(self.is_lazy);
        for argument in &self.arguments {
            query = query.argument(argument);
        }
        if let Some(schema) = self.schema {
            query = query.schema(schema);
        }
        if let Some(rows) = self.page_size {
            query = query.page_size(rows);
        }
        if let Some(limit) = self.timeout {
            query = query.timeout(limit);
        }
        query
    }
}

/// Runs a query.
///
/// # Safety
/// `statement` and what it points to may be read, `rows` is room for a pointer, `error` is null or
/// room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_query(
    client: *const IgniteClient,
    statement: *const IgniteStatement,
    rows: *mut *mut IgniteRows,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, statement) =
            unsafe { (Output::new(rows, "rows")?, Statement::read(statement)?) };
        let client = handle::find::<Connected>(client)?;
        let cursor = client.runtime.wait(client.client.sql(statement.query()))?;
        output.write(handle::keep(Rows {
            columns: cursor.columns().to_vec(),
            rows: Mutex::new(cursor),
            runtime: client.runtime.clone(),
        })?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Runs a statement that changes rows or tables. `updated` tells how many rows were changed, and is
/// 0 for statements that change none; it may be null.
///
/// # Safety
/// `statement` and what it points to may be read, `updated` and `error` are null or room for their
/// types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_execute(
    client: *const IgniteClient,
    statement: *const IgniteStatement,
    updated: *mut i64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, statement) = unsafe {
            (
                Output::optional(updated, "updated")?,
                Statement::read(statement)?,
            )
        };
        let client = handle::find::<Connected>(client)?;
        let count = client
            .runtime
            .wait(client.client.execute(statement.query()))?;
        if let Some(output) = output {
            output.write(count);
        }
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Tells the number of columns.
///
/// # Safety
/// `count` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_rows_column_count(
    rows: *const IgniteRows,
    count: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(count, "count")? };
        output.write(handle::find::<Rows>(rows)?.columns.len());
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Copies the name of a column into `room`, as `ignite_cache_get_string_string` does.
///
/// # Safety
/// `room` is room for `size` bytes, `length` and `error` are null or room for their types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_rows_column_name(
    rows: *const IgniteRows,
    index: usize,
    room: *mut c_char,
    size: usize,
    length: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let rows = handle::find::<Rows>(rows)?;
        let name = rows.columns.get(index).ok_or_else(|| {
            let count = rows.columns.len();
            Failure::argument(format!("there is no column {index} of {count}"))
        })?;
        // SAFETY: as the caller promises.
        unsafe { output::text(name, room, size, length) }
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads the next row: a value for each column is written to `values`, which has room for `size` of
/// them; `IGNITE_RESULT_NOT_FOUND` after the last row. Release each value afterwards.
///
/// # Safety
/// `values` is room for `size` values, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_rows_next(
    rows: *const IgniteRows,
    values: *mut IgniteValue,
    size: usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let rows = handle::find::<Rows>(rows)?;
        let count = rows.columns.len();
        if values.is_null() || size < count {
            let message = format!("a row needs room for {count} values, not {size}");
            return Err(Failure::argument(message));
        }
        input::check_aligned(values, "values")?;
        for (column, value) in rows.next()?.into_iter().enumerate() {
            // SAFETY: it is neither null nor misaligned, and there are no more columns than there is
            // room for.
            unsafe { values.add(column).write(value.hand_over()) };
        }
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees rows, in the grid too. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_rows_free(
    rows: *mut IgniteRows,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Rows>(rows)) }
}
