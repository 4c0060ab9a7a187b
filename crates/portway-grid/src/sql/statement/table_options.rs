//! What CREATE TABLE says behind WITH (`GridSqlQueryParser.processExtraParam`).

use std::collections::BTreeSet;

use portway_ignite_protocol::{AtomicityMode, CacheConfiguration, CacheMode, WriteSync};

use crate::sql::error::{SqlError, state};
use crate::sql::parse::CreateTable;

/// What WITH says beside the cache's configuration.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) template: Option<String>,
    pub(super) affinity_key: Option<String>,
    pub(super) key_type: Option<String>,
    pub(super) value_type: Option<String>,
    wrap_key: Option<bool>,
    wrap_value: Option<bool>,
    /// Whether the key is an object that has the key's columns as fields.
    pub(super) wraps_key: bool,
    /// Whether the value is an object that has the other columns as fields.
    pub(super) wraps_value: bool,
}

impl Options {
    pub(super) fn read(
        create: &CreateTable,
        configuration: &mut CacheConfiguration,
    ) -> Result<Self, SqlError> {
        let mut options = Self::default();
        let mut seen = BTreeSet::new();
        for parameter in &create.parameters {
            let mut parts = parameter.trim_end_matches('=').split('=');
            let name = parts.next().unwrap_or_default().trim().to_uppercase();
            let value = parts.next().unwrap_or_default().trim();
            if name.is_empty() || parts.next().is_some() {
                return Err(parsing(format!(
                    "Invalid parameter (key[=value] expected): {parameter}"
                )));
            }
            if !seen.insert(name.clone()) {
                return Err(parsing(format!("Duplicate parameter: {parameter}")));
            }
            options.set(&name, value, create, configuration)?;
        }
        options.decide(create)?;
        Ok(options)
    }

    fn set(
        &mut self,
        name: &str,
        value: &str,
        create: &CreateTable,
        configuration: &mut CacheConfiguration,
    ) -> Result<(), SqlError> {
        let may_be_empty = matches!(name, "WRAP_KEY" | "WRAP_VALUE" | "ENCRYPTED");
        if value.is_empty() && !may_be_empty && is_known(name) {
            return Err(parsing(format!("Parameter value cannot be empty: {name}")));
        }
        match name {
            "TEMPLATE" => self.template = Some(value.to_owned()),
            "BACKUPS" => configuration.backups = backups(value)?,
            "PARALLELISM" => configuration.query_parallelism = parallelism(value)?,
            "ATOMICITY" => configuration.atomicity = atomicity(value)?,
            "WRITE_SYNCHRONIZATION_MODE" => configuration.write_sync = write_sync(value)?,
            "CACHE_NAME" => configuration.name = value.to_owned(),
            "CACHE_GROUP" | "CACHEGROUP" => configuration.group = Some(value.to_owned()),
            "DATA_REGION" => configuration.data_region = Some(value.to_owned()),
            "AFFINITY_KEY" | "AFFINITYKEY" => {
                self.affinity_key = Some(affinity_column(name, value, create)?);
            }
            "KEY_TYPE" => self.key_type = Some(value.to_owned()),
            "VALUE_TYPE" => self.value_type = Some(value.to_owned()),
            "WRAP_KEY" => self.wrap_key = Some(flag(value)),
            "WRAP_VALUE" => self.wrap_value = Some(flag(value)),
            "ENCRYPTED" => {}
            "PK_INLINE_SIZE" | "AFFINITY_INDEX_INLINE_SIZE" => {
                number(name, value)?;
            }
            other => return Err(parsing(format!("Unsupported parameter: {other}"))),
        }
        Ok(())
    }

    /// Decides what is wrapped into objects.
    fn decide(&mut self, create: &CreateTable) -> Result<(), SqlError> {
        let keys = create.key.len();
        let values = create.columns.len() - keys.min(create.columns.len());
        if self.wrap_key == Some(false) {
            refuse_if(
                keys > 1,
                "WRAP_KEY cannot be false when composite primary key exists.",
            )?;
            let message = "WRAP_KEY cannot be false when KEY_TYPE is set.";
            refuse_if(self.key_type.is_some(), message)?;
        }
        if self.wrap_value == Some(false) {
            let message = "WRAP_VALUE cannot be false when multiple non-primary key columns exist.";
            refuse_if(values > 1, message)?;
            let message = "WRAP_VALUE cannot be false when VALUE_TYPE is set.";
            refuse_if(self.value_type.is_some(), message)?;
        }
        if let Some(ty) = self
            .value_type
            .as_ref()
            .filter(|_| self.key_type == self.value_type)
        {
            return Err(parsing(format!(
                "Key and value type names should be different for CREATE TABLE: {ty}"
            )));
        }
        self.wraps_key = self.wrap_key == Some(true) || self.key_type.is_some() || keys > 1;
        self.wraps_value = self.wrap_value != Some(false);
        if self.wraps_key && keys == 1 && self.affinity_key.is_none() {
            self.affinity_key = create.key.first().cloned();
        }
        Ok(())
    }
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "TEMPLATE"
            | "BACKUPS"
            | "PARALLELISM"
            | "ATOMICITY"
            | "WRITE_SYNCHRONIZATION_MODE"
            | "CACHE_NAME"
            | "CACHE_GROUP"
            | "CACHEGROUP"
            | "DATA_REGION"
            | "AFFINITY_KEY"
            | "AFFINITYKEY"
            | "KEY_TYPE"
            | "VALUE_TYPE"
            | "PK_INLINE_SIZE"
            | "AFFINITY_INDEX_INLINE_SIZE"
    )
}

