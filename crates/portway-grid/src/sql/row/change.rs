//! Entries with some columns changed.

use bytes::Bytes;
use portway_ignite_protocol::{
    BinaryField, BinaryObject, BinaryType, DecodeError, RawValue, Reader, SchemaSource, java, tag,
};

use super::check::check_given;
use super::type_code;
use crate::engine::checked_exception;
use crate::sql::error::{SqlError, state};
use crate::sql::mirror::Schemas;
use crate::sql::table::{Column, Source, Table};
use crate::sql::value::{BINARY, SqlValue};

/// The value of an entry with some columns changed.
///
/// # Errors
/// When a column refuses its value, or the old value cannot be read.
pub(crate) fn change(
    table: &Table,
    old: &RawValue,
    changes: &[(usize, SqlValue)],
    schemas: &Schemas,
) -> Result<(RawValue, Vec<BinaryType>), SqlError> {
    let mut columns = vec![None; table.columns.len()];
    for (number, value) in changes {
        columns[*number] = Some(value.clone());
    }
    check_given(table, &columns)?;
    let whole = changes
        .iter()
        .find(|(number, _)| table.columns[*number].source == Source::Value);
    if let Some((_, value)) = whole {
        return Ok((value.to_raw(), Vec::new()));
    }
    rebuild(table, old, changes, schemas)
}

fn rebuild(
    table: &Table,
    old: &RawValue,
    changes: &[(usize, SqlValue)],
    schemas: &Schemas,
) -> Result<(RawValue, Vec<BinaryType>), SqlError> {
    let mut fields = old_fields(old, schemas).map_err(|error| unreadable(&error))?;
    let mut described = Vec::new();
    let mut types = Vec::new();
    for (number, value) in changes {
        let column = &table.columns[*number];
        if column.is_nested() {
            types.extend(change_nested(&mut fields, column, value, schemas)?);
            continue;
        }
        set(&mut fields, java::field_id(&column.field), value.to_raw());
        described.push(description(&column.field, column));
    }
    let (changed, ty) = built(&table.value_type, &fields, described)?;
    types.push(ty);
    Ok((changed, types))
}

/// The fields of an object by their ids.
type Fields = Vec<(i32, RawValue)>;

fn set(fields: &mut Fields, id: i32, value: RawValue) {
    match fields.iter_mut().find(|(known, _)| *known == id) {
        Some((_, field)) => *field = value,
        None => fields.push((id, value)),
    }
}

fn description(name: &str, column: &Column) -> BinaryField {
    BinaryField {
        name: name.to_owned(),
        type_code: type_code(column),
        id: java::field_id(name),
    }
}

/// Changes a field of an object that is a field. As a node does it: no object is made for that, and
/// none is changed that lies deeper.
fn change_nested(
    fields: &mut Fields,
    column: &Column,
    value: &SqlValue,
    schemas: &Schemas,
) -> Result<Option<BinaryType>, SqlError> {
    let (outer, name) = column.field.split_once('.').unwrap_or_default();
    let outer_id = java::field_id(outer);
    let object = fields.iter().find(|(id, _)| *id == outer_id);
    let object = object.map(|(_, object)| object.clone());
    let object = object.filter(|object| object.tag() == tag::OBJECT);
    let object = object.ok_or_else(no_builder)?;
    if let Some((parent, _)) = name.split_once('.') {
        return Err(too_deep(parent));
    }
    let class = schemas.class_of(&object).ok_or_else(no_builder)?;
    let mut inner = old_fields(&object, schemas).map_err(|error| unreadable(&error))?;
    set(&mut inner, java::field_id(name), value.to_raw());
    let (changed, ty) = built(&class, &inner, vec![description(name, column)])?;
    set(fields, outer_id, changed);
    Ok(Some(ty))
}

/// What a node says where it would have to make an object for a field of it.
pub(super) fn no_builder() -> SqlError {
    SqlError::ignite(
        state::INTERNAL,
        checked_exception("Individual properties can be set for binary builders only"),
    )
}

fn too_deep(parent: &str) -> SqlError {
    let class = "org.apache.ignite.internal";
    SqlError::ignite(
        state::INTERNAL,
        format!(
            "Non-binary object received as a result of property extraction \
             [parent={class}.processors.query.property.QueryBinaryProperty, propName={parent}, \
             obj={class}.binary.builder.BinaryObjectBuilderImpl]"
        ),
    )
}

/// The object of a class with these fields, and its type.
fn built(
    class: &str,
    fields: &[(i32, RawValue)],
    described: Vec<BinaryField>,
) -> Result<(RawValue, BinaryType), SqlError> {
    let ids: Vec<i32> = fields.iter().map(|(id, _)| *id).collect();
    let object = BinaryObject::build(class, BINARY, |writer| {
        for (id, value) in fields {
            writer.field_with_id(*id, value);
        }
    });
    let object = object.map_err(|error| {
        SqlError::ignite(
            state::INTERNAL,
            format!("The row cannot be stored: {error}"),
        )
    })?;
    let ty = BinaryType::with_schema(class, None, described, ids);
    let raw = RawValue::from_trusted_bytes(Bytes::copy_from_slice(object.as_bytes()));
    Ok((raw, ty))
}

fn unreadable(error: &DecodeError) -> SqlError {
    SqlError::ignite(state::INTERNAL, format!("A row cannot be read: {error}"))
}

fn old_fields(
    old: &RawValue,
    schemas: &dyn SchemaSource,
) -> Result<Vec<(i32, RawValue)>, DecodeError> {
    if old.tag() != tag::OBJECT {
        return Ok(Vec::new());
    }
    let bytes = old.clone().into_bytes();
    Reader::shared(&bytes)
        .with_schemas(schemas)
        .dynamic_object(|object| {
            let ids: Vec<i32> = object.field_ids().collect();
            let field = |(index, id): (usize, i32)| {
                let value = object.field_at::<RawValue>(index)?;
                Ok((id, value.unwrap_or(RawValue::NULL)))
            };
            ids.into_iter().enumerate().map(field).collect()
        })
}
