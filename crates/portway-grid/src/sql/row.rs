//! Entries as rows, and rows as entries.

use bytes::Bytes;
use portway_ignite_protocol::{
    BinaryField, BinaryObjectBuilder, BinaryType, DecodeError, ObjectHeader, RawValue, Reader,
    SchemaSource, java, tag,
};

use super::convert::convert;
use super::error::{SqlError, state};
use super::table::{Column, Source, Table};
use super::types::SqlType;
use super::value::{BINARY, SqlValue};

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
        convert(value, column.ty).unwrap_or(SqlValue::Null)
    };
    Some(table.columns.iter().map(cell).collect())
}

/// Whether a value belongs to a table with values of this class.
fn is_of(value: &RawValue, class: &str) -> bool {
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

/// An entry made of a row.
#[derive(Debug)]
pub(crate) struct MadeEntry {
    pub(crate) key: RawValue,
    pub(crate) value: RawValue,
    /// What has to be known of the objects in it.
    pub(crate) types: Vec<BinaryType>,
}

/// What an INSERT or MERGE gives for one row: a value for each column, `None` where it names none.
#[derive(Debug, Default)]
pub(crate) struct NewRow {
    pub(crate) key: Option<SqlValue>,
    pub(crate) value: Option<SqlValue>,
    pub(crate) columns: Vec<Option<SqlValue>>,
}

/// Makes the entry of a new row.
///
/// # Errors
/// When the row has no key, or a column refuses its value.
pub(crate) fn make(table: &Table, row: NewRow) -> Result<MadeEntry, SqlError> {
    let NewRow {
        key,
        value,
        columns,
    } = row;
    let mut types = Vec::new();
    let columns: Vec<Option<SqlValue>> = with_defaults(table, columns);
    check(table, &columns)?;
    let (key, value) = {
        let mut part = |whole: Option<SqlValue>, of_key: bool| match whole {
            Some(whole) if !whole.is_null() => Ok(whole.to_raw()),
            _ => make_part(table, &columns, of_key, &mut types),
        };
        (part(key, true)?, part(value, false)?)
    };
    if key.is_null() {
        return Err(SqlError::ignite(
            state::INTERNAL,
            "Failed to prepare update plan.",
        ));
    }
    if value.is_null() {
        return Err(SqlError::ignite(
            state::NULL_VALUE,
            "Value for INSERT, COPY, MERGE, or UPDATE must not be null",
        ));
    }
    Ok(MadeEntry { key, value, types })
}

fn with_defaults(table: &Table, columns: Vec<Option<SqlValue>>) -> Vec<Option<SqlValue>> {
    let column = |(value, column): (Option<SqlValue>, &Column)| {
        value.or_else(|| (!column.default.is_null()).then(|| column.default.clone()))
    };
    columns
        .into_iter()
        .zip(&table.columns)
        .map(column)
        .collect()
}

fn make_part(
    table: &Table,
    columns: &[Option<SqlValue>],
    of_key: bool,
    types: &mut Vec<BinaryType>,
) -> Result<RawValue, SqlError> {
    let class = if of_key {
        &table.key_type
    } else {
        &table.value_type
    };
    let whole = if of_key { Source::Key } else { Source::Value };
    let position = table
        .columns
        .iter()
        .position(|column| column.source == whole);
    if let Some(position) = position {
        let value = columns.get(position).cloned().flatten();
        return Ok(value.map_or(RawValue::NULL, |value| value.to_raw()));
    }
    if SqlType::of_java_class(class) != SqlType::Object {
        return Ok(RawValue::NULL);
    }
    let fields = table
        .columns
        .iter()
        .zip(columns)
        .filter(|(column, _)| match column.source {
            Source::KeyField(_) => of_key,
            Source::ValueField(_) => !of_key,
            Source::Key | Source::Value => false,
        });
    let given = fields.filter_map(|(column, value)| Some((column, value.as_ref()?)));
    // A node sets the columns that have defaults before the others.
    let (first, rest): (Vec<_>, Vec<_>) = given.partition(|(column, _)| !column.default.is_null());
    let affinity = affinity_field(table).filter(|_| of_key);
    build(class, affinity, first.into_iter().chain(rest), types)
}

/// The name of the field of the key that decides the partition.
fn affinity_field(table: &Table) -> Option<&str> {
    let number = table.column(table.affinity.as_deref()?)?;
    Some(table.columns[number].field.as_str())
}

/// Writes an object with these fields, and describes its type.
fn build<'r>(
    class: &str,
    affinity: Option<&str>,
    fields: impl Iterator<Item = (&'r Column, &'r SqlValue)>,
    types: &mut Vec<BinaryType>,
) -> Result<RawValue, SqlError> {
    let mut builder = BinaryObjectBuilder::new(class);
    let mut described = Vec::new();
    for (column, value) in fields {
        builder = builder.set(column.field.as_str(), value.to_raw());
        described.push(BinaryField {
            name: column.field.clone(),
            type_code: type_code(column.ty),
            id: java::field_id(&column.field),
        });
    }
    types.push(BinaryType::new(class, affinity, described));
    finish(&builder)
}

