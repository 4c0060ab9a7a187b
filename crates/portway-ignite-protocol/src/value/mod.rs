//! Values: the data types of the protocol, each behind a tag.

mod decimal;
mod decimal_text;
mod encode;
mod follow;
mod kept;
mod kinds;
mod parse;
mod raw;
mod skip;
pub mod tag;
mod time;

pub use decimal::Decimal;
pub use decimal_text::ParseDecimalError;
pub(crate) use follow::{follow, wrapped_object};
pub use kinds::{CollectionKind, MapKind, TypeReference};
pub use raw::RawValue;
pub(crate) use skip::{skip_value, walk_object};
pub use time::{Date, Time, Timestamp};

use uuid::Uuid;

use crate::binary::BinaryObject;

/// Any value, for code that does not know its types in advance.
///
/// References inside of a value are resolved when it is read, so a value that Java wrote once and
/// referred to twice is there twice.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// A signed 8-bit number.
    Byte(i8),
    /// A signed 16-bit number.
    Short(i16),
    /// A signed 32-bit number.
    Int(i32),
    /// A signed 64-bit number.
    Long(i64),
    /// An IEEE single.
    Float(f32),
    /// An IEEE double.
    Double(f64),
    /// A UTF-16 unit.
    Char(u16),
    /// True or false.
    Bool(bool),
    /// A text.
    String(String),
    /// A UUID.
    Uuid(Uuid),
    /// Milliseconds since 1970.
    Date(i64),
    /// Milliseconds since 1970 with nanoseconds.
    Timestamp(Timestamp),
    /// Milliseconds of a day.
    Time(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// Signed 8-bit numbers, as bytes.
    ByteArray(Vec<u8>),
    /// Signed 16-bit numbers.
    ShortArray(Vec<i16>),
    /// Signed 32-bit numbers.
    IntArray(Vec<i32>),
    /// Signed 64-bit numbers.
    LongArray(Vec<i64>),
    /// IEEE singles.
    FloatArray(Vec<f32>),
    /// IEEE doubles.
    DoubleArray(Vec<f64>),
    /// UTF-16 units.
    CharArray(Vec<u16>),
    /// Booleans.
    BoolArray(Vec<bool>),
    /// Strings or nulls.
    StringArray(Vec<Option<String>>),
    /// UUIDs or nulls.
    UuidArray(Vec<Option<Uuid>>),
    /// Dates or nulls.
    DateArray(Vec<Option<i64>>),
    /// Timestamps or nulls.
    TimestampArray(Vec<Option<Timestamp>>),
    /// Times or nulls.
    TimeArray(Vec<Option<i64>>),
    /// Decimals or nulls.
    DecimalArray(Vec<Option<Decimal>>),
    /// Any values.
    ObjectArray {
        /// The type of the elements.
        component: TypeReference,
        /// The elements.
        elements: Vec<Value>,
    },
    /// A list or a set.
    Collection {
        /// Which Java collection it is.
        kind: CollectionKind,
        /// The elements.
        elements: Vec<Value>,
    },
    /// A map.
    Map {
        /// Which Java map it is.
        kind: MapKind,
        /// The entries in the order they were sent.
        entries: Vec<(Value, Value)>,
    },
    /// A member of an enumeration.
    Enum {
        /// The enumeration.
        enumeration: TypeReference,
        /// The member's place in it.
        ordinal: i32,
    },
    /// A member of an enumeration, as a binary object.
    BinaryEnum {
        /// The enumeration.
        enumeration: TypeReference,
        /// The member's place in it.
        ordinal: i32,
    },
    /// Members of an enumeration.
    EnumArray {
        /// The enumeration.
        enumeration: TypeReference,
        /// The members.
        elements: Vec<Value>,
    },
    /// A Java class.
    Class(TypeReference),
    /// A binary object.
    Object(BinaryObject),
    /// A value that only Java understands (a proxy, a value serialised by Java itself), with tag.
    Opaque(RawValue),
}

/// What [`MAX_VALUES`](crate::MAX_VALUES) promises of each value.
const _: () = assert!(size_of::<Value>() <= 80);
