//! Rows of SQL: values in their encoded form, found by row and column.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use bytes::Bytes;

use crate::binary::{ObjectFlags, ObjectHeader};
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::registry::SchemaSource;
use crate::resource::ResourceId;
use crate::typed::ReadValue;
use crate::value::{RawValue, skip_value, tag, walk_object, wrapped_object};
use crate::version::Dialect;

/// How many values one page may hold. It bounds what their positions cost: 64 MiB.
const MAX_CELLS: usize = 1 << 24;

/// One page of rows: row count i32, the values row by row, more u8.
///
/// The values stay the bytes they came as, and only those that are asked for are built: a page
/// costs one list of positions, however many rows it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    bytes: Bytes,
    /// Where each value starts, row by row, and where the last one ends.
    bounds: Vec<u32>,
    columns: usize,
    count: usize,
    has_more: bool,
}

impl Rows {
    /// Gathers the values of whole rows.
    ///
    /// # Panics
    /// When the last row is not whole, when there are values but no columns, or when the values take
    /// more than 4 GiB.
    pub fn new(columns: usize, values: &[RawValue], has_more: bool) -> Self {
        assert!(
            values.is_empty() || columns != 0 && values.len().is_multiple_of(columns),
            "each row needs a value for each column"
        );
        let mut bytes = Vec::new();
        let mut bounds = Vec::with_capacity(values.len() + 1);
        for value in values {
            bounds.push(bound(bytes.len()).expect("the values fit into a message"));
            bytes.extend_from_slice(value.as_bytes());
        }
        bounds.push(bound(bytes.len()).expect("the values fit into a message"));
        Self {
            count: values.len().checked_div(columns).unwrap_or(0),
            bytes: bytes.into(),
            bounds,
            columns,
            has_more,
        }
    }

    /// Reads the whole body of a response that is a page of rows with so many columns.
    ///
    /// # Errors
    /// A [`DecodeError`] for bytes that cannot be understood, or that go on after the page's end.
    pub fn from_body(body: &Bytes, columns: usize, dialect: Dialect) -> Result<Self, DecodeError> {
        let mut reader = Reader::shared(body).with_dialect(dialect);
        let rows = Self::decode(&mut reader, columns)?;
        reader.finish()?;
        Ok(rows)
    }

    /// Reads a page of rows with so many columns. Its values share the memory of the message.
    ///
    /// # Errors
    /// A [`DecodeError`] for bytes that are no such page.
    pub fn decode(reader: &mut Reader<'_>, columns: usize) -> Result<Self, DecodeError> {
        let count = reader.count(columns)?;
        if count * columns > MAX_CELLS {
            return Err(DecodeError::TooManyValues);
        }
        let start = reader.position();
        let mut bounds = Vec::with_capacity(count * columns + 1);
        for _ in 0..count {
            // Nothing is built here, so that only what one row can cost has to be bounded.
            reader.restart_value_count();
            for _ in 0..columns {
                let position = reader.position();
                bounds.push(bound(position - start)?);
                skip_value(reader, position)?;
            }
        }
        let end = reader.position();
        bounds.push(bound(end - start)?);
        Ok(Self {
            bytes: reader.share(&reader.all()[start..end]),
            bounds,
            columns,
            count,
            has_more: reader.bool()?,
        })
    }

