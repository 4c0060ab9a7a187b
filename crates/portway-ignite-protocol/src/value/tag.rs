//! The tags that stand before each value.
//!
//! Source: `GridBinaryMarshaller` of Apache Ignite.

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub const $name: u8 = $value;)*
    };
}

tags! {
    /// A signed 8-bit number.
    BYTE = 1;
    /// A signed 16-bit number.
    SHORT = 2;
    /// A signed 32-bit number.
    INT = 3;
    /// A signed 64-bit number.
    LONG = 4;
    /// An IEEE single.
    FLOAT = 5;
    /// An IEEE double.
    DOUBLE = 6;
    /// A UTF-16 unit.
    CHAR = 7;
    /// True or false.
    BOOL = 8;
    /// A text.
    STRING = 9;
    /// A UUID.
    UUID = 10;
    /// Milliseconds since 1970.
    DATE = 11;
    /// Signed 8-bit numbers.
    BYTE_ARRAY = 12;
    /// Signed 16-bit numbers.
    SHORT_ARRAY = 13;
    /// Signed 32-bit numbers.
    INT_ARRAY = 14;
    /// Signed 64-bit numbers.
    LONG_ARRAY = 15;
    /// IEEE singles.
    FLOAT_ARRAY = 16;
    /// IEEE doubles.
    DOUBLE_ARRAY = 17;
    /// UTF-16 units.
    CHAR_ARRAY = 18;
    /// Booleans.
    BOOL_ARRAY = 19;
    /// Strings or nulls.
    STRING_ARRAY = 20;
    /// UUIDs or nulls.
    UUID_ARRAY = 21;
    /// Dates or nulls.
    DATE_ARRAY = 22;
    /// Any values, with the type of the elements.
    OBJECT_ARRAY = 23;
    /// A list or a set.
    COLLECTION = 24;
    /// A map.
    MAP = 25;
    /// A binary object inside of a byte array.
    WRAPPED_OBJECT = 27;
    /// A member of an enumeration.
    ENUM = 28;
    /// Members of an enumeration.
    ENUM_ARRAY = 29;
    /// A decimal number.
    DECIMAL = 30;
    /// Decimals or nulls.
    DECIMAL_ARRAY = 31;
    /// A Java class.
    CLASS = 32;
    /// Milliseconds since 1970 with nanoseconds.
    TIMESTAMP = 33;
    /// Timestamps or nulls.
    TIMESTAMP_ARRAY = 34;
    /// A Java proxy.
    PROXY = 35;
    /// Milliseconds of a day.
    TIME = 36;
    /// Times or nulls.
    TIME_ARRAY = 37;
    /// A member of an enumeration, as a binary object.
    BINARY_ENUM = 38;
    /// Nothing.
    NULL = 101;
    /// A reference back to an object written before.
    HANDLE = 102;
    /// A binary object.
    OBJECT = 103;
    /// A value serialised by Java itself.
    OPTIMIZED = 254;
}
