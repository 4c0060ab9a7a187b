//! Query entities as a node keeps them: it gives tables, columns and indexes their names when a
//! cache is created, and refuses what contradicts itself (`QueryUtils.normalizeQueryEntity`).

use std::collections::BTreeSet;

use portway_ignite_protocol::{CacheConfiguration, IndexKind, QueryEntity, QueryIndex};

use super::java_maps::hash_map_order;
use super::table::{
    KEY_COLUMN, Names, VALUE_COLUMN, default_index_name, normal, schema_of, simple_name,
};
use crate::engine::EngineError;

/// The configuration with all names that its tables have.
///
/// # Errors
/// A node's, when a key, a column or an index is not what it is said to be, or when one of the
/// tables is there already, in this cache or in one of `others`.
pub(crate) fn normalized(
    configuration: &CacheConfiguration,
    others: impl Iterator<Item = CacheConfiguration>,
) -> Result<CacheConfiguration, EngineError> {
    let mut normalized = configuration.clone();
    for entity in &mut normalized.query_entities {
        name_all(entity, configuration.sql_escape_all);
        check(entity)?;
    }
    check_tables(&normalized, others)?;
    for entity in &normalized.query_entities {
        check_columns(entity)?;
    }
    Ok(normalized)
}

fn name_all(entity: &mut QueryEntity, escape: bool) {
    entity.table = Some(table_name(entity, escape));
    let names = Names::new(entity, escape);
    let alias = |field: &str| (field.to_owned(), names.column(field));
    let aliases = entity.fields.iter().map(|field| alias(&field.name));
    entity.aliases = aliases.collect();
    hash_map_order(&mut entity.aliases, |(field, _)| field);
    let mut indexes = std::mem::take(&mut entity.indexes);
    for index in &mut indexes {
        let name = index.name.take().filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| default_index_name(entity, index));
        index.name = Some(normal(&name, escape));
    }
    entity.indexes = indexes;
}

/// A name that comes from a class has its signs of packages and inner classes replaced.
fn table_name(entity: &QueryEntity, escape: bool) -> String {
    match entity.table.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => normal(name, escape),
        None => {
            let class = simple_name(entity.value_type.as_deref().unwrap_or_default());
            match escape {
                true => class.to_owned(),
                false => normal(&class.replace(['.', '$'], "_"), escape),
            }
        }
    }
}

fn check(entity: &QueryEntity) -> Result<(), EngineError> {
    let shown = "[queryEntity=QueryEntityEx [preserveKeysOrder=false, implicitPk=false, \
                 fillAbsentPKsWithDefaults=false, pkInlineSize=null, affKeyInlineSize=null]";
    let refused = |message: String| Err(EngineError::CacheRefused(message));
    if entity.value_type.as_deref().unwrap_or_default().is_empty() {
        return refused(format!("Value type cannot be null or empty {shown}]"));
    }
    let is_missing = |name: &&String| !entity.fields.iter().any(|field| field.name == **name);
    if let Some(name) = entity.key_field.as_ref().filter(is_missing) {
        return refused(format!(
            "Key field is not in the field list {shown}, keyFieldName={name}]"
        ));
    }
    if let Some(name) = entity.value_field.as_ref().filter(is_missing) {
        return refused(format!(
            "Value field is not in the field list {shown}, valFieldName={name}]"
        ));
    }
    let aliases = entity.aliases.iter().map(|(_, alias)| alias);
    if let Some(alias) = first_repetition(aliases) {
        return refused(format!(
            "Multiple query fields are associated with the same alias [alias={alias}]"
        ));
    }
    let mut names = BTreeSet::new();
    match entity
        .indexes
        .iter()
        .find(|index| !names.insert(&index.name))
    {
        Some(index) => refused(format!(
            "Duplicate index name {shown}, queryIdx={}]",
            shown_index(index)
        )),
        None => Ok(()),
    }
}

fn first_repetition<'a>(mut names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let mut known = BTreeSet::new();
    names.find(|name| !known.insert(*name))
}

fn shown_index(index: &QueryIndex) -> String {
    let fields = index.fields.iter();
    let fields: Vec<String> = fields
        .map(|field| format!("{}={}", field.name, !field.descending))
        .collect();
    let kind = format!("{:?}", index.kind).to_uppercase();
    format!(
        "QueryIndex [name={}, fields=LinkedHashMap {{{}}}, type={kind}, inlineSize={}]",
        index.name.as_deref().unwrap_or("null"),
        fields.join(", "),
        index.inline_size
    )
}

fn check_tables(
    configuration: &CacheConfiguration,
    others: impl Iterator<Item = CacheConfiguration>,
) -> Result<(), EngineError> {
    let mut tables = BTreeSet::new();
    let entities = configuration.query_entities.iter();
    let names = entities.map(|entity| table_name(entity, configuration.sql_escape_all));
    for name in names {
        if let Some(name) = tables.replace(name) {
            return Err(EngineError::TableExists(name));
        }
    }
    let schema = schema_of(configuration);
    for other in others.filter(|other| schema_of(other) == schema) {
        let entities = other.query_entities.iter();
        let mut names = entities.map(|entity| table_name(entity, other.sql_escape_all));
        if let Some(name) = names.find(|name| tables.contains(name)) {
            return Err(EngineError::TableExists(name));
        }
    }
    Ok(())
}

