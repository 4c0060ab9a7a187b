//! The system views and INFORMATION_SCHEMA: what tools ask a node for.

mod activity;
mod h2_indexes;
mod h2_types;
mod indexes;
mod information;
mod rows;
mod state;

pub(crate) use h2_indexes::has_index;
pub(crate) use rows::fill;

use std::sync::LazyLock;

use super::catalog::{INFORMATION_SCHEMA, SYSTEM};
use super::types::SqlType;

/// A system view.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) schema: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) columns: Vec<ViewColumn>,
}

/// A column of a system view.
#[derive(Debug)]
pub(crate) struct ViewColumn {
    pub(crate) name: &'static str,
    pub(crate) ty: SqlType,
    /// The Java class of what Ignite shows there.
    pub(crate) class: &'static str,
}

impl View {
    /// The table that holds its rows while a statement runs.
    pub(crate) fn sqlite_name(&self) -> String {
        format!("v_{}_{}", self.schema, self.name).to_lowercase()
    }
}

/// The view of a schema with this name.
pub(crate) fn find(schema: &str, name: &str) -> Option<&'static View> {
    let views = match schema {
        SYSTEM => &VIEWS,
        INFORMATION_SCHEMA => &INFORMATION,
        _ => return None,
    };
    views.iter().find(|view| view.name == name)
}

/// All views of Ignite 2.17 with their columns: those that the grid has nothing to show in are empty.
pub(crate) static VIEWS: LazyLock<Vec<View>> = LazyLock::new(|| {
    let lines = include_str!("views/views.txt").lines();
    lines.filter_map(|line| view(SYSTEM, line)).collect()
});

/// The tables that H2 has of itself, in the order of its numbers for them.
pub(crate) static INFORMATION: LazyLock<Vec<View>> = LazyLock::new(|| {
    let lines = include_str!("views/information_schema.txt").lines();
    lines
        .filter_map(|line| view(INFORMATION_SCHEMA, line))
        .collect()
});

/// A line of the list: name, description and columns, each a name and a class.
fn view(schema: &'static str, line: &'static str) -> Option<View> {
    let mut parts = line.split('|');
    Some(View {
        schema,
        name: parts.next()?,
        description: parts.next()?,
        columns: parts.next()?.split(',').filter_map(column).collect(),
    })
}

fn column(text: &'static str) -> Option<ViewColumn> {
    let (name, class) = text.split_once(' ')?;
    let ty = match SqlType::of_java_class(class) {
        // What is of no type of SQL is shown as text.
        SqlType::Object => SqlType::Varchar,
        ty => ty,
    };
    Some(ViewColumn { name, ty, class })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_a_view_with_columns() {
        assert_eq!((VIEWS.len(), INFORMATION.len()), (48, 33));
        assert!(VIEWS.iter().all(|view| !view.columns.is_empty()));
        let nodes = find(SYSTEM, "NODES").unwrap();
        assert_eq!(
            (nodes.columns[0].name, nodes.columns[0].ty),
            ("NODE_ID", SqlType::Uuid)
        );
    }
}
