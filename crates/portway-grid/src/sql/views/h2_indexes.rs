//! The rows of INFORMATION_SCHEMA.INDEXES: a row for each column of each index.

use super::h2_types::alias_of_key;
use super::rows::{Row, text};
use crate::sql::index_query::{IndexColumn, PRIMARY_KEY, sorted_indexes};
use crate::sql::table::{KEY_COLUMN, Table};
use crate::sql::translate::quoted;
use crate::sql::value::SqlValue;

/// JDBC's `tableIndexOther`.
const OTHER_INDEX: i16 = 3;

/// An index as H2 has it.
struct H2Index {
    name: String,
    kind: &'static str,
    class: &'static str,
    /// The name of each column, and whether it descends.
    columns: Vec<(String, bool)>,
}

/// Whether H2 has an index of this name on a table.
pub(crate) fn has_index(table: &Table, name: &str) -> bool {
    of_table(table).iter().any(|index| index.name == name)
}

pub(super) fn rows(table: &Table, catalog: &str) -> Vec<Row> {
    let indexes = of_table(table);
    let rows = indexes.iter().flat_map(|index| index.rows(table, catalog));
    rows.collect()
}

fn of_table(table: &Table) -> Vec<H2Index> {
    let mut indexes = vec![hash_index(table)];
    for index in sorted_indexes(table) {
        let is_key = index.name == PRIMARY_KEY;
        let columns: Vec<(String, bool)> = index.columns.iter().map(named).collect();
        let proxy = proxy(&index.name, &columns, table);
        indexes.push(H2Index {
            name: index.name,
            kind: if is_key { "PRIMARY KEY" } else { "INDEX" },
            class: "database.H2TreeIndex",
            columns,
        });
        indexes.extend(proxy);
    }
    indexes
}

fn named(column: &IndexColumn) -> (String, bool) {
    (column.name.clone(), column.descends)
}

fn hash_index(table: &Table) -> H2Index {
    let affinity = table.affinity.iter().cloned();
    let columns = std::iter::once(KEY_COLUMN.to_owned()).chain(affinity);
    H2Index {
        name: format!("{PRIMARY_KEY}_hash"),
        kind: "PRIMARY KEY HASH",
        class: "database.H2PkHashIndex",
        columns: columns.map(|name| (name, false)).collect(),
    }
}

/// The same index under the other name of a key that is one column.
fn proxy(name: &str, columns: &[(String, bool)], table: &Table) -> Option<H2Index> {
    let alias = alias_of_key(table)?;
    let renamed = columns.iter().map(|(name, descends)| {
        let is_key = name == KEY_COLUMN;
        let name = if is_key { &alias.name } else { name };
        (name.clone(), *descends)
    });
    Some(H2Index {
        name: format!("{name}_proxy"),
        kind: "INDEX",
        class: "opt.GridH2ProxyIndex",
        columns: renamed.collect(),
    })
}

impl H2Index {
    fn rows(&self, table: &Table, catalog: &str) -> Vec<Row> {
        let is_key = self.kind != "INDEX";
        let sql = self.sql(table);
        let row = |(number, (column, descends)): (i16, &(String, bool))| {
            vec![
                text(catalog),
                text(&table.schema),
                text(&table.name),
                SqlValue::Boolean(!is_key),
                text(&self.name),
                SqlValue::SmallInt(number),
                text(column),
                SqlValue::Int(0),
                SqlValue::Boolean(is_key),
                text(self.kind),
                SqlValue::Boolean(false),
                SqlValue::SmallInt(OTHER_INDEX),
                text(if *descends { "D" } else { "A" }),
                SqlValue::Int(0),
                text(""),
                text(""),
                text(&sql),
                SqlValue::Int(0),
                SqlValue::Int(i32::from(*descends)),
                SqlValue::Null,
                text(&format!(
                    "org.apache.ignite.internal.processors.query.h2.{}",
                    self.class
                )),
                SqlValue::Boolean(false),
            ]
        };
        (1..).zip(&self.columns).map(row).collect()
    }

    /// The statement that would make the index.
    fn sql(&self, table: &Table) -> String {
        let columns = self.columns.iter().map(|(name, descends)| {
            let order = if *descends { " DESC" } else { "" };
            format!("{}{order}", quoted(name))
        });
        let columns: Vec<String> = columns.collect();
        let schema = quoted(&table.schema);
        format!(
            "CREATE {} {schema}.{} ON {schema}.{}({})",
            self.kind,
            quoted(&self.name),
            quoted(&table.name),
            columns.join(", ")
        )
    }
}
