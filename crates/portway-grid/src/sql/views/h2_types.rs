//! Types and tables in the words of H2, as a node declares them to it.

use super::View;
use crate::sql::defined_view::DefinedView;
use crate::sql::table::{Column, KEY_COLUMN, Source, Table, VALUE_COLUMN};
use crate::sql::translate::{Output, quoted};
use crate::sql::types::SqlType;

/// Bytes or characters of a type without a limit.
const UNLIMITED: i32 = i32::MAX;

/// The number of a type in JDBC, and the precision and scale of one that names none.
pub(super) fn sizes(ty: SqlType) -> (i32, i32, i32) {
    match ty {
        SqlType::Boolean => (16, 1, 0),
        SqlType::TinyInt => (-6, 3, 0),
        SqlType::SmallInt => (5, 5, 0),
        SqlType::Int => (4, 10, 0),
        SqlType::BigInt => (-5, 19, 0),
        SqlType::Decimal => (3, 65_535, 32_767),
        SqlType::Real => (7, 7, 0),
        SqlType::Double => (8, 17, 0),
        SqlType::Time => (92, 8, 0),
        SqlType::Date => (91, 10, 0),
        SqlType::Timestamp => (93, 26, 6),
        SqlType::Varchar | SqlType::Any => (12, UNLIMITED, 0),
        SqlType::Binary => (-3, UNLIMITED, 0),
        SqlType::Uuid => (-2, UNLIMITED, 0),
        SqlType::Array => (2003, 0, 0),
        SqlType::Null | SqlType::Object | SqlType::Entry(_) => (1111, UNLIMITED, 0),
    }
}

/// The name under which a node declares a type.
pub(super) fn h2_type(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Boolean => "BOOL",
        SqlType::Int => "INT",
        SqlType::Binary => "BINARY",
        ty => ty.name(),
    }
}

/// The type of a column with its limits.
pub(super) fn declared(column: &Column) -> String {
    let ty = h2_type(column.ty);
    match (column.ty, column.precision) {
        (SqlType::Varchar | SqlType::Binary, Some(precision)) => format!("{ty}({precision})"),
        (SqlType::Decimal, Some(precision)) => {
            format!("{ty}({precision}, {})", column.scale.unwrap_or(0))
        }
        _ => ty.to_owned(),
    }
}

pub(super) fn not_null(column: &Column) -> &'static str {
    if column.not_null { " NOT NULL" } else { "" }
}

/// The statement that made a table of a cache.
pub(super) fn create_table(table: &Table) -> String {
    let key = alias_of_key(table);
    let key = key.map_or_else(|| h2_type(table.key_sql_type()).to_owned(), declared);
    let mut columns = vec![
        format!("{KEY_COLUMN} {key} INVISIBLE  NOT NULL"),
        format!(
            "{VALUE_COLUMN} {} INVISIBLE ",
            h2_type(table.value_sql_type())
        ),
    ];
    let own = table.columns.iter();
    columns.extend(own.map(|column| {
        format!(
            "{} {}{}",
            quoted(&column.name),
            declared(column),
            not_null(column)
        )
    }));
    let engine = "org.apache.ignite.internal.processors.query.h2.H2TableEngine";
    created(&table.schema, &table.name, &columns, engine)
}

/// The statement that made a system view.
pub(super) fn create_view(view: &View) -> String {
    let columns = view.columns.iter();
    let columns: Vec<String> = columns
        .map(|column| format!("{} {}", quoted(column.name), column.ty.name()))
        .collect();
    let engine = "org.apache.ignite.internal.processors.query.h2.sys.SqlSystemTableEngine";
    created(view.schema, view.name, &columns, engine)
}

/// The statement that made a view of a user; H2 would write the query anew.
pub(super) fn create_defined_view(view: &DefinedView, columns: &[Output]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    format!(
        "CREATE FORCE VIEW {}.{}({}) AS\n{}",
        quoted(view.schema()),
        quoted(view.name()),
        names.join(", "),
        view.kept().sql
    )
}

fn created(schema: &str, name: &str, columns: &[String], engine: &str) -> String {
    format!(
        "CREATE MEMORY TABLE {}.{}(\n    {}\n)\nENGINE \"{engine}\"",
        quoted(schema),
        quoted(name),
        columns.join(",\n    "),
    )
}

/// The name under which H2 knows a key that is one column beside its own.
pub(super) fn alias_of_key(table: &Table) -> Option<&Column> {
    let whole = |column: &&Column| column.source == Source::Key;
    table.columns.iter().find(whole)
}
