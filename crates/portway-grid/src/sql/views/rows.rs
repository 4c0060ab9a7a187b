//! The rows of the system views, as they are when a statement asks for them.

use portway_ignite_protocol::{AtomicityMode, CacheConfiguration, CacheId, CacheMode, WriteSync};

use super::{VIEWS, View, find};
use crate::sql::catalog::{Catalog, PUBLIC, SYSTEM};
use crate::sql::cell::to_cell;
use crate::sql::error::SqlError;
use crate::sql::statement::Run;
use crate::sql::table::{Column, KEY_COLUMN, Table, VALUE_COLUMN};
use crate::sql::text::to_text;
use crate::sql::value::SqlValue;

type Row = Vec<SqlValue>;

/// The consistent id of the only node.
const NODE: &str = "portway";
/// What the grid says that it is: the version whose protocol and SQL it follows.
const VERSION: &str = "2.17.0";

/// Fills the table of a view.
pub(crate) fn fill(name: &str, run: &Run<'_>) -> Result<(), SqlError> {
    let Some(view) = find(name) else {
        return Ok(());
    };
    let table = view.sqlite_name();
    let columns: Vec<String> = (0..view.columns.len())
        .map(|number| format!("c{number}"))
        .collect();
    run.mirror.run(&format!(
        "CREATE TABLE IF NOT EXISTS {table} ({}); DELETE FROM {table}",
        columns.join(", ")
    ))?;
    let places = vec!["?"; view.columns.len()].join(", ");
    let insert = format!("INSERT INTO {table} VALUES ({places})");
    for row in rows(view, run)? {
        let mut statement = run.mirror.prepare(&insert)?;
        let cells = row.iter().map(to_cell);
        let inserted = statement.execute(rusqlite::params_from_iter(cells));
        inserted.map_err(|error| SqlError::from_sqlite(&error))?;
    }
    Ok(())
}

fn rows(view: &View, run: &Run<'_>) -> Result<Vec<Row>, SqlError> {
    let catalog = run.catalog;
    Ok(match view.name {
        "SCHEMAS" => schemas(catalog),
        "TABLES" => catalog.tables().map(|table| table_row(table)).collect(),
        "TABLE_COLUMNS" => catalog
            .tables()
            .flat_map(|table| column_rows(table))
            .collect(),
        "INDEXES" => catalog
            .tables()
            .flat_map(|table| index_rows(table))
            .collect(),
        "CACHES" => run.engine.configurations()?.iter().map(cache_row).collect(),
        "NODES" => vec![vec![
            SqlValue::Uuid(run.request.node),
            text(NODE),
            text(VERSION),
            SqlValue::Boolean(false),
            SqlValue::BigInt(1),
            text("[127.0.0.1]"),
            text("[]"),
            SqlValue::Boolean(true),
        ]],
        "BASELINE_NODES" => vec![vec![text(NODE), SqlValue::Boolean(true)]],
        _ => VIEWS.iter().map(view_row).collect(),
    })
}

fn text(text: &str) -> SqlValue {
    SqlValue::Varchar(text.to_owned())
}

fn optional(text: Option<&str>) -> SqlValue {
    text.map_or(SqlValue::Null, |text| SqlValue::Varchar(text.to_owned()))
}

fn schemas(catalog: &Catalog) -> Vec<Row> {
    let row = |name: &str| {
        let predefined = name == PUBLIC || name == SYSTEM;
        vec![text(name), SqlValue::Boolean(predefined)]
    };
    catalog.schemas().chain([SYSTEM]).map(row).collect()
}

/// The columns that tell of which cache a table is.
fn cache_columns(table: &Table) -> Row {
    let group = table.group.as_deref().unwrap_or(&table.cache_name);
    vec![
        SqlValue::Int(CacheId::of(group).0),
        text(group),
        SqlValue::Int(table.cache),
        text(&table.cache_name),
        text(&table.schema),
        text(&table.name),
    ]
}

fn table_row(table: &Table) -> Row {
    use crate::sql::table::Source;

    let named = |source: Source| {
        let column = table.columns.iter().find(|column| column.source == source);
        optional(column.map(|column| column.name.as_str()))
    };
    let mut row = cache_columns(table);
    row.extend([
        optional(table.affinity.as_deref()),
        named(Source::Key),
        named(Source::Value),
        text(&table.key_type),
        text(&table.value_type),
        SqlValue::Boolean(false),
    ]);
    row
}

