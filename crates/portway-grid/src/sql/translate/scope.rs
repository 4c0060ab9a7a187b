//! What names in an expression mean.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::grouping::{Place, marked, shown};
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};
use crate::sql::types::SqlType;

/// A column that a name can mean.
#[derive(Clone, Debug)]
pub(crate) struct SourceColumn {
    pub(crate) name: String,
    pub(crate) code: String,
    pub(crate) ty: SqlType,
    pub(crate) scale: Option<u32>,
    /// Whether `*` leaves it out.
    pub(crate) is_hidden: bool,
}

/// A table in FROM.
#[derive(Clone, Debug)]
pub(crate) struct SourceTable {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    /// Whether the name is an alias.
    pub(crate) is_renamed: bool,
    pub(crate) columns: Vec<SourceColumn>,
}

/// The tables of one query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) tables: Vec<SourceTable>,
    /// Where the expression stands that is read.
    pub(crate) place: Place,
    pub(crate) has_aggregates: bool,
    /// Its columns that the subquery takes which is read.
    pub(super) taken: Vec<Taken>,
    /// Columns of the result that names may mean where no column of a table has the name.
    pub(super) aliases: Vec<(String, Typed)>,
}

/// A column that a subquery takes from a query that it stands in.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) code: String,
    /// How a node names it.
    pub(super) shown: String,
    /// Whether it is in an aggregate's argument there.
    pub(super) is_aggregated: bool,
}

/// A name as SQL understands it: upper case unless it is quoted.
pub(crate) fn normal(ident: &Ident) -> String {
    match ident.quote_style {
        Some('"') => ident.value.clone(),
        _ => ident.value.to_uppercase(),
    }
}

/// The parts of a name with dots.
pub(crate) fn parts(name: &ObjectName) -> Vec<String> {
    let part = |part: &ObjectNamePart| part.as_ident().map(normal);
    name.0.iter().filter_map(part).collect()
}

impl Scope {
    /// How a column is written where this scope's query is read.
    pub(super) fn code_of(&self, table: &SourceTable, column: &SourceColumn) -> String {
        match self.place {
            Place::Groups => marked(table, column),
            _ => column.code.clone(),
        }
    }

    fn alias(&self, name: &[String]) -> Option<Typed> {
        let [name] = name else {
            return None;
        };
        let found = self.aliases.iter().find(|(alias, _)| alias == name);
        found.map(|(_, typed)| typed.clone())
    }

    /// The columns with this name, of the tables with this alias if one is given.
    fn find<'s>(
        &'s self,
        schema: Option<&'s str>,
        table: Option<&'s str>,
        column: &'s str,
    ) -> impl Iterator<Item = (&'s SourceTable, &'s SourceColumn)> {
        let is_meant = move |source: &&SourceTable| {
            table.is_none_or(|table| source.name == table)
                && schema.is_none_or(|schema| source.schema.as_deref() == Some(schema))
        };
        let tables = self.tables.iter().filter(is_meant);
        tables.filter_map(move |source| {
            let found = source.columns.iter().find(|known| known.name == column);
            found.map(|found| (source, found))
        })
    }
}

impl Translator<'_> {
    /// The column that a name means: of the innermost query that has one.
    pub(crate) fn column(&mut self, name: &[String]) -> Result<Typed, SqlError> {
        let (schema, table, column) = match name {
            [column] => (None, None, column),
            [table, column] => (None, Some(table.as_str()), column),
            [schema, table, column] => (Some(schema.as_str()), Some(table.as_str()), column),
            _ => return Err(column_not_found(&name.join("."))),
        };
        let mut is_aggregated = false;
        for (outward, scope) in self.scopes.iter_mut().rev().enumerate() {
            let mut found = scope.find(schema, table, column);
            let Some((source, first)) = found.next() else {
                is_aggregated |= scope.place == Place::Aggregate;
                continue;
            };
            if found.next().is_some() {
                return Err(ambiguous(column));
            }
            drop(found);
            let parts: Vec<String> = name.iter().map(|part| quoted(part)).collect();
            let taken = (outward > 0).then(|| Taken {
                code: first.code.clone(),
                shown: shown(source, first),
                is_aggregated,
            });
            let code = match outward {
                0 => scope.code_of(source, first),
                // A column of an outer query is taken as it is.
                _ => first.code.clone(),
            };
            let typed = Typed {
                scale: first.scale,
                ..Typed::new(code, first.ty, parts.join("."))
            };
            scope.taken.extend(taken);
            return Ok(typed);
        }
        let alias = self.scopes.last().and_then(|scope| scope.alias(name));
        alias.ok_or_else(|| column_not_found(&name.join(".")))
    }
}

pub(super) fn ambiguous(column: &str) -> SqlError {
    let message = format!("Ambiguous column name \"{column}\"");
    SqlError::parse(code::AMBIGUOUS_COLUMN, message)
}

pub(crate) fn column_not_found(name: &str) -> SqlError {
    SqlError::parse(
        code::COLUMN_NOT_FOUND,
        format!("Column \"{name}\" not found"),
    )
}

/// A name as H2 prints it: in quotes unless it is plain.
pub(crate) fn quoted(name: &str) -> String {
    let mut characters = name.chars();
    let begins = |first: char| first.is_ascii_uppercase() || first == '_';
    let goes_on = |next: char| begins(next) || next.is_ascii_digit();
    if characters.next().is_some_and(begins) && characters.all(goes_on) {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}