fn parsing(message: impl Into<String>) -> SqlError {
    SqlError::ignite(state::PARSING, message)
}

fn refuse_if(refused: bool, message: &str) -> Result<(), SqlError> {
    if refused {
        Err(parsing(message))
    } else {
        Ok(())
    }
}

fn flag(value: &str) -> bool {
    value.is_empty() || value.eq_ignore_ascii_case("true")
}

fn number(name: &str, value: &str) -> Result<i32, SqlError> {
    value.parse().map_err(|_| {
        parsing(format!(
            "Parameter value must be an integer [name={name}, value={value}]"
        ))
    })
}

fn backups(value: &str) -> Result<i32, SqlError> {
    let number = number("BACKUPS", value)?;
    refuse_if(
        number < 0,
        &format!("\"BACKUPS\" cannot be negative: {number}"),
    )?;
    Ok(number)
}

fn parallelism(value: &str) -> Result<i32, SqlError> {
    let number = number("PARALLELISM", value)?;
    refuse_if(
        number <= 0,
        &format!("\"PARALLELISM\" must be positive: {number}"),
    )?;
    Ok(number)
}

/// The mode of the caches that a template makes.
pub(super) fn mode(template: &str) -> Result<CacheMode, SqlError> {
    match template.to_ascii_uppercase().as_str() {
        "PARTITIONED" => Ok(CacheMode::Partitioned),
        "REPLICATED" => Ok(CacheMode::Replicated),
        _ => {
            let message = format!("Cache doesn't exist: {template}");
            Err(SqlError::ignite(state::INTERNAL, message))
        }
    }
}

fn atomicity(value: &str) -> Result<AtomicityMode, SqlError> {
    match value.to_ascii_uppercase().as_str() {
        "ATOMIC" => Ok(AtomicityMode::Atomic),
        "TRANSACTIONAL" => Ok(AtomicityMode::Transactional),
        _ => Err(parsing(format!(
            "Invalid value of \"ATOMICITY\" parameter (should be either TRANSACTIONAL, ATOMIC): \
             {value}"
        ))),
    }
}

fn write_sync(value: &str) -> Result<WriteSync, SqlError> {
    match value.to_ascii_uppercase().as_str() {
        "FULL_SYNC" => Ok(WriteSync::FullSync),
        "FULL_ASYNC" => Ok(WriteSync::FullAsync),
        "PRIMARY_SYNC" => Ok(WriteSync::PrimarySync),
        _ => Err(parsing(format!(
            "Invalid value of \"WRITE_SYNCHRONIZATION_MODE\" parameter (should be FULL_SYNC, \
             FULL_ASYNC, or PRIMARY_SYNC): {value}"
        ))),
    }
}

/// The column that decides the partition: one of the key's, exactly as it is in single quotes.
fn affinity_column(name: &str, value: &str, create: &CreateTable) -> Result<String, SqlError> {
    let exact = match value.strip_prefix('\'') {
        Some(rest) => Some(rest.strip_suffix('\'').ok_or_else(|| {
            parsing(format!(
                "Affinity key column name does not have trailing quote: {value}"
            ))
        })?),
        None => None,
    };
    if exact == Some("") {
        return Err(parsing(format!("Parameter value cannot be empty: {name}")));
    }
    let shown = exact.unwrap_or(value);
    let is_meant = |column: &str| match exact {
        Some(exact) => column == exact,
        None => column.eq_ignore_ascii_case(value),
    };
    let mut found = create
        .columns
        .iter()
        .filter(|column| is_meant(&column.name));
    let column = found.next().ok_or_else(|| {
        parsing(format!(
            "Affinity key column with given name not found: {shown}"
        ))
    })?;
    if found.next().is_some() {
        return Err(parsing(format!(
            "Ambiguous affinity column name, use single quotes for case sensitivity: {value}"
        )));
    }
    if !create.key.contains(&column.name) {
        return Err(parsing(format!(
            "Affinity key column must be one of key columns: {}",
            column.name
        )));
    }
    Ok(column.name.clone())
}
