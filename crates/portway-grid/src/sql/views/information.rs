//! The rows of INFORMATION_SCHEMA, as H2 1.4.197 shows them inside of a node (`MetaTable`).

use super::h2_types::{
    alias_of_key, create_defined_view, create_table, create_view, declared, h2_type, not_null,
    sizes,
};
use super::rows::{Row, text};
use super::{INFORMATION, VIEWS, View, h2_indexes};
use crate::sql::catalog::{INFORMATION_SCHEMA, PUBLIC, SYSTEM};
use crate::sql::convert::convert;
use crate::sql::defined_view::DefinedView;
use crate::sql::error::SqlError;
use crate::sql::statement::Run;
use crate::sql::table::{Column, KEY_COLUMN, Table, VALUE_COLUMN};
use crate::sql::translate::Output;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// What H2 says of every table that it cannot count, of its own and of Ignite's.
const ROWS_OF_H2: i64 = 1000;
const ROWS_OF_SYSTEM: i64 = 100;
/// The numbers that H2 gives its schemas, and the first view of SYS.
const SCHEMA_OF_H2: i32 = -1;
const SCHEMA_OF_SYSTEM: i32 = 6;
const FIRST_OF_SYSTEM: i32 = 7;
/// Where the numbers of tables begin here.
const FIRST_TABLE: i32 = 100;
/// How selective H2 takes a column to be.
const SELECTIVITY: i32 = 50;

/// The rows of a view.
pub(super) fn rows(view: &View, run: &Run<'_>) -> Result<Vec<Row>, SqlError> {
    // H2 names its database after the node.
    let catalog = run.request.node.to_string().to_uppercase();
    Ok(match view.name {
        "CATALOGS" => vec![vec![text(&catalog)]],
        "SCHEMATA" => schemas(run, &catalog),
        "TABLES" => tables(run, &catalog)?,
        "COLUMNS" => columns(run, &catalog),
        "INDEXES" => {
            let tables = run.catalog.tables();
            let rows = tables.flat_map(|table| h2_indexes::rows(table, &catalog));
            rows.collect()
        }
        "SETTINGS" => listed(view, include_str!("settings.txt"), &text("")),
        "TYPE_INFO" => listed(view, include_str!("type_info.txt"), &SqlValue::Null),
        "TABLE_TYPES" => ["TABLE", "TABLE LINK", "SYSTEM TABLE", "VIEW", "EXTERNAL"]
            .map(|name| vec![text(name)])
            .to_vec(),
        "USERS" => vec![vec![text(""), text("true"), text(""), SqlValue::Int(2)]],
        "ROLES" => vec![vec![text("PUBLIC"), text(""), SqlValue::Int(0)]],
        _ => Vec::new(),
    })
}

/// Rows that are the same everywhere: a line each, with bars between the values.
fn listed(view: &View, lines: &str, empty: &SqlValue) -> Vec<Row> {
    let value = |(cell, column): (&str, &super::ViewColumn)| match cell {
        "" => empty.clone(),
        cell => convert(text(cell), column.ty).unwrap_or(SqlValue::Null),
    };
    let row = |line: &str| line.split('|').zip(&view.columns).map(value).collect();
    lines.lines().map(row).collect()
}

fn schemas(run: &Run<'_>, catalog: &str) -> Vec<Row> {
    let row = |name: &str, id: i32| {
        vec![
            text(catalog),
            text(name),
            text(""),
            text("Unicode"),
            text("OFF"),
            SqlValue::Boolean(name == PUBLIC),
            text(""),
            SqlValue::Int(id),
        ]
    };
    let mut rows = vec![
        row(INFORMATION_SCHEMA, SCHEMA_OF_H2),
        row(PUBLIC, 0),
        row(SYSTEM, SCHEMA_OF_SYSTEM),
    ];
    let others = run.catalog.schemas().filter(|name| *name != PUBLIC);
    rows.extend(
        others
            .zip(1..)
            .map(|(name, id)| row(name, FIRST_TABLE - id)),
    );
    rows
}

fn tables(run: &Run<'_>, catalog: &str) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for (view, id) in INFORMATION.iter().zip(1..) {
        let class = "org.h2.table.MetaTable";
        let kind = ["SYSTEM TABLE", "CACHED"];
        rows.push(table_row(
            catalog,
            view.schema,
            view.name,
            kind,
            None,
            -id,
            class,
            ROWS_OF_H2,
        ));
    }
    for (table, id) in run.catalog.tables().zip(FIRST_TABLE..) {
        let class = "org.apache.ignite.internal.processors.query.h2.opt.GridH2Table";
        let kind = ["TABLE", "MEMORY"];
        let count = run.engine.size(run.call(table))?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let sql = Some(create_table(table));
        rows.push(table_row(
            catalog,
            &table.schema,
            &table.name,
            kind,
            sql,
            id,
            class,
            count,
        ));
    }
    let first_view = FIRST_TABLE + i32::try_from(rows.len()).unwrap_or_default();
    for ((view, columns), id) in shown_views(run).zip(first_view..) {
        let class = "org.h2.table.TableView";
        let kind = ["VIEW", "MEMORY"];
        let sql = Some(create_defined_view(view, &columns));
        rows.push(table_row(
            catalog,
            view.schema(),
            view.name(),
            kind,
            sql,
            id,
            class,
            ROWS_OF_SYSTEM,
        ));
    }
    for (view, id) in VIEWS.iter().zip(FIRST_OF_SYSTEM..) {
        let class = "org.apache.ignite.internal.processors.query.h2.sys.SystemViewH2Adapter";
        let kind = ["VIEW", "MEMORY"];
        let sql = Some(create_view(view));
        rows.push(table_row(
            catalog,
            view.schema,
            view.name,
            kind,
            sql,
            id,
            class,
            ROWS_OF_SYSTEM,
        ));
    }
    Ok(rows)
}

