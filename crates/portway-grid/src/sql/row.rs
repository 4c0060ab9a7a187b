//! Entries as rows, and rows as entries.

mod change;
mod check;
mod make;

pub(crate) use change::change;
pub(super) use check::check_entry;
pub(crate) use make::{MadeEntry, NewRow, make};

use portway_ignite_protocol::{
    DecodeError, ObjectHeader, RawValue, Reader, SchemaSource, java, tag,
};

use super::array::Component;
use super::convert::convert;
use super::table::{Column, Source, Table};
use super::types::SqlType;
use super::value::SqlValue;

/// The values of the columns of an entry; `None` for an entry that is of another type than the
/// table's.
pub(crate) fn read(
    table: &Table,
    key: &RawValue,
    value: &RawValue,
    schemas: &dyn SchemaSource,
) -> Option<Vec<SqlValue>> {
    if !is_of(value, &table.value_type) {
        return None;
    }
    let cell = |column: &Column| {
        let found = match &column.source {
            Source::Key => Ok(Some(key.clone())),
            Source::Value => Ok(Some(value.clone())),
            Source::KeyField(path) => field(key, path, schemas),
            Source::ValueField(path) => field(value, path, schemas),
        };
        let found = found.ok().flatten();
        let value = found.and_then(|raw| SqlValue::from_raw(&raw).ok());
        // What cannot be what the column is shows as nothing; it is there for its own clients.
        let value = value.unwrap_or(SqlValue::Null);
        shown(value, column.ty)
    };
    Some(table.columns.iter().map(cell).collect())
}

/// The whole value, where the mirror holds it beside the columns.
pub(crate) fn plain_value(table: &Table, value: &RawValue) -> Option<SqlValue> {
    let ty = table.plain_value()?;
    Some(shown(
        SqlValue::from_raw(value).unwrap_or(SqlValue::Null),
        ty,
    ))
}

/// What a field holds, in the type of its column.
fn shown(value: SqlValue, ty: SqlType) -> SqlValue {
    match (value, ty) {
        (SqlValue::Array(array), SqlType::Array) => SqlValue::Array(array.of_objects()),
        (SqlValue::Array(array), SqlType::Object) => {
            SqlValue::Object(SqlValue::Array(array).to_raw())
        }
        (value, ty) => convert(value, ty).unwrap_or(SqlValue::Null),
    }
}

/// Whether a value belongs to a table with values of this class.
pub(super) fn is_of(value: &RawValue, class: &str) -> bool {
    let expected = SqlType::of_java_class(class);
    if value.tag() == tag::OBJECT {
        let header = ObjectHeader::parse(value.as_bytes());
        return header.is_ok_and(|header| header.type_id == java::type_id(class));
    }
    let found = SqlValue::from_raw(value).map(|value| value.sql_type());
    match found {
        Ok(SqlType::Object) | Err(_) => expected == SqlType::Object,
        Ok(found) => found == expected,
    }
}

/// The field at the end of a path into an object.
fn field(
    object: &RawValue,
    path: &[i32],
    schemas: &dyn SchemaSource,
) -> Result<Option<RawValue>, DecodeError> {
    let mut found = object.clone();
    for id in path {
        if found.tag() != tag::OBJECT {
            return Ok(None);
        }
        let bytes = found.into_bytes();
        let next = Reader::shared(&bytes)
            .with_schemas(schemas)
            .dynamic_object(|object| object.field_with_id::<RawValue>(*id))?;
        match next {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// The type code that the metadata of a field has.
fn type_code(column: &Column) -> i32 {
    i32::from(match column.ty {
        SqlType::Varchar | SqlType::Any => tag::STRING,
        SqlType::Array => Component::of_java_class(&column.class).tag(),
        SqlType::Boolean => tag::BOOL,
        SqlType::TinyInt => tag::BYTE,
        SqlType::SmallInt => tag::SHORT,
        SqlType::Int => tag::INT,
        SqlType::BigInt => tag::LONG,
        SqlType::Decimal => tag::DECIMAL,
        SqlType::Real => tag::FLOAT,
        SqlType::Double => tag::DOUBLE,
        SqlType::Time => tag::TIME,
        SqlType::Timestamp => tag::TIMESTAMP,
        SqlType::Binary => tag::BYTE_ARRAY,
        SqlType::Uuid => tag::UUID,
        // A java.sql.Date has no tag of its own.
        SqlType::Date | SqlType::Null | SqlType::Object | SqlType::Entry(_) => tag::OBJECT,
    })
}
