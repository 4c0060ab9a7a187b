//! A table: the entries of a cache that are of one type, as rows.

mod indexes;

pub(crate) use indexes::{Index, default_index_name, index_name};

use std::collections::BTreeMap;

use portway_ignite_protocol::{
    CacheConfiguration, CacheId, NameMapper, QueryEntity, QueryField, RawValue, java,
};

use super::text::unquoted;
use super::types::SqlType;
use super::value::SqlValue;
use indexes::indexes;

/// The columns that every table has beside its own.
pub(crate) const KEY_COLUMN: &str = "_KEY";
pub(crate) const VALUE_COLUMN: &str = "_VAL";

/// Where the value of a column is in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It is the key.
    Key,
    /// It is the value.
    Value,
    /// It is the field at the end of this path of field ids in the key.
    KeyField(Vec<i32>),
    /// It is the field at the end of this path of field ids in the value.
    ValueField(Vec<i32>),
}

impl Source {
    /// Whether the column is a part of the key, or all of it.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self, Self::Key | Self::KeyField(_))
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// The name in SQL.
    pub(crate) name: String,
    /// The name of the field in the object.
    pub(crate) field: String,
    /// The class of the field in Java, as the query entity names it.
    pub(crate) class: String,
    pub(crate) ty: SqlType,
    pub(crate) source: Source,
    pub(crate) not_null: bool,
    pub(crate) default: SqlValue,
    /// Characters or digits at most.
    pub(crate) precision: Option<u32>,
    pub(crate) scale: Option<u32>,
}

impl Column {
    /// Whether it is a field of an object that is itself a field.
    pub(crate) fn is_nested(&self) -> bool {
        match &self.source {
            Source::KeyField(path) | Source::ValueField(path) => path.len() > 1,
            Source::Key | Source::Value => false,
        }
    }

    /// The class that is told of the column.
    pub(crate) fn java_class(&self) -> &str {
        self.ty.class_told(&self.class)
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) cache: i32,
    pub(crate) cache_name: String,
    pub(crate) group: Option<String>,
    /// The number of the query entity in the cache's configuration.
    pub(crate) entity: usize,
    pub(crate) key_type: String,
    pub(crate) value_type: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) indexes: Vec<Index>,
    /// The column that decides the partition, where it is not the key.
    pub(crate) affinity: Option<String>,
    /// Made by CREATE TABLE, and so changed and dropped by SQL.
    pub(crate) is_sql: bool,
}

impl Table {
    /// The table of one query entity of a cache.
    pub(crate) fn new(configuration: &CacheConfiguration, entity: usize) -> Option<Self> {
        let description = configuration.query_entities.get(entity)?;
        let escape = configuration.sql_escape_all;
        let names = Names::new(description, escape);
        let value_type = description.value_type.clone().unwrap_or_default();
        let name = match &description.table {
            Some(name) if !name.is_empty() => normal(name, escape),
            _ => normal(simple_name(&value_type), escape),
        };
        let columns: Vec<Column> = description
            .fields
            .iter()
            .map(|field| column(description, field, &names))
            .collect();
        let indexes = indexes(description, &columns, &names);
        let CacheId(cache) = CacheId::of(&configuration.name);
        let key_type = description.key_type.clone().unwrap_or_default();
        Some(Self {
            schema: schema_of(configuration),
            affinity: affinity(configuration, &key_type, &names),
            is_sql: is_sql(configuration),
            cache,
            cache_name: configuration.name.clone(),
            group: configuration.group.clone(),
            name,
            entity,
            key_type,
            value_type,
            columns,
            indexes,
        })
    }

    /// The type of the whole key.
    pub(crate) fn key_sql_type(&self) -> SqlType {
        SqlType::of_java_class(&self.key_type)
    }

    /// The type of the whole value.
    pub(crate) fn value_sql_type(&self) -> SqlType {
        SqlType::of_java_class(&self.value_type)
    }

    /// The type of the whole value where it is of a plain class and no column holds it.
    pub(crate) fn plain_value(&self) -> Option<SqlType> {
        let ty = self.value_sql_type();
        let is_value = |column: &Column| column.source == Source::Value;
        (ty != SqlType::Object && !self.columns.iter().any(is_value)).then_some(ty)
    }

    /// The number of a column with this name.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns that make up the key.
    pub(crate) fn key_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.source.is_key())
    }
}

/// The table of the values of one type, by the type's name with its package or without.
pub(crate) fn table_of_type(configuration: &CacheConfiguration, type_name: &str) -> Option<String> {
    let tables = 0..configuration.query_entities.len();
    let mut tables = tables.filter_map(|entity| Table::new(configuration, entity));
    let is_meant = |table: &Table| {
        table.value_type == type_name || simple_name(&table.value_type) == simple_name(type_name)
    };
    tables.find(is_meant).map(|table| table.name)
}

