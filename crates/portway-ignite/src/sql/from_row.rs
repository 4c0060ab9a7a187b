//! Rows as values of Rust types.

use portway_ignite_protocol::ReadValue;

use super::row::{RowError, SqlRow};
use crate::error::Error;

/// A type that a row can be read as: a tuple of up to twelve columns in their order, or a structure
/// that derives this trait, whose fields are columns by their names.
///
/// ```no_run
/// # use portway_ignite::{Client, Error, FromRow, SqlQuery};
/// #[derive(FromRow)]
/// struct Person {
///     name: String,
///     #[ignite(rename = "BIRTH_YEAR")]
///     born: Option<i32>,
/// }
///
/// # async fn read(client: Client) -> Result<(), Error> {
/// let query = SqlQuery::new("SELECT name, birth_year FROM Person");
/// let people: Vec<Person> = client.sql(query).await?.collect_as().await?;
/// let ages: Vec<(String, i64)> = client
///     .sql(SqlQuery::new("SELECT city, COUNT(*) FROM Person GROUP BY city"))
///     .await?
///     .collect_as()
///     .await?;
/// # Ok(())
/// # }
/// ```
pub trait FromRow: Sized {
    /// Reads a row.
    ///
    /// # Errors
    /// [`Error::Row`] when a column is not there or of another type.
    fn from_row(row: &SqlRow) -> Result<Self, Error>;
}

/// The row itself.
impl FromRow for SqlRow {
    fn from_row(row: &SqlRow) -> Result<Self, Error> {
        Ok(row.clone())
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident $index:literal)*;)*) => {$(
        impl<$($name: ReadValue),*> FromRow for ($($name,)*) {
            fn from_row(row: &SqlRow) -> Result<Self, Error> {
                check_width(row, $count)?;
                Ok(($(row.get::<$name>($index)?,)*))
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

fn check_width(row: &SqlRow, expected: usize) -> Result<(), RowError> {
    let found = row.columns().len();
    if found == expected {
        Ok(())
    } else {
        Err(RowError::Width { expected, found })
    }
}
