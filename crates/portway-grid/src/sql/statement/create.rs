//! CREATE TABLE and DROP TABLE.

use portway_ignite_protocol::{
    CacheConfiguration, KeyConfiguration, QueryEntity, QueryField, WriteSync,
};
use sqlparser::ast::Expr;
use uuid::Uuid;

use super::Run;
use super::insert::converted;
use super::table_options::{Options, mode};
use crate::engine::{EngineError, IfExists};
use crate::sql::catalog::{INFORMATION_SCHEMA, SYSTEM};
use crate::sql::error::{SqlError, state};
use crate::sql::java_maps::hash_map_order;
use crate::sql::parse::{ColumnDefinition, CreateTable, DropTable};
use crate::sql::table::{KEY_COLUMN, VALUE_COLUMN};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

impl Run<'_> {
    pub(super) fn create_table(&mut self, create: &CreateTable) -> Result<(), SqlError> {
        let (schema, name) = self.named(&create.name);
        self.check_definable(schema)?;
        if schema == INFORMATION_SCHEMA {
            let message = "DDL statements are not supported on INFORMATION_SCHEMA";
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        let (schema, name) = (schema.to_owned(), name.to_owned());
        check_columns(create)?;
        let fields = self.fields(create)?;
        let mut configuration = CacheConfiguration::new(format!("SQL_{schema}_{name}"));
        configuration.write_sync = WriteSync::FullSync;
        configuration.sql_schema = Some(format!("\"{schema}\""));
        configuration.sql_escape_all = true;
        let options = Options::read(create, &mut configuration)?;
        if self.catalog.find(&schema, &name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            let refusal = EngineError::TableExists(name);
            return Err(SqlError::ignite(state::PARSING, refusal.to_string()));
        }
        if let Some(template) = &options.template {
            configuration.mode = mode(template)?;
        }
        let entity = entity(create, (&schema, &name), &options, fields);
        if let Some(affinity) = &options.affinity_key {
            configuration.key_configuration.push(KeyConfiguration {
                type_name: entity.key_type.clone().unwrap_or_default(),
                affinity_key_field: Some(affinity.clone()),
            });
        }
        configuration.query_entities.push(entity);
        let created = self.engine.create_cache(&configuration, IfExists::Fail);
        created.map_err(|error| match error {
            EngineError::CacheExists(cache) => {
                let message = format!("Cache is already indexed: {cache}");
                SqlError::ignite(state::INTERNAL, message)
            }
            other => other.into(),
        })
    }

    pub(super) fn fields(&mut self, create: &CreateTable) -> Result<Vec<QueryField>, SqlError> {
        create
            .columns
            .iter()
            .map(|column| self.field(column))
            .collect()
    }

    /// A column as a field of a query entity.
    pub(super) fn field(&mut self, column: &ColumnDefinition) -> Result<QueryField, SqlError> {
        let mut field = QueryField::new(&column.name, column.class);
        field.not_null = column.not_null;
        field.precision = column
            .precision
            .and_then(|size| i32::try_from(size).ok())
            .unwrap_or(-1);
        field.scale = column
            .scale
            .and_then(|size| i32::try_from(size).ok())
            .unwrap_or(-1);
        if let Some(default) = &column.default {
            let value = self.constant(default, &column.name)?;
            check_default(column, &value)?;
            field.default_value = converted(value, column.ty, column.class, &column.name)?.to_raw();
        }
        Ok(field)
    }

    /// The value of a DEFAULT, which does not depend on when it is asked for.
    fn constant(&mut self, default: &Expr, column: &str) -> Result<SqlValue, SqlError> {
        let typed = self.translator().expression(default)?;
        match typed.constant() {
            Some(value) => Ok(value.clone()),
            _ => {
                let message = format!(
                    "Non-constant DEFAULT expressions are not supported [colName={column}]"
                );
                Err(SqlError::ignite(state::UNSUPPORTED, message))
            }
        }
    }

    /// Refuses definitions in a schema that is not there, or that only shows what is.
    pub(super) fn check_definable(&self, schema: &str) -> Result<(), SqlError> {
        if schema == SYSTEM {
            let message = "DDL statements are not supported on SYS schema";
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        self.catalog.check_schema(schema)
    }

    pub(super) fn drop_table(&mut self, drop: &DropTable) -> Result<(), SqlError> {
        let (schema, name) = self.named(&drop.name);
        self.check_definable(schema)?;
        let Some(table) = self.catalog.find(schema, name) else {
            if drop.if_exists {
                return Ok(());
            }
            let message = format!("Table doesn't exist: {name}");
            return Err(SqlError::ignite(state::PARSING, message));
        };
        if !table.is_sql {
            let message = format!(
                "Only cache created with CREATE TABLE may be removed with DROP TABLE [cacheName={}]",
                table.cache_name
            );
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        self.engine.destroy_cache(table.cache)?;
        Ok(())
    }
}

/// Text takes text alone, and numbers take numbers alone.
fn check_default(column: &ColumnDefinition, default: &SqlValue) -> Result<(), SqlError> {
    let ty = default.sql_type();
    let differs = (column.ty == SqlType::Varchar && ty != SqlType::Varchar)
        || (column.ty.is_number() && !ty.is_number());
    if default.is_null() || !differs {
        return Ok(());
    }
    let message = format!(
        "Invalid default value for column. [colName={}, colType={}, dfltValueType={}]",
        column.name,
        column.ty.name(),
        ty.name()
    );
    Err(SqlError::ignite(state::PARSING, message))
}

fn check_columns(create: &CreateTable) -> Result<(), SqlError> {
    let parsing = |message: String| Err(SqlError::ignite(state::PARSING, message));
    if create.key.is_empty() {
        return parsing("No PRIMARY KEY defined for CREATE TABLE".to_owned());
    }
    for (number, column) in create.columns.iter().enumerate() {
        let before = &create.columns[..number];
        if before.iter().any(|other| other.name == column.name) {
            return parsing(format!("Duplicate column name: {}", column.name));
        }
        if column.name == KEY_COLUMN || column.name == VALUE_COLUMN {
            return parsing(
                "Direct specification of _KEY and _VAL columns is forbidden".to_owned(),
            );
        }
    }
    let is_column = |key: &&String| create.columns.iter().any(|column| column.name == **key);
    if let Some(missing) = create.key.iter().find(|key| !is_column(key)) {
        return parsing(format!("PRIMARY KEY column is not defined: {missing}"));
    }
    if create.key.len() == create.columns.len() {
        let message = "Table must have at least one non PRIMARY KEY column.";
        return Err(SqlError::ignite(state::UNSUPPORTED, message));
    }
    Ok(())
}

/// The query entity of a new table.
fn entity(
    create: &CreateTable,
    (schema, name): (&str, &str),
    options: &Options,
    mut fields: Vec<QueryField>,
) -> QueryEntity {
    let unique = Uuid::new_v4().to_string().replace('-', "_");
    let type_name = format!("SQL_{schema}_{name}_{unique}");
    let mut entity = QueryEntity {
        table: Some(name.to_owned()),
        ..QueryEntity::default()
    };
    match create.key.as_slice() {
        [key] if !options.wraps_key => {
            entity.key_type = Some(class_of(create, key));
            entity.key_field = Some(key.clone());
        }
        _ => {
            let default = || format!("{type_name}_KEY");
            entity.key_type = Some(options.key_type.clone().unwrap_or_else(default));
            for field in &mut fields {
                field.is_key = create.key.contains(&field.name);
            }
        }
    }
    let is_value = |column: &&ColumnDefinition| !create.key.contains(&column.name);
    let value = create.columns.iter().find(is_value);
    match value.filter(|_| !options.wraps_value) {
        Some(value) => {
            entity.value_type = Some(class_of(create, &value.name));
            entity.value_field = Some(value.name.clone());
        }
        None => entity.value_type = Some(options.value_type.clone().unwrap_or(type_name)),
    }
    entity.aliases = fields
        .iter()
        .map(|field| (field.name.clone(), field.name.clone()))
        .collect();
    hash_map_order(&mut entity.aliases, |(field, _)| field);
    entity.fields = fields;
    entity
}

fn class_of(create: &CreateTable, column: &str) -> String {
    let column = create.columns.iter().find(|known| known.name == column);
    let class = column.map(|column| column.class);
    class
        .unwrap_or_else(|| SqlType::Object.java_class())
        .to_owned()
}
