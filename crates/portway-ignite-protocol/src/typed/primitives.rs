//! Numbers, texts and other single values.

use uuid::Uuid;

use super::{ReadValue, WriteValue, containers};
use crate::codec::{DecodeError, EncodeError, Layout, Reader, Writer};
use crate::metadata::BinaryConfiguration;
use crate::value::{TypeReference, tag};

/// Implements both traits for a number type that is also the element of an array type.
macro_rules! number {
    (
        $type:ty, $tag:ident, $array:ident, $what:literal, $write:expr, $read:expr,
        [$($narrow:ident: $read_narrow:expr),*]
    ) => {
        impl WriteValue for $type {
            const TYPE_CODE: i32 = tag::$tag as i32;
            const ARRAY_TAG: u8 = tag::$array;

            fn write(&self, writer: &mut Writer) {
                writer.u8(tag::$tag);
                $write(writer, *self);
            }

            fn write_bare(&self, writer: &mut Writer) {
                $write(writer, *self);
            }

            fn component(_: BinaryConfiguration) -> TypeReference {
                TypeReference::Id(Self::TYPE_CODE)
            }
        }

        impl ReadValue for $type {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.count_value()?;
                match reader.u8()? {
                    tag::$tag => $read(reader),
                    $(tag::$narrow if reader.widens() => $read_narrow(reader).map(Self::from),)*
                    found => Err(containers::not_a($what, found)),
                }
            }

            fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
                if reader.peek() != Some(tag::$array) {
                    return containers::read_list(reader);
                }
                reader.u8()?;
                let count = reader.count(size_of::<$type>())?;
                (0..count).map(|_| $read(reader)).collect()
            }
        }
    };
}

number!(
    i8,
    BYTE,
    BYTE_ARRAY,
    "a byte",
    |writer: &mut Writer, value: i8| writer.u8(value.cast_unsigned()),
    |reader: &mut Reader<'_>| reader.u8().map(u8::cast_signed),
    []
);
number!(
    i16,
    SHORT,
    SHORT_ARRAY,
    "a short",
    Writer::i16,
    |reader: &mut Reader<'_>| reader.i16(),
    [BYTE: signed_byte]
);
number!(
    i32,
    INT,
    INT_ARRAY,
    "an int",
    Writer::i32,
    |reader: &mut Reader<'_>| reader.i32(),
    [BYTE: signed_byte, SHORT: Reader::i16]
);
number!(
    i64,
    LONG,
    LONG_ARRAY,
    "a long",
    Writer::i64,
    |reader: &mut Reader<'_>| reader.i64(),
    [BYTE: signed_byte, SHORT: Reader::i16, INT: Reader::i32]
);
number!(
    f32,
    FLOAT,
    FLOAT_ARRAY,
    "a float",
    Writer::f32,
    |reader: &mut Reader<'_>| reader.f32(),
    [BYTE: signed_byte, SHORT: Reader::i16]
);
number!(
    f64,
    DOUBLE,
    DOUBLE_ARRAY,
    "a double",
    Writer::f64,
    |reader: &mut Reader<'_>| reader.f64(),
    [BYTE: signed_byte, SHORT: Reader::i16, INT: Reader::i32, FLOAT: Reader::f32]
);
number!(
    u16,
    CHAR,
    CHAR_ARRAY,
    "a char",
    Writer::u16,
    |reader: &mut Reader<'_>| reader.u16(),
    []
);
number!(
    bool,
    BOOL,
    BOOL_ARRAY,
    "a bool",
    Writer::bool,
    |reader: &mut Reader<'_>| reader.bool(),
    []
);

fn signed_byte(reader: &mut Reader<'_>) -> Result<i8, DecodeError> {
    reader.u8().map(u8::cast_signed)
}

impl WriteValue for u8 {
    const TYPE_CODE: i32 = tag::BYTE as i32;
    const ARRAY_TAG: u8 = tag::BYTE_ARRAY;

    fn write(&self, writer: &mut Writer) {
        writer.u8(tag::BYTE);
        writer.u8(*self);
    }

    fn write_bare(&self, writer: &mut Writer) {
        writer.u8(*self);
    }

    /// At once, unlike other numbers: bytes are what long values are made of.
    fn write_many(values: &[Self], writer: &mut Writer) {
        writer.u8(tag::BYTE_ARRAY);
        writer.count(values.len());
        writer.bytes(values);
    }

    fn component(_: BinaryConfiguration) -> TypeReference {
        TypeReference::Id(Self::TYPE_CODE)
    }
}

impl ReadValue for u8 {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        reader.expect_tag(tag::BYTE, "a byte")?;
        reader.u8()
    }

    fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        if reader.peek() != Some(tag::BYTE_ARRAY) {
            return containers::read_list(reader);
        }
        reader.u8()?;
        let length = reader.length()?;
        reader.take(length).map(<[u8]>::to_vec)
    }
}

/// A Java `char` has 16 bits. Another character is [`EncodeError::NotAJavaChar`].
impl WriteValue for char {
    const TYPE_CODE: i32 = tag::CHAR as i32;
    const ARRAY_TAG: u8 = tag::CHAR_ARRAY;

    fn write(&self, writer: &mut Writer) {
        writer.u8(tag::CHAR);
        self.write_bare(writer);
    }

    fn write_bare(&self, writer: &mut Writer) {
        match u16::try_from(u32::from(*self)) {
            Ok(unit) => writer.u16(unit),
            Err(_) => writer.fail(EncodeError::NotAJavaChar(*self)),
        }
    }

    fn component(_: BinaryConfiguration) -> TypeReference {
        TypeReference::Id(Self::TYPE_CODE)
    }
}

/// A half of a surrogate pair, which Java allows as a `char`, is out of range.
impl ReadValue for char {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        character(u16::read(reader)?)
    }

    fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        if reader.peek() != Some(tag::CHAR_ARRAY) {
            return containers::read_list(reader);
        }
        u16::read_many(reader)?.into_iter().map(character).collect()
    }
}

fn character(unit: u16) -> Result<char, DecodeError> {
    char::from_u32(u32::from(unit)).ok_or(DecodeError::OutOfRange("char"))
}

/// No value: null.
impl WriteValue for () {
    const TYPE_CODE: i32 = tag::NULL as i32;

    fn write(&self, writer: &mut Writer) {
        writer.null();
    }
}

/// No value: null and nothing else.
impl ReadValue for () {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        reader.expect_tag(tag::NULL, "null")
    }

    fn absent() -> Option<Self> {
        Some(())
    }
}

impl WriteValue for str {
    const TYPE_CODE: i32 = tag::STRING as i32;
    const ARRAY_TAG: u8 = tag::STRING_ARRAY;

    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl WriteValue for String {
    const TYPE_CODE: i32 = tag::STRING as i32;
    const ARRAY_TAG: u8 = tag::STRING_ARRAY;

    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ReadValue for String {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        reader.string()
    }
}

impl WriteValue for Uuid {
    const TYPE_CODE: i32 = tag::UUID as i32;
    const ARRAY_TAG: u8 = tag::UUID_ARRAY;

    fn write(&self, writer: &mut Writer) {
        self.encode(writer);
    }
}

impl ReadValue for Uuid {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        Self::decode(reader)
    }
}
