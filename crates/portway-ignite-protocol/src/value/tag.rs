//! The tags that stand before each value.
//!
//! Source: `GridBinaryMarshaller` of Apache Ignite.

macro_rules! tags {
    ($(#[doc = $doc:literal] $name:ident = $value:literal, $java:literal;)*) => {
        $(#[doc = $doc] pub const $name: u8 = $value;)*

        /// What a type with this tag is called in Java.
        pub fn name(tag: u8) -> Option<&'static str> {
            Some(match tag {
                $($value => $java,)*
                _ => return None,
            })
        }
    };
}

tags! {
    /// A signed 8-bit number.
    BYTE = 1, "a byte";
    /// A signed 16-bit number.
    SHORT = 2, "a short";
    /// A signed 32-bit number.
    INT = 3, "an int";
    /// A signed 64-bit number.
    LONG = 4, "a long";
    /// An IEEE single.
    FLOAT = 5, "a float";
    /// An IEEE double.
    DOUBLE = 6, "a double";
    /// A UTF-16 unit.
    CHAR = 7, "a char";
    /// True or false.
    BOOL = 8, "a boolean";
    /// A text.
    STRING = 9, "a String";
    /// A UUID.
    UUID = 10, "a UUID";
    /// Milliseconds since 1970.
    DATE = 11, "a Date";
    /// Signed 8-bit numbers.
    BYTE_ARRAY = 12, "a byte[]";
    /// Signed 16-bit numbers.
    SHORT_ARRAY = 13, "a short[]";
    /// Signed 32-bit numbers.
    INT_ARRAY = 14, "an int[]";
    /// Signed 64-bit numbers.
    LONG_ARRAY = 15, "a long[]";
    /// IEEE singles.
    FLOAT_ARRAY = 16, "a float[]";
    /// IEEE doubles.
    DOUBLE_ARRAY = 17, "a double[]";
    /// UTF-16 units.
    CHAR_ARRAY = 18, "a char[]";
    /// Booleans.
    BOOL_ARRAY = 19, "a boolean[]";
    /// Strings or nulls.
    STRING_ARRAY = 20, "a String[]";
    /// UUIDs or nulls.
    UUID_ARRAY = 21, "a UUID[]";
    /// Dates or nulls.
    DATE_ARRAY = 22, "a Date[]";
    /// Any values, with the type of the elements.
    OBJECT_ARRAY = 23, "an Object[]";
    /// A list or a set.
    COLLECTION = 24, "a Collection";
    /// A map.
    MAP = 25, "a Map";
    /// A binary object inside of a byte array.
    WRAPPED_OBJECT = 27, "a binary object";
    /// A member of an enumeration.
    ENUM = 28, "an enum";
    /// Members of an enumeration.
    ENUM_ARRAY = 29, "an array of enums";
    /// A decimal number.
    DECIMAL = 30, "a BigDecimal";
    /// Decimals or nulls.
    DECIMAL_ARRAY = 31, "a BigDecimal[]";
    /// A Java class.
    CLASS = 32, "a Class";
    /// Milliseconds since 1970 with nanoseconds.
    TIMESTAMP = 33, "a Timestamp";
    /// Timestamps or nulls.
    TIMESTAMP_ARRAY = 34, "a Timestamp[]";
    /// A Java proxy.
    PROXY = 35, "a proxy";
    /// Milliseconds of a day.
    TIME = 36, "a Time";
    /// Times or nulls.
    TIME_ARRAY = 37, "a Time[]";
    /// A member of an enumeration, as a binary object.
    BINARY_ENUM = 38, "an enum";
    /// Nothing.
    NULL = 101, "null";
    /// A reference back to an object written before.
    HANDLE = 102, "a reference to another value";
    /// A binary object.
    OBJECT = 103, "a binary object";
    /// A value serialised by Java itself.
    OPTIMIZED = 254, "a value serialised by Java itself";
}

/// The same as words, for a tag that may be unknown and for the type codes of metadata.
pub(crate) fn describe(tag: u8) -> String {
    match name(tag) {
        Some(name) => name.to_owned(),
        None => format!("a value with the unknown type tag {tag}"),
    }
}

/// What the type code of a field in metadata stands for.
pub(crate) fn describe_code(code: i32) -> String {
    u8::try_from(code).map_or_else(|_| format!("of the unknown type code {code}"), describe)
}

/// Whether values with this tag are a count and elements of one size without tags.
pub(crate) const fn is_primitive_array(tag: u8) -> bool {
    matches!(tag, BYTE_ARRAY..=BOOL_ARRAY)
}

/// Whether values with this tag can hold any others.
pub(crate) fn holds_values(tag: u8) -> bool {
    matches!(
        tag,
        OBJECT
            | COLLECTION
            | MAP
            | OBJECT_ARRAY
            | ENUM_ARRAY
            | PROXY
            | STRING_ARRAY
            | UUID_ARRAY
            | DATE_ARRAY
            | DECIMAL_ARRAY
            | TIMESTAMP_ARRAY
            | TIME_ARRAY
    )
}