fn column_rows(table: &Table) -> Vec<Row> {
    let whole = |name: &str, class: &str, is_key: bool| {
        vec![
            text(name),
            text(&table.name),
            text(&table.schema),
            SqlValue::Boolean(
                is_key
                    && table.affinity.is_none()
                    && !table.columns.iter().any(|column| {
                        matches!(column.source, crate::sql::table::Source::KeyField(_))
                    }),
            ),
            SqlValue::Boolean(false),
            SqlValue::Null,
            SqlValue::Boolean(false),
            SqlValue::Boolean(is_key),
            SqlValue::Int(-1),
            SqlValue::Int(-1),
            text(class),
        ]
    };
    let mut rows = vec![
        whole(VALUE_COLUMN, table.value_sql_type().java_class(), false),
        whole(KEY_COLUMN, table.key_sql_type().java_class(), true),
    ];
    rows.extend(table.columns.iter().map(|column| column_row(table, column)));
    rows
}

fn column_row(table: &Table, column: &Column) -> Row {
    let size = |size: Option<u32>| size.and_then(|size| i32::try_from(size).ok()).unwrap_or(-1);
    let default = &column.default;
    let is_affinity = match &table.affinity {
        Some(affinity) => *affinity == column.name,
        None => column.source == crate::sql::table::Source::Key,
    };
    vec![
        text(&column.name),
        text(&table.name),
        text(&table.schema),
        SqlValue::Boolean(is_affinity),
        SqlValue::Boolean(false),
        if default.is_null() {
            SqlValue::Null
        } else {
            SqlValue::Varchar(to_text(default))
        },
        SqlValue::Boolean(!column.not_null),
        SqlValue::Boolean(column.source.is_key()),
        SqlValue::Int(size(column.precision)),
        SqlValue::Int(size(column.scale)),
        text(column.ty.java_class()),
    ]
}

fn index_rows(table: &Table) -> Vec<Row> {
    let row = |name: &str, columns: &str, is_key: bool, inline_size: i32| {
        let mut row = cache_columns(table);
        row.extend([
            text(name),
            text("SORTED"),
            text(columns),
            SqlValue::Boolean(is_key),
            SqlValue::Boolean(is_key),
            SqlValue::Int(inline_size),
        ]);
        row
    };
    let key: Vec<String> = table
        .key_columns()
        .map(|column| format!("\"{}\" ASC", column.name))
        .collect();
    let mut rows = vec![row("_key_PK", &key.join(", "), true, 5)];
    for index in &table.indexes {
        let column = |(number, descending): &(usize, bool)| {
            let order = if *descending { "DESC" } else { "ASC" };
            format!("\"{}\" {order}", table.columns[*number].name)
        };
        let columns: Vec<String> = index
            .columns
            .iter()
            .map(column)
            .chain(key.clone())
            .collect();
        rows.push(row(
            &index.name,
            &columns.join(", "),
            false,
            index.inline_size,
        ));
    }
    rows
}

fn cache_row(cache: &CacheConfiguration) -> Row {
    let group = cache.group.as_deref().unwrap_or(&cache.name);
    let mode = match cache.mode {
        CacheMode::Replicated => "REPLICATED",
        _ => "PARTITIONED",
    };
    let atomicity = match cache.atomicity {
        AtomicityMode::Transactional => "TRANSACTIONAL",
        _ => "ATOMIC",
    };
    let write_sync = match cache.write_sync {
        WriteSync::FullSync => "FULL_SYNC",
        WriteSync::FullAsync => "FULL_ASYNC",
        _ => "PRIMARY_SYNC",
    };
    vec![
        text(&cache.name),
        SqlValue::Int(CacheId::of(&cache.name).0),
        text("USER"),
        text(mode),
        text(atomicity),
        text(group),
        SqlValue::Int(cache.backups),
        SqlValue::Int(CacheId::of(group).0),
        optional(cache.data_region.as_deref()),
        SqlValue::Boolean(cache.sql_escape_all),
        SqlValue::Int(cache.query_parallelism),
        optional(cache.sql_schema.as_deref()),
        text(write_sync),
    ]
}

fn view_row(view: &View) -> Row {
    vec![
        text(SYSTEM),
        text(view.name),
        SqlValue::Null,
        text(view.description),
    ]
}