fn finish(builder: &BinaryObjectBuilder) -> Result<RawValue, SqlError> {
    let object = builder.build(BINARY).map_err(|error| {
        SqlError::ignite(
            state::INTERNAL,
            format!("The row cannot be stored: {error}"),
        )
    })?;
    Ok(RawValue::from_trusted_bytes(Bytes::copy_from_slice(
        object.as_bytes(),
    )))
}

/// The type code that the metadata of a field has.
pub(crate) fn type_code(ty: SqlType) -> i32 {
    i32::from(match ty {
        SqlType::Varchar => tag::STRING,
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

/// The value of an entry with some columns changed.
///
/// # Errors
/// When a column refuses its value, or the old value cannot be read.
pub(crate) fn change(
    table: &Table,
    old: &RawValue,
    changes: &[(usize, SqlValue)],
    schemas: &dyn SchemaSource,
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
    schemas: &dyn SchemaSource,
) -> Result<(RawValue, Vec<BinaryType>), SqlError> {
    let unreadable = |error: DecodeError| {
        SqlError::ignite(state::INTERNAL, format!("A row cannot be read: {error}"))
    };
    let mut fields = old_fields(old, schemas).map_err(unreadable)?;
    let mut described = Vec::new();
    for (number, value) in changes {
        let column = &table.columns[*number];
        let id = java::field_id(&column.field);
        let raw = value.to_raw();
        match fields.iter_mut().find(|(known, _)| *known == id) {
            Some((_, field)) => *field = raw,
            None => fields.push((id, raw)),
        }
        described.push(BinaryField {
            name: column.field.clone(),
            type_code: type_code(column.ty),
            id,
        });
    }
    let ids: Vec<i32> = fields.iter().map(|(id, _)| *id).collect();
    let changed =
        portway_ignite_protocol::BinaryObject::build(&table.value_type, BINARY, |writer| {
            for (id, value) in &fields {
                writer.field_with_id(*id, value);
            }
        });
    let object = changed.map_err(|error| {
        SqlError::ignite(
            state::INTERNAL,
            format!("The row cannot be stored: {error}"),
        )
    })?;
    let ty = BinaryType::with_schema(&table.value_type, None, described, ids);
    Ok((
        RawValue::from_trusted_bytes(Bytes::copy_from_slice(object.as_bytes())),
        vec![ty],
    ))
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

/// Checks a whole new row.
fn check(table: &Table, columns: &[Option<SqlValue>]) -> Result<(), SqlError> {
    for (column, value) in table.columns.iter().zip(columns) {
        if column.not_null && value.as_ref().is_none_or(SqlValue::is_null) {
            return Err(null_refused(column));
        }
    }
    check_given(table, columns)
}

fn check_given(table: &Table, columns: &[Option<SqlValue>]) -> Result<(), SqlError> {
    for (column, value) in table.columns.iter().zip(columns) {
        if let Some(value) = value {
            if value.is_null() && (column.not_null || column.source.is_key()) {
                return Err(null_refused(column));
            }
            check_size(column, value)?;
        }
    }
    Ok(())
}

fn null_refused(column: &Column) -> SqlError {
    let message = format!("Null value is not allowed for column '{}'", column.name);
    SqlError::ignite(state::NULL_VALUE, message)
}

fn check_size(column: &Column, value: &SqlValue) -> Result<(), SqlError> {
    let Some(limit) = column.precision.map(|limit| limit as usize) else {
        return Ok(());
    };
    let name = &column.name;
    let message = match value {
        SqlValue::Varchar(text) if text.encode_utf16().count() > limit => format!(
            "Value for a column '{name}' is too long. Maximum length: {limit}, actual length: {}",
            text.encode_utf16().count()
        ),
        SqlValue::Binary(bytes) if bytes.len() > limit => format!(
            "Value for a column '{name}' is too long. Maximum length: {limit}, actual length: {}",
            bytes.len()
        ),
        SqlValue::Decimal(number) => match check_decimal(column, number, limit) {
            Some(message) => message,
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    Err(SqlError::ignite(state::CONSTRAINT, message))
}

fn check_decimal(column: &Column, number: &bigdecimal::BigDecimal, limit: usize) -> Option<String> {
    let name = &column.name;
    let precision = number.digits();
    let scale = number.fractional_digit_count();
    if precision > limit as u64 {
        return Some(format!(
            "Value for a column '{name}' is out of range. Maximum precision: {limit}, actual \
             precision: {precision}"
        ));
    }
    let most = i64::from(column.scale?);
    (scale > most).then(|| {
        format!(
            "Value for a column '{name}' is out of range. Maximum scale : {most}, actual scale: \
             {scale}"
        )
    })
}
