//! FROM: tables, views and subqueries.

use std::collections::BTreeSet;

use sqlparser::ast::{
    ObjectName, Query, TableAlias, TableFactor, TableIndexHintType, TableIndexHints,
    TableIndexType, TableWithJoins,
};

use super::Translator;
use super::expression::unreadable;
use super::scope::{Scope, SourceColumn, SourceTable, normal, parts};
use crate::sql::catalog::{INFORMATION_SCHEMA, SYSTEM, table_not_found};
use crate::sql::error::{SqlError, code, index_not_found};
use crate::sql::mirror::table_name;
use crate::sql::table::{KEY_COLUMN, Table, VALUE_COLUMN};
use crate::sql::types::SqlType;
use crate::sql::views;

impl Translator<'_> {
    /// Writes FROM and puts its tables into the innermost scope.
    pub(super) fn from(&mut self, from: &[TableWithJoins]) -> Result<String, SqlError> {
        let mut written = Vec::new();
        for tables in from {
            written.push(self.joined(tables)?);
        }
        Ok(written.join(", "))
    }

    pub(super) fn innermost(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        self.scopes.last_mut().expect("one was just pushed")
    }

    pub(super) fn factor(&mut self, factor: &TableFactor) -> Result<String, SqlError> {
        match factor {
            TableFactor::Table {
                sample: Some(_), ..
            } => Err(unreadable("TABLESAMPLE")),
            TableFactor::Table {
                name,
                alias,
                args,
                index_hints,
                ..
            } => match args {
                Some(arguments) => self.table_function(name, arguments, alias.as_ref()),
                None => {
                    let names = names_of_indexes(index_hints)?;
                    self.named_table(name, alias.as_ref(), &names)
                }
            },
            TableFactor::Derived {
                subquery, alias, ..
            } => self.derived(subquery, alias.as_ref()),
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => Ok(format!("({})", self.joined(table_with_joins)?)),
            _ => Err(SqlError::unsupported("this kind of table")),
        }
    }

    fn named_table(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        indexes: &[String],
    ) -> Result<String, SqlError> {
        let parts = parts(name);
        let (schema, table) = match parts.as_slice() {
            [table] => (self.given.schema.to_owned(), table.clone()),
            [schema, table] | [_, schema, table] => (schema.clone(), table.clone()),
            _ => return Err(table_not_found(&name.to_string())),
        };
        if parts.len() == 1 && table == "DUAL" {
            return Ok(self.one_row(alias));
        }
        if parts.len() == 1
            && let Some(common) = self.common.remove(&table)
        {
            // A common table does not see itself.
            let named = alias.cloned().unwrap_or_else(|| plain_alias(&table));
            let derived = self.derived(&common, Some(&named));
            self.common.insert(table, common);
            return derived;
        }
        if schema == SYSTEM || schema == INFORMATION_SCHEMA {
            return self.view(&schema, &table, alias);
        }
        let catalog = self.given.catalog;
        if let Some(view) = catalog.visible_view(&schema, &table) {
            return self.defined_view(view, alias);
        }
        let table = catalog.table(&schema, &table)?.clone();
        if let Some(unknown) = indexes.iter().find(|name| !views::has_index(&table, name)) {
            return Err(index_not_found(unknown));
        }
        let written = self.alias();
        self.add_table(&table, &written, alias);
        let mirrored = table_name(table.cache, table.entity);
        self.tables.push(table);
        Ok(format!("{mirrored} AS {written}"))
    }

    fn one_row(&mut self, alias: Option<&TableAlias>) -> String {
        let written = self.alias();
        let name = alias.map_or_else(|| "DUAL".to_owned(), |alias| normal(&alias.name));
        self.innermost().tables.push(SourceTable {
            schema: None,
            name,
            is_renamed: alias.is_some(),
            columns: vec![SourceColumn {
                name: "X".to_owned(),
                code: format!("{written}.x"),
                ty: SqlType::BigInt,
                scale: None,
                is_hidden: false,
            }],
        });
        format!("(SELECT 1 AS x) AS {written}")
    }

    /// Puts a table of a cache into the scope.
    pub(crate) fn add_table(&mut self, table: &Table, written: &str, alias: Option<&TableAlias>) {
        // A table without columns of its own shows key and value.
        let is_hidden = !table.columns.is_empty();
        let whole = |name: &str, code: String, ty| SourceColumn {
            name: name.to_owned(),
            code,
            ty,
            scale: None,
            is_hidden,
        };
        let mut columns = vec![whole_key(table, written), whole_value(table, written)]
            .into_iter()
            .zip([KEY_COLUMN, VALUE_COLUMN])
            .map(|((code, ty), name)| whole(name, code, ty))
            .collect::<Vec<_>>();
        let own = table.columns.iter().enumerate();
        columns.extend(own.map(|(number, column)| SourceColumn {
            name: column.name.clone(),
            code: format!("{written}.c{number}"),
            ty: column.ty,
            scale: column.scale,
            is_hidden: false,
        }));
        let name = alias.map_or_else(|| table.name.clone(), |alias| normal(&alias.name));
        self.innermost().tables.push(SourceTable {
            schema: Some(table.schema.clone()),
            name,
            is_renamed: alias.is_some(),
            columns,
        });
    }

    fn view(
        &mut self,
        schema: &str,
        name: &str,
        alias: Option<&TableAlias>,
    ) -> Result<String, SqlError> {
        let view = views::find(schema, name).ok_or_else(|| table_not_found(name))?;
        let written = self.alias();
        let columns = view
            .columns
            .iter()
            .enumerate()
            .map(|(number, column)| SourceColumn {
                name: column.name.to_owned(),
                code: format!("{written}.c{number}"),
                ty: column.ty,
                scale: None,
                is_hidden: false,
            });
        let source = SourceTable {
            schema: Some(schema.to_owned()),
            name: alias.map_or_else(|| name.to_owned(), |alias| normal(&alias.name)),
            is_renamed: alias.is_some(),
            columns: columns.collect(),
        };
        self.innermost().tables.push(source);
        self.views.insert((view.schema, view.name), view);
        Ok(format!("{} AS {written}", view.sqlite_name()))
    }

    fn derived(
        &mut self,
        subquery: &Query,
        alias: Option<&TableAlias>,
    ) -> Result<String, SqlError> {
        // A subquery in FROM does not see its neighbours.
        let own = self.scopes.pop();
        let selected = self.deeper(|translator| translator.query(subquery));
        self.scopes.extend(own);
        let (text, outputs) = selected?;
        let written = self.alias();
        let renamed = alias.map(|alias| &alias.columns);
        refuse_duplicates(outputs.iter().map(|output| output.name.as_str()))?;
        let columns = outputs.iter().enumerate().map(|(number, output)| {
            let name = renamed.and_then(|renamed| renamed.get(number));
            SourceColumn {
                name: name.map_or_else(|| output.name.clone(), |name| normal(&name.name)),
                code: format!("{written}.c{number}"),
                ty: output.ty,
                scale: output.scale,
                is_hidden: false,
            }
        });
        let source = SourceTable {
            schema: None,
            name: alias.map_or_else(String::new, |alias| normal(&alias.name)),
            is_renamed: alias.is_some(),
            columns: columns.collect(),
        };
        self.innermost().tables.push(source);
        Ok(format!("({text}) AS {written}"))
    }
}

