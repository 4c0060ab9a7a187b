//! Which sorted index an index query walks (`IndexQueryProcessor.findSortedIndex`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Refused;
use crate::sql::java_maps::{bin, concurrent_bins};
use crate::sql::table::{KEY_COLUMN, Table};
use crate::sql::text::unquoted;
use crate::sql::translate::whole_key;
use crate::sql::types::SqlType;

/// The index of the primary key.
pub(crate) const PRIMARY_KEY: &str = "_key_PK";
/// The index that a node makes for an affinity column that no other index begins with.
pub(crate) const AFFINITY_KEY: &str = "AFFINITY_KEY";
/// What the table has as an alias while it is searched.
pub(super) const ALIAS: &str = "t";

/// A sorted index, with the columns that Ignite puts behind its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SortedIndex {
    pub(crate) name: String,
    pub(crate) columns: Vec<IndexColumn>,
}

/// A column of an index.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IndexColumn {
    pub(crate) name: String,
    /// What stands for it in SQLite.
    pub(super) code: String,
    pub(super) ty: SqlType,
    pub(crate) descends: bool,
}

/// The index that is named, or the first that begins with all `fields`; that of the key for none.
///
/// # Errors
/// When there is no such index.
pub(super) fn find<'t>(
    table: &Table,
    of_cache: impl Iterator<Item = &'t Arc<Table>>,
    name: Option<&str>,
    fields: &[&str],
) -> Result<SortedIndex, Refused> {
    if name.is_none() && !fields.is_empty() {
        return by_fields(table, of_cache, fields);
    }
    let indexes = all(table);
    let name = name.unwrap_or(PRIMARY_KEY);
    let named = |name: &str| indexes.iter().find(|index| index.name == name);
    let normal = normal(name);
    let index = named(name).or_else(|| named(&normal));
    let shown = if index.is_some_and(|index| index.name == name) {
        name
    } else {
        &normal
    };
    match index {
        None => Err(Refused::new(format!("No index found for name: {shown}"))),
        Some(index) if begins_with(index, fields) => Ok(index.clone()),
        Some(_) => Err(Refused::new(format!(
            "Index doesn't match criteria. Index {shown}"
        ))),
    }
}

/// A node looks through the indexes of all tables of the cache, in the order of its map of them.
fn by_fields<'t>(
    table: &Table,
    of_cache: impl Iterator<Item = &'t Arc<Table>>,
    fields: &[&str],
) -> Result<SortedIndex, Refused> {
    let with_table =
        |table: &'t Arc<Table>| all(table).into_iter().map(move |index| (table, index));
    let mut indexes: Vec<(&Arc<Table>, SortedIndex)> = of_cache.flat_map(with_table).collect();
    let bins = concurrent_bins(indexes.len());
    indexes.sort_by_key(|(table, index)| {
        let full_name = format!("{}.{}.{}", table.schema, table.name, index.name);
        bin(&full_name, bins)
    });
    let fits = |(of, index): &(&Arc<Table>, SortedIndex)| {
        of.name == table.name && begins_with(index, fields)
    };
    let found = indexes.into_iter().find(fits);
    found
        .map(|(_, index)| index)
        .ok_or_else(|| Refused::new("No index found for criteria."))
}

/// Whether the first columns of an index are these fields, in any order.
///
/// As a node does it: a field stands beside its name in upper case, and the first of both that came
/// is kept. So a field that is named twice, in upper case first, is found in no index.
fn begins_with(index: &SortedIndex, fields: &[&str]) -> bool {
    let mut left = BTreeMap::new();
    for field in fields {
        let (exact, normal) = ((*field).to_owned(), normal(field));
        left.entry(exact.clone()).or_insert(normal.clone());
        left.entry(normal).or_insert(exact);
    }
    for column in &index.columns {
        if left.is_empty() {
            break;
        }
        let Some(other) = left.remove(&column.name) else {
            return false;
        };
        left.remove(&other);
    }
    left.is_empty()
}

/// Whether a field means a column: by its exact name, or in upper case.
pub(super) fn is_column(field: &str, column: &IndexColumn) -> bool {
    column.name == field || column.name == normal(field)
}

/// `QueryUtils.normalizeObjectName`: upper case unless quoted.
fn normal(name: &str) -> String {
    unquoted(name).map_or_else(|| name.to_uppercase(), str::to_owned)
}

/// All sorted indexes of a table, in the order in which a node makes them.
pub(crate) fn all(table: &Table) -> Vec<SortedIndex> {
    let affinity = table.affinity.as_deref();
    let affinity = affinity.and_then(|name| table.column(name));
    let is_first = |index: &crate::sql::table::Index| {
        let first = index.columns.first();
        first.is_some_and(|(number, _)| Some(*number) == affinity)
    };
    let mut indexes = vec![with_key(table, PRIMARY_KEY, &[])];
    if let Some(number) = affinity
        && !table.indexes.iter().any(is_first)
    {
        indexes.push(with_key(table, AFFINITY_KEY, &[(number, false)]));
    }
    let declared = table.indexes.iter();
    indexes.extend(declared.map(|index| with_key(table, &index.name, &index.columns)));
    indexes
}

/// An index with the key and the affinity column behind its own columns.
fn with_key(table: &Table, name: &str, own: &[(usize, bool)]) -> SortedIndex {
    let mut columns: Vec<IndexColumn> = Vec::new();
    let mut add = |column: IndexColumn| {
        if columns.iter().all(|known| known.name != column.name) {
            columns.push(column);
        }
    };
    for (number, descends) in own {
        add(column(table, *number, *descends));
    }
    for part in key_parts(table) {
        add(part);
    }
    let affinity = table.affinity.as_deref();
    if let Some(number) = affinity.and_then(|name| table.column(name)) {
        add(column(table, number, false));
    }
    SortedIndex {
        name: name.to_owned(),
        columns,
    }
}

fn column(table: &Table, number: usize, descends: bool) -> IndexColumn {
    IndexColumn {
        name: table.columns[number].name.clone(),
        code: format!("{ALIAS}.c{number}"),
        ty: table.columns[number].ty,
        descends,
    }
}

/// The key is one column, but for a key of several that CREATE TABLE made.
fn key_parts(table: &Table) -> Vec<IndexColumn> {
    let number = |column: &crate::sql::table::Column| table.column(&column.name);
    let parts: Vec<usize> = table.key_columns().filter_map(number).collect();
    if table.is_sql && table.key_sql_type() == SqlType::Object && !parts.is_empty() {
        let parts = parts.into_iter();
        return parts.map(|number| column(table, number, false)).collect();
    }
    let (code, ty) = whole_key(table, ALIAS);
    vec![IndexColumn {
        name: KEY_COLUMN.to_owned(),
        code,
        ty,
        descends: false,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(names: &[&str]) -> SortedIndex {
        let column = |name: &&str| IndexColumn {
            name: (*name).to_owned(),
            code: String::new(),
            ty: SqlType::Int,
            descends: false,
        };
        SortedIndex {
            name: "I".to_owned(),
            columns: names.iter().map(column).collect(),
        }
    }

    #[test]
    fn fields_are_the_first_columns_of_an_index_in_any_order() {
        let of_three = index(&["A", "B", "C"]);
        assert!(begins_with(&of_three, &["b", "A"]));
        assert!(begins_with(&of_three, &["a", "A"]));
        assert!(!begins_with(&of_three, &["A", "a"]));
        assert!(begins_with(&of_three, &[]));
        assert!(!begins_with(&of_three, &["B"]));
        assert!(!begins_with(&of_three, &["A", "C"]));
        assert!(!begins_with(&of_three, &["A", "D"]));
    }
}