/// Tables and indexes are made when the cache starts, and have no words of their own for what is
/// wrong then: an index of what is no column, a field that has the name of the whole key or value.
fn check_columns(entity: &QueryEntity) -> Result<(), EngineError> {
    let is_whole = |name: &str| [KEY_COLUMN, VALUE_COLUMN].contains(&name);
    if entity.fields.iter().any(|field| is_whole(&field.name)) {
        return Err(EngineError::cache_did_not_start());
    }
    let is_column = |name: &str| {
        let mut fields = entity.fields.iter();
        is_whole(name)
            || fields.any(|field| field.name == name)
            || entity.aliases.iter().any(|(_, alias)| alias == name)
    };
    let is_right = |index: &QueryIndex| {
        index.kind != IndexKind::Geospatial
            && index.fields.iter().all(|field| is_column(&field.name))
    };
    match entity.indexes.iter().all(is_right) {
        true => Ok(()),
        false => Err(EngineError::cache_did_not_start()),
    }
}

#[cfg(test)]
mod tests {
    use portway_ignite_protocol::{IndexField, QueryField};

    use super::*;

    fn people() -> CacheConfiguration {
        let mut configuration = CacheConfiguration::new("people");
        configuration.query_entities = vec![QueryEntity {
            key_type: Some("java.lang.Integer".to_owned()),
            value_type: Some("com.example.Outer$Person".to_owned()),
            fields: vec![
                QueryField::new("id", "java.lang.Integer"),
                QueryField::new("name", "java.lang.String"),
            ],
            ..QueryEntity::default()
        }];
        configuration
    }

    fn index(name: Option<&str>, field: &str) -> QueryIndex {
        QueryIndex {
            name: name.map(str::to_owned),
            kind: IndexKind::Sorted,
            inline_size: -1,
            fields: vec![IndexField {
                name: field.to_owned(),
                descending: false,
            }],
        }
    }

    fn refusal(change: impl FnOnce(&mut QueryEntity)) -> String {
        let mut configuration = people();
        change(&mut configuration.query_entities[0]);
        let refusal = normalized(&configuration, std::iter::empty()).unwrap_err();
        refusal.to_string()
    }

    #[test]
    fn tables_columns_and_indexes_get_the_names_that_sql_knows() {
        let mut configuration = people();
        configuration.query_entities[0].indexes = vec![index(None, "name")];
        let named = normalized(&configuration, std::iter::empty()).unwrap();
        let entity = &named.query_entities[0];
        assert_eq!(entity.table.as_deref(), Some("PERSON"));
        let alias = |field: &str, alias: &str| (field.to_owned(), alias.to_owned());
        assert_eq!(entity.aliases, [alias("name", "NAME"), alias("id", "ID")]);
        let index = entity.indexes[0].name.as_deref();
        assert_eq!(index, Some("PERSON_NAME_ASC_IDX"));
    }

    #[test]
    fn a_key_or_value_that_is_no_field_is_refused() {
        let missing = || Some("nope".to_owned());
        assert!(refusal(|entity| entity.key_field = missing()).ends_with("keyFieldName=nope]"));
        assert!(refusal(|entity| entity.value_field = missing()).ends_with("valFieldName=nope]"));
    }

    #[test]
    fn two_columns_or_indexes_of_one_name_are_refused() {
        let alias = ("name".to_owned(), "id".to_owned());
        let columns = refusal(|entity| entity.aliases = vec![alias]);
        assert!(columns.ends_with("same alias [alias=ID]"), "{columns}");
        let twice = vec![index(Some("i"), "id"), index(Some("I"), "name")];
        let indexes = refusal(|entity| entity.indexes = twice);
        assert!(indexes.contains("Duplicate index name"), "{indexes}");
    }

    #[test]
    fn a_table_of_another_cache_in_the_schema_is_refused() {
        let mut configuration = people();
        configuration.sql_schema = Some("PUBLIC".to_owned());
        let mut other = configuration.clone();
        other.name = "others".to_owned();
        let refused = normalized(&configuration, [other].into_iter()).unwrap_err();
        assert_eq!(refused.to_string(), "Table already exists: PERSON");
    }

    #[test]
    fn an_index_of_the_whole_key_or_value_is_taken() {
        let mut configuration = people();
        let entity = &mut configuration.query_entities[0];
        entity.indexes = vec![
            index(Some("of_value"), "_VAL"),
            index(Some("of_key"), "_KEY"),
        ];
        assert!(normalized(&configuration, std::iter::empty()).is_ok());
    }

    #[test]
    fn a_field_with_the_name_of_the_whole_value_fails_at_the_start_of_the_cache() {
        let field = QueryField::new("_VAL", "java.lang.Integer");
        let failed = refusal(|entity| entity.fields.push(field));
        assert!(failed.ends_with("Failed to complete exchange process."));
    }

    #[test]
    fn an_index_of_no_column_fails_at_the_start_of_the_cache() {
        let failed = refusal(|entity| entity.indexes = vec![index(None, "nope")]);
        assert!(failed.ends_with("Failed to complete exchange process."));
    }
}
