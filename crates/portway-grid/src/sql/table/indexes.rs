//! The indexes that a table declares.

use portway_ignite_protocol::{IndexKind, QueryEntity, QueryIndex};

use super::{Column, KEY_COLUMN, Names, Source, VALUE_COLUMN, normal, simple_name};

/// An index besides that of the key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Index {
    pub(crate) name: String,
    /// The number of each column, and whether it descends.
    pub(crate) columns: Vec<(usize, bool)>,
    pub(crate) inline_size: i32,
}

pub(super) fn indexes(entity: &QueryEntity, columns: &[Column], names: &Names) -> Vec<Index> {
    let sorted = entity
        .indexes
        .iter()
        .filter(|index| index.kind == IndexKind::Sorted);
    let index = |index: &QueryIndex| {
        // The whole key or value is indexed where it is a column.
        let number = |field: &str| {
            let alias = names.column(field);
            columns.iter().position(|column| match field {
                KEY_COLUMN => column.source == Source::Key,
                VALUE_COLUMN => column.source == Source::Value,
                _ => column.name == alias,
            })
        };
        let columns: Option<Vec<(usize, bool)>> = index
            .fields
            .iter()
            .map(|field| Some((number(&field.name)?, field.descending)))
            .collect();
        let columns = columns.filter(|columns| !columns.is_empty())?;
        Some(Index {
            name: index_name(entity, index, names.escape),
            columns,
            inline_size: index.inline_size,
        })
    };
    sorted.filter_map(index).collect()
}

/// The name that SQL knows an index by.
pub(crate) fn index_name(entity: &QueryEntity, index: &QueryIndex, escape: bool) -> String {
    let name = index.name.clone().filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| default_index_name(entity, index));
    normal(&name, escape)
}

/// The name of an index without one, as `QueryEntity.defaultIndexName` makes it.
pub(crate) fn default_index_name(entity: &QueryEntity, index: &QueryIndex) -> String {
    let table = entity.table.as_deref().filter(|table| !table.is_empty());
    let value_type = entity.value_type.as_deref().unwrap_or_default();
    let mut name = table.unwrap_or_else(|| simple_name(value_type)).to_owned();
    for field in &index.fields {
        let order = if field.descending { "_desc" } else { "_asc" };
        name.push('_');
        name.push_str(&field.name.replace('.', "_"));
        name.push_str(order);
    }
    name.push_str("_idx");
    name.to_lowercase()
}
