//! ALTER TABLE, CREATE INDEX and DROP INDEX: changes of a cache's query entity.

use std::sync::Arc;

use portway_ignite_protocol::{CacheConfiguration, IndexField, IndexKind, QueryIndex};

use super::Run;
use crate::sql::error::{SqlError, code, state};
use crate::sql::parse::{AlterTable, Alteration, ColumnDefinition, CreateIndex, DropIndex};
use crate::sql::table::{KEY_COLUMN, Source, Table, VALUE_COLUMN, default_index_name, index_name};

/// The inline size of an index that names none: Ignite's choice.
const DEFAULT_INLINE_SIZE: i32 = -1;

impl Run<'_> {
    pub(super) fn alter_table(&mut self, alter: &AlterTable) -> Result<(), SqlError> {
        let drops = matches!(alter.change, Alteration::Drop { .. });
        if drops && !alter.if_exists {
            // H2 looks for the columns while it reads the statement.
            let (schema, name) = self.named(&alter.name);
            self.check_definable(schema)?;
            if self.catalog.visible_view(schema, name).is_none() {
                self.catalog.table(schema, name)?;
            }
        }
        let Some(table) = self.existing(&alter.name, alter.if_exists)? else {
            return Ok(());
        };
        match &alter.change {
            Alteration::Add {
                columns,
                if_not_exists,
            } => self.add_columns(&table, columns, *if_not_exists),
            Alteration::Drop { columns, if_exists } => {
                self.drop_columns(&table, columns, *if_exists)
            }
            Alteration::Unsupported => {
                let message = format!("Unsupported statement: {}", self.request.sql);
                Err(SqlError::ignite(state::UNSUPPORTED, message))
            }
            Alteration::Logging => {
                let message = format!(
                    "Cannot change WAL mode because persistence is not enabled for cache(s) \
                     [caches=[{}], dataRegion=null]",
                    table.cache_name
                );
                Err(SqlError::ignite(state::INTERNAL, message))
            }
        }
    }

    /// The table, or nothing when it may be missing.
    fn existing(
        &self,
        name: &[String],
        may_be_missing: bool,
    ) -> Result<Option<Arc<Table>>, SqlError> {
        let (schema, name) = self.named(name);
        self.check_definable(schema)?;
        match self.catalog.find(schema, name) {
            Some(table) => Ok(Some(Arc::clone(table))),
            None if may_be_missing => Ok(None),
            None => {
                let message = format!("Table doesn't exist: {name}");
                Err(SqlError::ignite(state::PARSING, message))
            }
        }
    }

    fn add_columns(
        &mut self,
        table: &Table,
        columns: &[ColumnDefinition],
        if_not_exists: bool,
    ) -> Result<(), SqlError> {
        let mut added = Vec::new();
        for column in columns {
            if table.column(&column.name).is_some() {
                if if_not_exists && columns.len() == 1 {
                    return Ok(());
                }
                let message = format!("Column already exists: {}", column.name);
                return Err(SqlError::ignite(state::PARSING, message));
            }
            added.push(self.field(column)?);
        }
        self.change(table, |configuration| {
            let entity = &mut configuration.query_entities[table.entity];
            let names = added
                .iter()
                .map(|field| (field.name.clone(), field.name.clone()));
            entity.aliases.extend(names);
            entity.fields.extend(added);
        })
    }

    fn drop_columns(
        &mut self,
        table: &Table,
        columns: &[String],
        if_exists: bool,
    ) -> Result<(), SqlError> {
        let mut dropped = Vec::new();
        for name in columns {
            match table.column(name) {
                Some(number) => {
                    refuse_drop(table, number)?;
                    dropped.push(table.columns[number].field.clone());
                }
                None if if_exists && columns.len() == 1 => return Ok(()),
                None if name == KEY_COLUMN => return Err(undroppable(name, WHOLE_KEY)),
                None if name == VALUE_COLUMN => return Err(undroppable(name, WHOLE_VALUE)),
                None => {
                    let message = format!("Column \"{name}\" not found");
                    return Err(SqlError::parse(code::COLUMN_NOT_FOUND, message));
                }
            }
        }
        self.change(table, |configuration| {
            let entity = &mut configuration.query_entities[table.entity];
            entity.fields.retain(|field| !dropped.contains(&field.name));
            entity.aliases.retain(|(field, _)| !dropped.contains(field));
        })
    }

    fn change(
        &mut self,
        table: &Table,
        change: impl FnOnce(&mut CacheConfiguration),
    ) -> Result<(), SqlError> {
        let mut configuration = self.engine.cache_configuration(table.cache)?;
        if configuration.query_entities.len() <= table.entity {
            return Err(SqlError::unsupported("a change of a table that is gone"));
        }
        change(&mut configuration);
        self.engine.change_configuration(&configuration)?;
        Ok(())
    }

    pub(super) fn create_index(&mut self, create: &CreateIndex) -> Result<(), SqlError> {
        let table = self.existing(&create.table, false)?;
        let Some(table) = table else {
            return Ok(());
        };
        let mut index = QueryIndex {
            name: create.name.clone(),
            kind: IndexKind::Sorted,
            inline_size: create.inline_size.unwrap_or(DEFAULT_INLINE_SIZE),
            fields: Vec::new(),
        };
        for (name, descending) in &create.columns {
            let number = table.column(name).ok_or_else(|| {
                let message = format!("Column doesn't exist: {name}");
                SqlError::ignite(state::PARSING, message)
            })?;
            let field = table.columns[number].field.clone();
            if index.fields.iter().any(|known| known.name == field) {
                let order = if *descending { "DESC" } else { "ASC" };
                let message = format!("Already defined column in index: {name} {order}");
                return Err(SqlError::ignite(state::PARSING, message));
            }
            index.fields.push(IndexField {
                name: field,
                descending: *descending,
            });
        }
        let configuration = self.engine.cache_configuration(table.cache)?;
        let entity = configuration.query_entities.get(table.entity);
        let name = match (&index.name, entity) {
            (None, Some(entity)) => default_index_name(entity, &index),
            (name, _) => name.clone().unwrap_or_default(),
        };
        index.name = Some(name.clone());
        if self.index(&table.schema, &name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            let message = format!("Index already exists: {name}");
            return Err(SqlError::ignite(state::PARSING, message));
        }
        self.change(&table, |configuration| {
            configuration.query_entities[table.entity]
                .indexes
                .push(index);
        })
    }

    /// The table that has an index with this name.
    fn index(&self, schema: &str, name: &str) -> Option<Arc<Table>> {
        let has = |table: &&Arc<Table>| {
            table.schema == schema && table.indexes.iter().any(|index| index.name == name)
        };
        self.catalog.tables().find(has).cloned()
    }

    pub(super) fn drop_index(&mut self, drop: &DropIndex) -> Result<(), SqlError> {
        let (schema, name) = self.named(&drop.name);
        let name = name.to_owned();
        let Some(table) = self.index(schema, &name) else {
            if drop.if_exists {
                return Ok(());
            }
            let message = format!("Index doesn't exist: {name}");
            return Err(SqlError::ignite(state::PARSING, message));
        };
        self.change(&table, |configuration| {
            let escape = configuration.sql_escape_all;
            let entity = &mut configuration.query_entities[table.entity];
            let described = entity.clone();
            let is_other = |index: &QueryIndex| index_name(&described, index, escape) != name;
            entity.indexes.retain(is_other);
        })
    }
}

/// Refuses to drop what the key or an index needs.
fn refuse_drop(table: &Table, number: usize) -> Result<(), SqlError> {
    let column = &table.columns[number];
    let name = &column.name;
    let reason = match column.source {
        Source::Key => WHOLE_KEY.to_owned(),
        Source::Value => WHOLE_VALUE.to_owned(),
        Source::KeyField(_) => "it is a part of a cache key".to_owned(),
        Source::ValueField(_) => {
            let uses = |index: &&crate::sql::table::Index| {
                index.columns.iter().any(|(used, _)| *used == number)
            };
            match table.indexes.iter().find(uses) {
                Some(index) => {
                    format!("an index exists (\"{}\") that uses the column.", index.name)
                }
                None => return Ok(()),
            }
        }
    };
    Err(undroppable(name, &reason))
}

const WHOLE_KEY: &str = "it represents an entire cache key";
const WHOLE_VALUE: &str = "it represents an entire cache value";

fn undroppable(column: &str, reason: &str) -> SqlError {
    let message = format!("Cannot drop column \"{column}\" because {reason}");
    SqlError::ignite(state::INTERNAL, message)
}
