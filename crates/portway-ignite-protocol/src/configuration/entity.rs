//! What of a cache SQL sees: tables, columns, indexes.

use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum, sequence};
use crate::value::RawValue;
use crate::version::Version;

/// A pair of key type and value type that SQL sees as a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryEntity {
    /// The Java class or binary type of keys.
    pub key_type: Option<String>,
    /// The Java class or binary type of values.
    pub value_type: Option<String>,
    /// The table's name, if not that of the value type.
    pub table: Option<String>,
    /// The column that is the whole key.
    pub key_field: Option<String>,
    /// The column that is the whole value.
    pub value_field: Option<String>,
    /// The columns.
    pub fields: Vec<QueryField>,
    /// Field names and the column names that stand for them.
    pub aliases: Vec<(String, String)>,
    /// The indexes.
    pub indexes: Vec<QueryIndex>,
}

sequence!(QueryEntity {
    key_type: Option<String>,
    value_type: Option<String>,
    table: Option<String>,
    key_field: Option<String>,
    value_field: Option<String>,
    fields: Vec<QueryField>,
    aliases: Vec<(String, String)>,
    indexes: Vec<QueryIndex>,
});

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryField {
    /// The field's name.
    pub name: String,
    /// The field's Java class.
    pub type_name: String,
    /// Whether the field is a part of the key.
    pub is_key: bool,
    /// Whether null is refused.
    pub not_null: bool,
    /// The value where none is given, or null.
    pub default_value: RawValue,
    /// The number of digits, or of characters; -1 for any. Needs version 1.2.
    pub precision: i32,
    /// The number of digits after the point; -1 for any. Needs version 1.2.
    pub scale: i32,
}

impl QueryField {
    const UNLIMITED: i32 = -1;

    /// A column that may be null, of a Java class.
    pub fn new(name: impl Into<String>, type_name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            type_name: type_name.into(),
            is_key: false,
            not_null: false,
            default_value: RawValue::NULL,
            precision: Self::UNLIMITED,
            scale: Self::UNLIMITED,
        }
    }
}

impl Layout for QueryField {
    const MINIMUM_SIZE: usize = 13;

    fn encode(&self, writer: &mut Writer) {
        writer.string(&self.name);
        writer.string(&self.type_name);
        writer.bool(self.is_key);
        writer.bool(self.not_null);
        self.default_value.encode(writer);
        if writer.dialect().version >= Version::V1_2 {
            writer.i32(self.precision);
            writer.i32(self.scale);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let has_precision = reader.dialect().version >= Version::V1_2;
        Ok(Self {
            name: reader.string()?,
            type_name: reader.string()?,
            is_key: reader.bool()?,
            not_null: reader.bool()?,
            default_value: RawValue::decode(reader)?,
            precision: if has_precision {
                reader.i32()?
            } else {
                Self::UNLIMITED
            },
            scale: if has_precision {
                reader.i32()?
            } else {
                Self::UNLIMITED
            },
        })
    }
}

code_enum! {
    /// How an index finds rows.
    pub enum IndexKind: u8, "index kind" {
        /// By order.
        Sorted = 0,
        /// By words.
        FullText = 1,
        /// By place.
        Geospatial = 2,
    }
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryIndex {
    /// The index's name, if it has one.
    pub name: Option<String>,
    /// How it finds rows.
    pub kind: IndexKind,
    /// How many bytes of a row it holds itself; -1 for Ignite's choice.
    pub inline_size: i32,
    /// Its columns.
    pub fields: Vec<IndexField>,
}

sequence!(QueryIndex {
    name: Option<String>,
    kind: IndexKind,
    inline_size: i32,
    fields: Vec<IndexField>,
});

/// A column of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexField {
    /// The column.
    pub name: String,
    /// Whether great values come first.
    pub descending: bool,
}

sequence!(IndexField {
    name: String,
    descending: bool
});
