//! CREATE TABLE and DROP TABLE.

use portway_ignite_protocol::{
    AtomicityMode, CacheConfiguration, CacheMode, KeyConfiguration, QueryEntity, QueryField,
    WriteSync,
};
use uuid::Uuid;

use super::Run;
use super::insert::converted;
use crate::engine::{EngineError, IfExists};
use crate::sql::catalog::PUBLIC;
use crate::sql::error::{SqlError, state};
use crate::sql::parse::{ColumnDefinition, CreateTable, DropTable};
use crate::sql::types::SqlType;

impl Run<'_> {
    pub(super) fn create_table(&mut self, create: &CreateTable) -> Result<(), SqlError> {
        let (schema, name) = self.named(&create.name);
        if schema != PUBLIC {
            let message = format!("CREATE TABLE can only be executed on {PUBLIC} schema.");
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        if self.catalog.find(schema, name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            let message = format!("Table already exists: {name}");
            return Err(SqlError::ignite(state::PARSING, message));
        }
        let name = name.to_owned();
        check_columns(create)?;
        let mut configuration = CacheConfiguration::new(format!("SQL_{PUBLIC}_{name}"));
        configuration.write_sync = WriteSync::FullSync;
        configuration.sql_schema = Some(format!("\"{PUBLIC}\""));
        configuration.sql_escape_all = true;
        let options = Options::read(&create.parameters, &mut configuration)?;
        let fields = self.fields(create)?;
        let entity = entity(create, &name, &options, fields)?;
        if let Some(affinity) = &options.affinity_key {
            let affinity_field = affinity_field(create, affinity)?;
            configuration.key_configuration.push(KeyConfiguration {
                type_name: entity.key_type.clone().unwrap_or_default(),
                affinity_key_field: Some(affinity_field),
            });
        }
        configuration.query_entities.push(entity);
        let created = self.engine.create_cache(&configuration, IfExists::Fail);
        created.map_err(|error| match error {
            EngineError::CacheExists(cache) => {
                let message = format!("Table already exists: {name} [cacheName={cache}]");
                SqlError::ignite(state::PARSING, message)
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
        let mut field = QueryField::new(&column.name, column.ty.java_class());
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
            let value = self.value_of(default)?;
            field.default_value = converted(value, column.ty, &column.name)?.to_raw();
        }
        Ok(field)
    }

    pub(super) fn drop_table(&mut self, drop: &DropTable) -> Result<(), SqlError> {
        let (schema, name) = self.named(&drop.name);
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

fn check_columns(create: &CreateTable) -> Result<(), SqlError> {
    if create.key.is_empty() {
        let message = "No PRIMARY KEY defined for CREATE TABLE";
        return Err(SqlError::ignite(state::PARSING, message));
    }
    let is_key = |column: &&ColumnDefinition| create.key.contains(&column.name);
    let keys = create.columns.iter().filter(is_key).count();
    if keys < create.key.len() {
        let message = format!(
            "PRIMARY KEY column is not defined: {}",
            create.key.join(", ")
        );
        return Err(SqlError::ignite(state::PARSING, message));
    }
    if keys == create.columns.len() {
        let message = "Table must have at least one non PRIMARY KEY column.";
        return Err(SqlError::ignite(state::UNSUPPORTED, message));
    }
    for (number, column) in create.columns.iter().enumerate() {
        if create.columns[..number]
            .iter()
            .any(|other| other.name == column.name)
        {
            let message = format!("Duplicate column name: {}", column.name);
            return Err(SqlError::ignite(state::PARSING, message));
        }
    }
    Ok(())
}

/// What WITH says beside the cache's configuration.
#[derive(Debug, Default)]
struct Options {
    affinity_key: Option<String>,
    key_type: Option<String>,
    value_type: Option<String>,
    wrap_key: Option<bool>,
    wrap_value: Option<bool>,
}

impl Options {
    fn read(
        parameters: &[(String, String)],
        configuration: &mut CacheConfiguration,
    ) -> Result<Self, SqlError> {
        let mut options = Self::default();
        for (name, value) in parameters {
            options.set(name, value, configuration)?;
        }
        Ok(options)
    }

    fn set(
        &mut self,
        name: &str,
        value: &str,
        configuration: &mut CacheConfiguration,
    ) -> Result<(), SqlError> {
        match name {
            "TEMPLATE" => configuration.mode = mode(value)?,
            "BACKUPS" => configuration.backups = number(name, value)?,
            "PARALLELISM" => configuration.query_parallelism = number(name, value)?,
            "ATOMICITY" => configuration.atomicity = atomicity(value)?,
            "WRITE_SYNCHRONIZATION_MODE" => configuration.write_sync = write_sync(value)?,
            "CACHE_NAME" => configuration.name = value.to_owned(),
            "CACHE_GROUP" => configuration.group = Some(value.to_owned()),
            "DATA_REGION" => configuration.data_region = Some(value.to_owned()),
            "AFFINITY_KEY" => self.affinity_key = Some(value.to_owned()),
            "KEY_TYPE" => self.key_type = Some(value.to_owned()),
            "VALUE_TYPE" => self.value_type = Some(value.to_owned()),
            "WRAP_KEY" => self.wrap_key = Some(flag(value)),
            "WRAP_VALUE" => self.wrap_value = Some(flag(value)),
            "ENCRYPTED" | "PK_INLINE_SIZE" | "AFFINITY_INDEX_INLINE_SIZE" => {}
            other => {
                let message = format!("Unsupported parameter: {other}");
                return Err(SqlError::ignite(state::PARSING, message));
            }
        }
        Ok(())
    }
}

fn flag(value: &str) -> bool {
    value.is_empty() || value == "1" || value.eq_ignore_ascii_case("true")
}

fn invalid(parameter: &str, value: &str) -> SqlError {
    let message = format!("Invalid value of \"{parameter}\" parameter: {value}");
    SqlError::ignite(state::PARSING, message)
}

fn number(name: &str, value: &str) -> Result<i32, SqlError> {
    let number = value.parse::<i32>().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| invalid(name, value))
}

fn mode(value: &str) -> Result<CacheMode, SqlError> {
    match value.to_ascii_uppercase().as_str() {
        "PARTITIONED" => Ok(CacheMode::Partitioned),
        "REPLICATED" => Ok(CacheMode::Replicated),
        _ => {
            let message = format!("Cache doesn't exist: {value}");
            Err(SqlError::ignite(state::PARSING, message))
        }
    }
}

fn atomicity(value: &str) -> Result<AtomicityMode, SqlError> {
    match value.to_ascii_uppercase().as_str() {
        "ATOMIC" => Ok(AtomicityMode::Atomic),
        "TRANSACTIONAL" => Ok(AtomicityMode::Transactional),
        _ => {
            let message = format!(
                "Invalid value of \"ATOMICITY\" parameter (should be either TRANSACTIONAL or ATOMIC): {value}"
            );
            Err(SqlError::ignite(state::PARSING, message))
        }
    }
}

fn write_sync(value: &str) -> Result<WriteSync, SqlError> {
    match value.to_ascii_uppercase().as_str() {
        "FULL_SYNC" => Ok(WriteSync::FullSync),
        "FULL_ASYNC" => Ok(WriteSync::FullAsync),
        "PRIMARY_SYNC" => Ok(WriteSync::PrimarySync),
        _ => Err(invalid("WRITE_SYNCHRONIZATION_MODE", value)),
    }
}

/// The affinity key is one of the key's columns; quotes around it are kept off.
fn affinity_field(create: &CreateTable, affinity: &str) -> Result<String, SqlError> {
    let exact = create.key.iter().find(|column| *column == affinity);
    let upper = affinity.to_uppercase();
    let found = exact.or_else(|| create.key.iter().find(|column| **column == upper));
    found.cloned().ok_or_else(|| {
        let message = format!("Affinity key column with given name not found: {affinity}");
        SqlError::ignite(state::PARSING, message)
    })
}

/// The query entity of a new table.
fn entity(
    create: &CreateTable,
    name: &str,
    options: &Options,
    mut fields: Vec<QueryField>,
) -> Result<QueryEntity, SqlError> {
    let unique = Uuid::new_v4().to_string().replace('-', "_");
    let type_name = format!("SQL_{PUBLIC}_{name}_{unique}");
    let mut entity = QueryEntity {
        table: Some(name.to_owned()),
        ..QueryEntity::default()
    };
    let wraps_key = options.wrap_key.unwrap_or(create.key.len() > 1);
    if wraps_key {
        let default = || format!("{type_name}_KEY");
        entity.key_type = Some(options.key_type.clone().unwrap_or_else(default));
        for field in &mut fields {
            field.is_key = create.key.contains(&field.name);
        }
    } else if let [key] = create.key.as_slice() {
        entity.key_type = Some(class_of(create, key));
        entity.key_field = Some(key.clone());
    } else {
        let message = "WRAP_KEY cannot be false when composite primary key exists.";
        return Err(SqlError::ignite(state::PARSING, message));
    }
    let mut values = create
        .columns
        .iter()
        .filter(|column| !create.key.contains(&column.name));
    match (
        options.wrap_value.unwrap_or(true),
        values.next(),
        values.next(),
    ) {
        (false, Some(value), None) => {
            entity.value_type = Some(class_of(create, &value.name));
            entity.value_field = Some(value.name.clone());
        }
        (false, ..) => {
            let message = "WRAP_VALUE cannot be false when multiple non-primary key columns exist.";
            return Err(SqlError::ignite(state::PARSING, message));
        }
        (true, ..) => entity.value_type = Some(options.value_type.clone().unwrap_or(type_name)),
    }
    entity.aliases = fields
        .iter()
        .map(|field| (field.name.clone(), field.name.clone()))
        .collect();
    entity.fields = fields;
    Ok(entity)
}

fn class_of(create: &CreateTable, column: &str) -> String {
    let column = create.columns.iter().find(|known| known.name == column);
    let ty = column.map_or(SqlType::Object, |column| column.ty);
    ty.java_class().to_owned()
}
