//! The rows of the system views, as they are when a statement asks for them.

use portway_ignite_protocol::{AtomicityMode, CacheConfiguration, CacheId, CacheMode, WriteSync};

use super::{VIEWS, View, ViewColumn, activity, indexes, information, state};
use crate::sql::catalog::{Catalog, INFORMATION_SCHEMA, PUBLIC, SYSTEM};
use crate::sql::cell::to_cell;
use crate::sql::defined_view::DefinedView;
use crate::sql::error::SqlError;
use crate::sql::statement::Run;
use crate::sql::table::{Column, KEY_COLUMN, Table, VALUE_COLUMN};
use crate::sql::text::to_text;
use crate::sql::value::SqlValue;

pub(super) type Row = Vec<SqlValue>;

/// The consistent id of the only node.
const NODE: &str = "portway";
/// What the grid says that it is: the version whose protocol and SQL it follows.
const VERSION: &str = "2.17.0";

/// Fills the table of a view.
pub(crate) fn fill(view: &View, run: &Run<'_>) -> Result<(), SqlError> {
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
    let rows = match view.schema {
        INFORMATION_SCHEMA => information::rows(view, run)?,
        _ => rows(view, run)?,
    };
    for row in rows {
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
            .flat_map(|table| indexes::rows(table))
            .collect(),
        "CACHES" => run
            .engine
            .configurations()?
            .iter()
            .map(|cache| named_row(view, &cache_values(cache)))
            .collect(),
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
        "VIEWS" => {
            let defined = catalog.views().map(defined_view_row);
            VIEWS.iter().map(view_row).chain(defined).collect()
        }
        "VIEW_COLUMNS" => VIEWS.iter().flat_map(view_column_rows).collect(),
        _ => match activity::rows(view, run) {
            Some(rows) => rows,
            None => state::rows(view, run)?,
        },
    })
}

pub(super) fn text(text: &str) -> SqlValue {
    SqlValue::Varchar(text.to_owned())
}

pub(super) fn optional(text: Option<&str>) -> SqlValue {
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
pub(super) fn cache_columns(table: &Table) -> Row {
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
        text(column.java_class()),
    ]
}

/// What is told of a cache, by the names of columns.
pub(super) fn cache_values(cache: &CacheConfiguration) -> Vec<(&'static str, SqlValue)> {
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
    let yes = SqlValue::Boolean(true);
    let no = SqlValue::Boolean(false);
    vec![
        ("CACHE_NAME", text(&cache.name)),
        ("CACHE_ID", SqlValue::Int(CacheId::of(&cache.name).0)),
        ("CACHE_TYPE", text("USER")),
        ("CACHE_MODE", text(mode)),
        ("ATOMICITY_MODE", text(atomicity)),
        ("CACHE_GROUP_NAME", text(group)),
        ("BACKUPS", SqlValue::Int(cache.backups)),
        ("CACHE_GROUP_ID", SqlValue::Int(CacheId::of(group).0)),
        ("DATA_REGION_NAME", optional(cache.data_region.as_deref())),
        ("HAS_EXPIRING_ENTRIES", text("No")),
        ("IS_COPY_ON_READ", yes.clone()),
        ("IS_EAGER_TTL", yes.clone()),
        ("IS_READ_FROM_BACKUP", yes),
        ("IS_READ_THROUGH", no.clone()),
        ("IS_SQL_ESCAPE_ALL", SqlValue::Boolean(cache.sql_escape_all)),
        ("IS_STATISTICS_ENABLED", no.clone()),
        ("IS_WRITE_THROUGH", no),
        ("PARTITION_LOSS_POLICY", text("IGNORE")),
        ("QUERY_PARALLELISM", SqlValue::Int(cache.query_parallelism)),
        ("REBALANCE_MODE", text("ASYNC")),
        ("SQL_SCHEMA", optional(cache.sql_schema.as_deref())),
        ("WRITE_SYNCHRONIZATION_MODE", text(write_sync)),
    ]
}

/// A row of the columns that are known; the others are null.
pub(super) fn named_row(view: &View, known: &[(&str, SqlValue)]) -> Row {
    let value = |name: &str| known.iter().find(|(known, _)| *known == name);
    let cells = view.columns.iter().map(|column| value(column.name));
    cells
        .map(|cell| cell.map_or(SqlValue::Null, |(_, value)| value.clone()))
        .collect()
}

/// What a view has, column by column. What Java holds as a plain number is never null.
fn view_column_rows(view: &View) -> Vec<Row> {
    let row = |column: &ViewColumn| {
        let is_plain = !column.class.contains('.');
        vec![
            text(column.name),
            text(view.name),
            text(SYSTEM),
            SqlValue::Null,
            SqlValue::Boolean(!is_plain),
            SqlValue::Int(-1),
            SqlValue::Int(-1),
            text(column.class),
        ]
    };
    view.columns.iter().map(row).collect()
}

fn view_row(view: &View) -> Row {
    vec![
        text(SYSTEM),
        text(view.name),
        SqlValue::Null,
        text(view.description),
    ]
}

fn defined_view_row(view: &DefinedView) -> Row {
    vec![
        text(view.schema()),
        text(view.name()),
        text(&view.kept().sql),
        SqlValue::Null,
    ]
}