/// How names of fields become names of columns.
pub(super) struct Names {
    aliases: BTreeMap<String, String>,
    escape: bool,
}

impl Names {
    pub(super) fn new(entity: &QueryEntity, escape: bool) -> Self {
        let aliases = entity.aliases.iter().cloned().collect();
        Self { aliases, escape }
    }

    pub(super) fn column(&self, field: &str) -> String {
        match self.aliases.get(field) {
            Some(alias) => normal(alias, self.escape),
            None => normal(last_part(field), self.escape),
        }
    }
}

/// The name of a field itself, without the objects that it is in (`QueryUtils.aliasForFieldName`).
fn last_part(field: &str) -> &str {
    field.rsplit_once('.').map_or(field, |(_, last)| last)
}

/// Names are upper case unless they are to be kept.
pub(super) fn normal(name: &str, escape: bool) -> String {
    if escape {
        name.to_owned()
    } else {
        name.to_uppercase()
    }
}

pub(super) fn simple_name(class: &str) -> &str {
    NameMapper::Simple.map(class)
}

/// The schema of a cache: the one it names, or its own name as it is.
pub(crate) fn schema_of(configuration: &CacheConfiguration) -> String {
    match configuration.sql_schema.as_deref() {
        None | Some("") => configuration.name.clone(),
        Some(schema) => match unquoted(schema) {
            Some(exact) => exact.to_owned(),
            None => normal(schema, configuration.sql_escape_all),
        },
    }
}

/// A cache that CREATE TABLE made has one table and names its schema in quotes; what a client
/// makes seldom does.
fn is_sql(configuration: &CacheConfiguration) -> bool {
    let schema = configuration.sql_schema.as_deref().unwrap_or_default();
    schema.starts_with('"') && configuration.query_entities.len() == 1
}

fn column(entity: &QueryEntity, field: &QueryField, names: &Names) -> Column {
    let is = |name: &Option<String>| name.as_deref() == Some(field.name.as_str());
    let path = || field.name.split('.').map(java::field_id).collect();
    let source = if is(&entity.key_field) || field.name == KEY_COLUMN {
        Source::Key
    } else if is(&entity.value_field) || field.name == VALUE_COLUMN {
        Source::Value
    } else if field.is_key {
        Source::KeyField(path())
    } else {
        Source::ValueField(path())
    };
    Column {
        name: names.column(&field.name),
        field: field.name.clone(),
        class: field.type_name.clone(),
        ty: SqlType::of_java_class(&field.type_name),
        source,
        not_null: field.not_null,
        default: default_value(&field.default_value),
        precision: u32::try_from(field.precision).ok(),
        scale: u32::try_from(field.scale).ok(),
    }
}

fn default_value(raw: &RawValue) -> SqlValue {
    SqlValue::from_raw(raw).unwrap_or(SqlValue::Null)
}

fn affinity(configuration: &CacheConfiguration, key_type: &str, names: &Names) -> Option<String> {
    let named = configuration
        .key_configuration
        .iter()
        .find(|key| key.type_name == key_type)?;
    named
        .affinity_key_field
        .as_deref()
        .map(|field| names.column(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity() -> QueryEntity {
        QueryEntity {
            key_type: Some("java.lang.Integer".to_owned()),
            value_type: Some("com.example.Person".to_owned()),
            fields: vec![
                QueryField::new("id", "java.lang.Integer"),
                QueryField::new("address.city", "java.lang.String"),
            ],
            key_field: Some("id".to_owned()),
            ..QueryEntity::default()
        }
    }

    #[test]
    fn a_table_has_the_names_that_ignite_gives() {
        let mut configuration = CacheConfiguration::new("people");
        configuration.query_entities = vec![entity()];
        let table = Table::new(&configuration, 0).unwrap();
        assert_eq!(
            (table.schema.as_str(), table.name.as_str()),
            ("people", "PERSON")
        );
        let names: Vec<_> = table.columns.iter().map(|column| &column.name).collect();
        assert_eq!(names, ["ID", "CITY"]);
        assert_eq!(table.columns[0].source, Source::Key);
        let path = vec![java::field_id("address"), java::field_id("city")];
        assert_eq!(table.columns[1].source, Source::ValueField(path));
    }

    #[test]
    fn escaped_names_keep_their_case() {
        let mut configuration = CacheConfiguration::new("people");
        configuration.sql_escape_all = true;
        configuration.sql_schema = Some("mine".to_owned());
        configuration.query_entities = vec![entity()];
        let table = Table::new(&configuration, 0).unwrap();
        assert_eq!(
            (table.schema.as_str(), table.name.as_str()),
            ("mine", "Person")
        );
        assert!(table.column("id").is_some());
    }
}
