//! The rows of SYS.INDEXES: with the columns of the key at the end of each index, and Ignite's inline
//! sizes (`InlineIndexTree.computeInlineSize`).

use super::rows::{Row, cache_columns, text};
use crate::sql::index_query::AFFINITY_KEY;
use crate::sql::table::{Column, Index, KEY_COLUMN, Source, Table};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// Bytes of an index entry that Ignite keeps inline at most.
const MOST_INLINE: u32 = 64;
/// Bytes kept of a value of any length.
const ANY_LENGTH: u32 = 10;
/// Bytes before a value of a known length: its type and how long it is.
const LENGTH_HEAD: u32 = 3;

pub(super) fn rows(table: &Table) -> Vec<Row> {
    let mut rows = vec![];
    let key: Vec<&Column> = table.key_columns().collect();
    let pk = [IndexRow::new(table, "_key_PK", &[], &key, true, None)];
    let declared = table.indexes.iter().map(|index| {
        let columns: Vec<(&Column, bool)> = index
            .columns
            .iter()
            .map(|(number, descends)| (&table.columns[*number], *descends))
            .collect();
        let size = u32::try_from(index.inline_size).ok();
        IndexRow::new(table, &index.name, &columns, &key, false, size)
    });
    let affinity = affinity_column(table)
        .map(|column| IndexRow::new(table, AFFINITY_KEY, &[(column, false)], &key, false, None));
    for index in pk.into_iter().chain(affinity).chain(declared) {
        rows.extend(index.rows(table, &key));
    }
    rows
}

/// The column that a node makes an index for: where no other begins with it.
fn affinity_column(table: &Table) -> Option<&Column> {
    let number = table.column(table.affinity.as_deref()?)?;
    let begins = |index: &Index| {
        index
            .columns
            .first()
            .is_some_and(|(first, _)| *first == number)
    };
    (!table.indexes.iter().any(begins)).then(|| &table.columns[number])
}

/// An index without the columns of the key at its end.
struct IndexRow {
    name: String,
    columns: Vec<String>,
    is_key: bool,
    inline_size: u32,
}

impl IndexRow {
    fn new(
        table: &Table,
        name: &str,
        columns: &[(&Column, bool)],
        key: &[&Column],
        is_key: bool,
        inline_size: Option<u32>,
    ) -> Self {
        let shown = |(column, descends): &(&Column, bool)| {
            let order = if *descends { "DESC" } else { "ASC" };
            format!("\"{}\" {order}", column.name)
        };
        let sizes = columns.iter().map(|(column, _)| column);
        let is_own = |part: &&&Column| columns.iter().any(|(own, _)| own.name == part.name);
        let others = key.iter().filter(|part| !is_own(part));
        let mut size: u32 = sizes.chain(others).map(|column| inline(column)).sum();
        if key.is_empty() {
            size += inline_of(table.key_sql_type(), None);
        }
        Self {
            name: name.to_owned(),
            columns: columns.iter().map(shown).collect(),
            is_key,
            inline_size: inline_size.unwrap_or(size.min(MOST_INLINE)),
        }
    }

    /// The index, and the one that Ignite shows for the other name of a key that is one column.
    fn rows(&self, table: &Table, key: &[&Column]) -> Vec<Row> {
        let whole = format!("\"{KEY_COLUMN}\" ASC");
        match key {
            [] => vec![self.row(table, &self.name, &[whole], self.is_key)],
            [column] if column.source == Source::Key => {
                let proxy = format!("{}_proxy", self.name);
                let alias = format!("\"{}\" ASC", column.name);
                vec![
                    self.row(table, &self.name, &[whole], self.is_key),
                    self.row(table, &proxy, &[alias], false),
                ]
            }
            columns => {
                let shown = columns
                    .iter()
                    .map(|column| format!("\"{}\" ASC", column.name));
                let shown: Vec<String> = shown.collect();
                vec![self.row(table, &self.name, &shown, self.is_key)]
            }
        }
    }

    fn row(&self, table: &Table, name: &str, key: &[String], is_key: bool) -> Row {
        let name_of = |shown: &str| shown.rsplit_once(' ').map(|(name, _)| name.to_owned());
        let is_own = |part: &&String| {
            let mut own = self.columns.iter();
            own.any(|own| name_of(own) == name_of(part))
        };
        let others = key.iter().filter(|part| !is_own(part));
        let columns: Vec<&str> = self
            .columns
            .iter()
            .chain(others)
            .map(String::as_str)
            .collect();
        let mut row = cache_columns(table);
        row.extend([
            text(name),
            text("SORTED"),
            text(&columns.join(", ")),
            SqlValue::Boolean(is_key),
            SqlValue::Boolean(self.is_key),
            SqlValue::Int(i32::try_from(self.inline_size).unwrap_or(i32::MAX)),
        ]);
        row
    }
}

fn inline(column: &Column) -> u32 {
    inline_of(column.ty, column.precision)
}

/// Bytes that a value takes in an index, with one for its type.
fn inline_of(ty: SqlType, precision: Option<u32>) -> u32 {
    match ty {
        SqlType::Boolean | SqlType::TinyInt => 2,
        SqlType::SmallInt => 3,
        SqlType::Int | SqlType::Real => 5,
        SqlType::BigInt | SqlType::Double | SqlType::Date | SqlType::Time => 9,
        SqlType::Timestamp | SqlType::Uuid => 17,
        SqlType::Varchar | SqlType::Binary => precision.map_or(ANY_LENGTH, |precision| {
            precision.saturating_add(LENGTH_HEAD)
        }),
        _ => ANY_LENGTH,
    }
}