/// Columns of a subquery in FROM, and of a view, have different names.
pub(super) fn refuse_duplicates<'n>(names: impl Iterator<Item = &'n str>) -> Result<(), SqlError> {
    let mut known = BTreeSet::new();
    for name in names {
        if !known.insert(name) {
            let message = format!("Duplicate column name \"{name}\"");
            return Err(SqlError::parse(code::DUPLICATE_COLUMN, message));
        }
    }
    Ok(())
}

/// The indexes that `USE INDEX` names. SQLite chooses by itself, but they have to be there.
fn names_of_indexes(hints: &[TableIndexHints]) -> Result<Vec<String>, SqlError> {
    match hints {
        [] => Ok(Vec::new()),
        [
            TableIndexHints {
                hint_type: TableIndexHintType::Use,
                index_type: TableIndexType::Index,
                for_clause: None,
                index_names,
            },
        ] => Ok(index_names.iter().map(normal).collect()),
        _ => Err(unreadable("INDEX")),
    }
}

fn plain_alias(name: &str) -> TableAlias {
    TableAlias {
        explicit: false,
        name: sqlparser::ast::Ident::with_quote('"', name),
        columns: Vec::new(),
        at: None,
    }
}

/// The whole key: the mirror holds it as bytes, and as a column where it is one.
pub(crate) fn whole_key(table: &Table, written: &str) -> (String, SqlType) {
    use crate::sql::table::Source;

    let ty = table.key_sql_type();
    let column = table
        .columns
        .iter()
        .position(|column| column.source == Source::Key);
    match column {
        Some(number) => (format!("{written}.c{number}"), table.columns[number].ty),
        None if ty == SqlType::Object => (format!("{written}.k"), SqlType::Object),
        None => (
            format!(
                "h2_raw({written}.k, {})",
                crate::sql::functions::type_number(ty)
            ),
            ty,
        ),
    }
}

/// The whole value: an object is looked up by the key.
fn whole_value(table: &Table, written: &str) -> (String, SqlType) {
    use crate::sql::table::Source;

    let column = table
        .columns
        .iter()
        .position(|column| column.source == Source::Value);
    match column {
        Some(number) => (format!("{written}.c{number}"), table.columns[number].ty),
        None => match table.plain_value() {
            Some(ty) => (format!("{written}.v"), ty),
            None => (format!("{written}.k"), SqlType::Entry(table.cache)),
        },
    }
}