    /// Writes the page.
    pub fn encode(&self, writer: &mut Writer) {
        writer.count(self.count);
        writer.bytes(&self.bytes);
        writer.bool(self.has_more);
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of values of each row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Whether there are more pages. If not, the server has already closed the cursor.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Builds one value, in which numbers of smaller types are read as wider ones; `None` where there is no such row or column.
    ///
    /// # Errors
    /// A [`DecodeError`] when the value is not of the wanted type.
    pub fn read<T: ReadValue>(
        &self,
        row: usize,
        column: usize,
        schemas: &dyn SchemaSource,
    ) -> Option<Result<T, DecodeError>> {
        let range = self.range(row, column)?;
        let mut reader = Reader::part(&self.bytes, range)
            .with_schemas(schemas)
            .widening();
        let value = T::read(&mut reader);
        Some(value.and_then(|value| reader.finish().map(|()| value)))
    }

    /// The types and schemas of compact objects among the values and inside of them: to read such
    /// objects the types' metadata is needed.
    pub fn schemas(&self) -> BTreeSet<(i32, i32)> {
        let found = RefCell::new(BTreeSet::new());
        for start in &self.bounds {
            let value = self.bytes.get(*start as usize..).unwrap_or_default();
            if value.first().is_some_and(|tag| may_hold_objects(*tag)) {
                // What is wrong with a value is told when it is read.
                let _ = note_schemas(value, &found);
            }
        }
        found.into_inner()
    }

    fn range(&self, row: usize, column: usize) -> Option<Range<usize>> {
        if row >= self.count || column >= self.columns {
            return None;
        }
        let index = row * self.columns + column;
        Some(self.bounds[index] as usize..self.bounds[index + 1] as usize)
    }
}

fn may_hold_objects(found: u8) -> bool {
    found == tag::WRAPPED_OBJECT || tag::holds_values(found)
}

/// Notes the types and schemas of the compact objects that a value is or holds.
fn note_schemas(value: &[u8], found: &RefCell<BTreeSet<(i32, i32)>>) -> Result<(), DecodeError> {
    let note = |header: &ObjectHeader, _: &[u8]| {
        let needs_schema = ObjectFlags::HAS_SCHEMA.with(ObjectFlags::COMPACT_FOOTER);
        if header.flags.contains(needs_schema) {
            let schema = (header.type_id, header.schema_id);
            found.borrow_mut().insert(schema);
        }
        Ok(())
    };
    let mut reader = Reader::new(value);
    if reader.peek() != Some(tag::WRAPPED_OBJECT) {
        return walk_object(&mut reader, &note);
    }
    reader.u8()?;
    let start = wrapped_object(&mut reader)?;
    walk_object(&mut Reader::new(&value[start..]), &note)
}

fn bound(position: usize) -> Result<u32, DecodeError> {
    u32::try_from(position).map_err(|_| DecodeError::OutOfRange("a page of rows"))
}

/// The answer to an SQL request that asked for names: cursor id i64, the columns' names, the first
/// page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFieldsCursor {
    /// Names the cursor; it is open only if the page says there is more.
    pub id: ResourceId,
    /// The columns. Their types are not told: each value carries its own.
    pub columns: Vec<String>,
    /// The first page.
    pub rows: Rows,
}

impl Layout for SqlFieldsCursor {
    const MINIMUM_SIZE: usize = 17;

    fn encode(&self, writer: &mut Writer) {
        self.id.encode(writer);
        self.columns.encode(writer);
        self.rows.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = Layout::decode(reader)?;
        let columns: Vec<String> = Layout::decode(reader)?;
        let rows = Rows::decode(reader, columns.len())?;
        Ok(Self { id, columns, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::BinaryObjectBuilder;
    use crate::metadata::BinaryConfiguration;

    #[test]
    fn the_schemas_of_objects_inside_of_objects_and_lists_are_found() {
        let binary = BinaryConfiguration::default();
        let build = |object: BinaryObjectBuilder| object.build(binary).expect("it can be built");
        let inner = build(BinaryObjectBuilder::new("test.Inner").set("x", 1));
        let outer = build(BinaryObjectBuilder::new("test.Outer").set("inner", inner.clone()));
        let listed = build(BinaryObjectBuilder::new("test.Listed").set("y", 2));
        let values = [
            RawValue::encode(&1_i32, binary),
            RawValue::encode(&outer, binary),
            RawValue::encode(&vec![listed.clone()], binary),
        ];
        let found = Rows::new(3, &values, false).schemas();
        let types: Vec<i32> = found.into_iter().map(|(type_id, _)| type_id).collect();
        let mut expected = [inner, outer, listed].map(|object| object.type_id());
        expected.sort_unstable();
        assert_eq!(types, expected);
    }
}