/// The views of users with their columns, but for those that a table hides or whose tables are gone.
fn shown_views<'r>(run: &'r Run<'_>) -> impl Iterator<Item = (&'r DefinedView, Vec<Output>)> {
    let catalog = run.catalog;
    let shown = catalog
        .views()
        .filter_map(|view| catalog.visible_view(view.schema(), view.name()));
    shown.filter_map(|view| Some((view, run.columns_of_view(view).ok()?)))
}

#[expect(
    clippy::too_many_arguments,
    reason = "the columns of the view, in its order"
)]
fn table_row(
    catalog: &str,
    schema: &str,
    name: &str,
    [kind, storage]: [&str; 2],
    sql: Option<String>,
    id: i32,
    class: &str,
    count: i64,
) -> Row {
    vec![
        text(catalog),
        text(schema),
        text(name),
        text(kind),
        text(storage),
        sql.map_or(SqlValue::Null, SqlValue::Varchar),
        text(""),
        SqlValue::BigInt(0),
        SqlValue::Int(id),
        SqlValue::Null,
        text(class),
        SqlValue::BigInt(count),
    ]
}

fn columns(run: &Run<'_>, catalog: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for table in run.catalog.tables() {
        let place = [catalog, &table.schema, &table.name];
        let own = table.columns.iter().map(H2Column::of);
        let columns = H2Column::hidden(table).into_iter().chain(own);
        rows.extend(
            columns
                .zip(1..)
                .map(|(column, number)| column.row(place, number)),
        );
    }
    for (view, columns) in shown_views(run) {
        let place = [catalog, view.schema(), view.name()];
        let columns = columns.into_iter().map(H2Column::of_view);
        rows.extend(
            columns
                .zip(1..)
                .map(|(column, number)| column.row(place, number)),
        );
    }
    for view in INFORMATION.iter().chain(VIEWS.iter()) {
        let place = [catalog, view.schema, view.name];
        let columns = view.columns.iter().map(|column| {
            H2Column::of_view(Output {
                name: column.name.to_owned(),
                ty: column.ty,
                scale: None,
            })
        });
        rows.extend(
            columns
                .zip(1..)
                .map(|(column, number)| column.row(place, number)),
        );
    }
    rows
}

/// A column as H2 has it.
struct H2Column {
    name: String,
    ty: SqlType,
    precision: Option<u32>,
    scale: Option<u32>,
    not_null: bool,
    /// What stands behind its name where the table is made.
    declared: String,
}

impl H2Column {
    fn of(column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            ty: column.ty,
            precision: column.precision,
            scale: column.scale,
            not_null: column.not_null,
            declared: declared(column) + not_null(column),
        }
    }

    fn of_view(column: Output) -> Self {
        Self {
            name: column.name,
            ty: column.ty,
            precision: None,
            scale: None,
            not_null: false,
            declared: column.ty.name().to_owned(),
        }
    }

    /// The whole key and the whole value.
    fn hidden(table: &Table) -> [Self; 2] {
        let hidden = |name: &str, ty: SqlType, column: Option<&Column>, end: &str| {
            let declared = column.map_or_else(|| h2_type(ty).to_owned(), declared);
            Self {
                name: name.to_owned(),
                ty,
                precision: column.and_then(|column| column.precision),
                scale: column.and_then(|column| column.scale),
                not_null: name == KEY_COLUMN,
                declared: format!("{declared} INVISIBLE {end}"),
            }
        };
        let (key, value) = (table.key_sql_type(), table.value_sql_type());
        [
            hidden(KEY_COLUMN, key, alias_of_key(table), " NOT NULL"),
            hidden(VALUE_COLUMN, value, None, ""),
        ]
    }

    fn row(&self, [catalog, schema, table]: [&str; 3], number: i32) -> Row {
        let (code, precision, scale) = sizes(self.ty);
        let given = |size: Option<u32>| size.and_then(|size| i32::try_from(size).ok());
        let precision = SqlValue::Int(given(self.precision).unwrap_or(precision));
        let scale = match self.precision {
            Some(_) if self.ty == SqlType::Decimal => given(self.scale).unwrap_or(0),
            _ => scale,
        };
        let is_nullable = if self.not_null { "NO" } else { "YES" };
        vec![
            text(catalog),
            text(schema),
            text(table),
            text(&self.name),
            SqlValue::Int(number),
            SqlValue::Null,
            text(is_nullable),
            SqlValue::Int(code),
            precision.clone(),
            precision.clone(),
            precision,
            SqlValue::Int(10),
            SqlValue::Int(scale),
            text("Unicode"),
            text("OFF"),
            text(self.ty.name()),
            SqlValue::Int(i32::from(!self.not_null)),
            SqlValue::Boolean(false),
            SqlValue::Int(SELECTIVITY),
            text(""),
            SqlValue::Null,
            text(""),
            SqlValue::Null,
            text(&self.declared),
            SqlValue::Null,
        ]
    }
}
