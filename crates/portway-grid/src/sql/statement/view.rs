//! CREATE VIEW, DROP VIEW, and what changes no view.

use sqlparser::ast::{Expr, TableFactor};

use super::Run;
use super::insert::wrong_width;
use crate::engine::SqlView;
use crate::sql::catalog::SYSTEM;
use crate::sql::defined_view::DefinedView;
use crate::sql::error::{SqlError, index_not_found, state};
use crate::sql::parse::{CreateView, DropView};
use crate::sql::translate::{Output, column_not_found, parts};

impl Run<'_> {
    pub(super) fn create_view(&mut self, create: &CreateView) -> Result<(), SqlError> {
        let (schema, name) = self.named(&create.name);
        refuse_system(schema)?;
        if !self.catalog.schemas().any(|known| known == schema) {
            let message = format!("Schema doesn't exist: {schema}");
            return Err(SqlError::ignite(state::INTERNAL, message));
        }
        if !create.or_replace && self.catalog.view(schema, name).is_some() {
            let message = format!("View already exists: {name}");
            return Err(SqlError::ignite(state::INTERNAL, message));
        }
        let view = DefinedView::new(SqlView {
            schema: schema.to_owned(),
            name: name.to_owned(),
            sql: create.query.clone(),
            columns: None,
        });
        // What cannot be carried out is kept all the same, as on a node.
        let columns = self.columns_of_view(&view).ok();
        let names = columns.map(|columns| columns.into_iter().map(|column| column.name));
        self.engine.put_sql_view(&SqlView {
            columns: names.map(Iterator::collect),
            ..view.kept().clone()
        })?;
        Ok(())
    }

    pub(super) fn drop_view(&mut self, drop: &DropView) -> Result<(), SqlError> {
        let (schema, name) = self.named(&drop.name);
        refuse_system(schema)?;
        match self.catalog.view(schema, name) {
            Some(view) => Ok(self.engine.remove_sql_view(view.kept())?),
            None if drop.if_exists => Ok(()),
            None => {
                let message = format!("View doesn't exist: {name}");
                Err(SqlError::ignite(state::INTERNAL, message))
            }
        }
    }

    /// The columns that a view shows at this moment.
    ///
    /// # Errors
    /// H2's, when its query cannot be carried out.
    pub(crate) fn columns_of_view(&self, view: &DefinedView) -> Result<Vec<Output>, SqlError> {
        self.translator().columns_of_view(view)
    }

    /// Refuses rows that are to be put into a view.
    pub(super) fn refuse_insert_into_view(
        &self,
        (schema, name): (&str, &str),
        columns: &[String],
        width: Option<usize>,
        replaces: bool,
    ) -> Result<(), SqlError> {
        let Some(view) = self.catalog.visible_view(schema, name) else {
            return Ok(());
        };
        let known = self.columns_of_view(view)?;
        let is_known = |name: &&String| known.iter().any(|column| column.name == **name);
        if let Some(unknown) = columns.iter().find(|name| !is_known(name)) {
            return Err(column_not_found(unknown));
        }
        let wanted = match columns {
            [] => known.len(),
            columns => columns.len(),
        };
        if width.is_some_and(|width| width != wanted) {
            return Err(wrong_width());
        }
        if replaces {
            return Err(index_not_found("PRIMARY_KEY_"));
        }
        Err(no_target(""))
    }

    /// Refuses to change or remove rows of a view.
    pub(super) fn refuse_change_of_view(
        &self,
        factor: &TableFactor,
        columns: &[String],
        condition: Option<&Expr>,
        what: &str,
    ) -> Result<(), SqlError> {
        let TableFactor::Table { name, alias, .. } = factor else {
            return Ok(());
        };
        let name = parts(name);
        let (schema, name) = self.named(&name);
        let Some(view) = self.catalog.visible_view(schema, name) else {
            return Ok(());
        };
        let mut translator = self.translator();
        translator.defined_view(view, alias.as_ref())?;
        for column in columns {
            translator.column(std::slice::from_ref(column))?;
        }
        if let Some(condition) = condition {
            translator.condition(condition)?;
        }
        Err(no_target(what))
    }
}

fn no_target(what: &str) -> SqlError {
    let message = format!("Failed to determine target table{what}");
    SqlError::ignite(state::PARSING, message)
}

fn refuse_system(schema: &str) -> Result<(), SqlError> {
    if schema != SYSTEM {
        return Ok(());
    }
    let message = "DDL statements are not supported on SYS schema";
    Err(SqlError::ignite(state::UNSUPPORTED, message))
}
