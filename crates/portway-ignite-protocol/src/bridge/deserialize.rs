//! Reading what serde deserialises.

use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{Elements, Entries, Numbers, ObjectFields, Variant};
use crate::binary::ObjectReader;
use crate::codec::{DecodeError, Layout, Reader};
use crate::value::{
    CollectionKind, Date, Decimal, MapKind, Time, Timestamp, TypeReference, follow, skip_value, tag,
};

/// Reads one value.
pub(super) struct ValueDeserializer<'r, 'a> {
    reader: &'r mut Reader<'a>,
}

impl<'r, 'a> ValueDeserializer<'r, 'a> {
    pub(super) fn new(reader: &'r mut Reader<'a>) -> Self {
        Self { reader }
    }

    fn is_next(&self, found: u8) -> bool {
        self.reader.peek() == Some(found)
    }

    fn decimal(&mut self) -> Result<Decimal, DecodeError> {
        self.reader.count_value()?;
        self.reader.u8()?;
        Decimal::decode(self.reader)
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer<'_, 'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let position = self.reader.position();
        follow(self.reader, |reader, found| {
            visit(reader, found, position, None, visitor)
        })
    }

    /// Numbers that no `long` holds are decimals.
    fn deserialize_u64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        if !self.is_next(tag::DECIMAL) {
            return self.deserialize_any(visitor);
        }
        let number = whole(&self.decimal()?)?;
        let number = u64::try_from(number).map_err(|_| DecodeError::OutOfRange("u64"))?;
        visitor.visit_u64(number)
    }

    fn deserialize_i128<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        if !self.is_next(tag::DECIMAL) {
            return self.deserialize_any(visitor);
        }
        visitor.visit_i128(whole(&self.decimal()?)?)
    }

    fn deserialize_u128<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        if !self.is_next(tag::DECIMAL) {
            return self.deserialize_any(visitor);
        }
        let decimal = self.decimal()?;
        let out_of_range = DecodeError::OutOfRange("u128");
        let bytes = decimal.magnitude();
        if decimal.scale() != 0 || decimal.is_negative() || bytes.len() > size_of::<u128>() {
            return Err(out_of_range);
        }
        let fold = |number: u128, byte: &u8| number << 8 | u128::from(*byte);
        visitor.visit_u128(bytes.iter().fold(0, fold))
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        if !self.is_next(tag::DECIMAL) {
            return self.deserialize_any(visitor);
        }
        let text = self.decimal()?.to_string();
        let number = text.parse().map_err(|_| DecodeError::OutOfRange("f64"))?;
        visitor.visit_f64(number)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.reader.take_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    /// A `byte[]` is bytes to who asks for them, and numbers to who asks for a sequence.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if !self.is_next(tag::BYTE_ARRAY) {
            return self.deserialize_any(visitor);
        }
        self.reader.count_value()?;
        self.reader.u8()?;
        let length = self.reader.length()?;
        let bytes = self.reader.take(length)?;
        visitor.visit_seq(Numbers::new(bytes.iter().map(|byte| Ok(*byte))))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let position = self.reader.position();
        follow(self.reader, |reader, found| {
            visit(reader, found, position, Some(fields), visitor)
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        follow(self.reader, |reader, found| match found {
            tag::MAP if reader.count(2)? == 1 => {
                MapKind::decode(reader)?;
                visitor.visit_enum(Variant::new(reader))
            }
            tag::STRING => {
                let name = reader.untagged_text()?;
                visitor.visit_enum(name.into_deserializer())
            }
            tag::ENUM | tag::BINARY_ENUM => match member(reader)? {
                Member::Named(name) => visitor.visit_enum(name.into_deserializer()),
                Member::Ordinal(ordinal) => {
                    let index = u32::try_from(ordinal);
                    let index = index.map_err(|_| DecodeError::OutOfRange("an enumeration"))?;
                    visitor.visit_enum(index.into_deserializer())
                }
            },
            found => Err(DecodeError::UnexpectedTag {
                expected: "an enumeration: a String or a Map of one entry",
                found,
            }),
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        skip_value(self.reader, 0)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 f32 char str string bytes byte_buf unit unit_struct map
        identifier
    }
}

/// Visits a value whose tag is already read; `position` is where it, or a handle of it, stands.
///
/// The names in `wanted` are the fields that are asked for; without them, all with their names.
fn visit<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    found: u8,
    position: usize,
    wanted: Option<&'static [&'static str]>,
    visitor: V,
) -> Result<V::Value, DecodeError> {
    match found {
        tag::NULL => visitor.visit_unit(),
        tag::BYTE => visitor.visit_i8(reader.u8()?.cast_signed()),
        tag::SHORT => visitor.visit_i16(reader.i16()?),
        tag::INT => visitor.visit_i32(reader.i32()?),
        tag::LONG => visitor.visit_i64(reader.i64()?),
        tag::FLOAT => visitor.visit_f32(reader.f32()?),
        tag::DOUBLE => visitor.visit_f64(reader.f64()?),
        tag::BOOL => visitor.visit_bool(reader.bool()?),
        tag::STRING => visitor.visit_borrowed_str(reader.untagged_text()?),
        tag::CHAR => match char::from_u32(u32::from(reader.u16()?)) {
            Some(character) => visitor.visit_char(character),
            None => Err(DecodeError::OutOfRange("char")),
        },
        tag::UUID => visitor.visit_string(reader.raw_uuid()?.to_string()),
        tag::DATE => visitor.visit_string(Date::decode(reader)?.to_string()),
        tag::TIME => visitor.visit_string(Time::decode(reader)?.to_string()),
        tag::TIMESTAMP => visitor.visit_string(Timestamp::decode(reader)?.to_string()),
        tag::DECIMAL => match Decimal::decode(reader)? {
            decimal if decimal.has_text() => visitor.visit_string(decimal.to_string()),
            _ => Err(DecodeError::OutOfRange("a decimal as text")),
        },
        tag::BYTE_ARRAY => {
            let length = reader.length()?;
            visitor.visit_borrowed_bytes(reader.take(length)?)
        }
        tag::SHORT_ARRAY..=tag::BOOL_ARRAY => visit_numbers(reader, found, visitor),
        tag::ENUM | tag::BINARY_ENUM => match member(reader)? {
            Member::Named(name) => visitor.visit_string(name),
            Member::Ordinal(ordinal) => visitor.visit_i32(ordinal),
        },
        tag::MAP => {
            let count = reader.count(2)?;
            MapKind::decode(reader)?;
            visitor.visit_map(Entries::new(reader, count))
        }
        tag::OBJECT => {
            let mut object = ObjectReader::reached(reader, position)?;
            let fields = ObjectFields::of(&mut object, wanted)?;
            visitor.visit_map(fields)
        }
        _ => visit_elements(reader, found, visitor),
    }
}

/// Visits an array of numbers of one type.
fn visit_numbers<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    found: u8,
    visitor: V,
) -> Result<V::Value, DecodeError> {
    let size = match found {
        tag::BOOL_ARRAY => 1,
        tag::SHORT_ARRAY | tag::CHAR_ARRAY => 2,
        tag::INT_ARRAY | tag::FLOAT_ARRAY => 4,
        _ => 8,
    };
    let all = 0..reader.count(size)?;
    match found {
        tag::SHORT_ARRAY => visitor.visit_seq(Numbers::new(all.map(|_| reader.i16()))),
        tag::INT_ARRAY => visitor.visit_seq(Numbers::new(all.map(|_| reader.i32()))),
        tag::LONG_ARRAY => visitor.visit_seq(Numbers::new(all.map(|_| reader.i64()))),
        tag::FLOAT_ARRAY => visitor.visit_seq(Numbers::new(all.map(|_| reader.f32()))),
        tag::DOUBLE_ARRAY => visitor.visit_seq(Numbers::new(all.map(|_| reader.f64()))),
        tag::CHAR_ARRAY => visitor.visit_seq(Numbers::new(all.map(|_| reader.u16()))),
        _ => visitor.visit_seq(Numbers::new(all.map(|_| reader.bool()))),
    }
}

/// Visits a list of values with tags.
fn visit_elements<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    found: u8,
    visitor: V,
) -> Result<V::Value, DecodeError> {
    match found {
        tag::OBJECT_ARRAY | tag::ENUM_ARRAY => {
            TypeReference::decode(reader)?;
        }
        tag::COLLECTION
        | tag::STRING_ARRAY
        | tag::UUID_ARRAY
        | tag::DATE_ARRAY
        | tag::TIMESTAMP_ARRAY
        | tag::TIME_ARRAY
        | tag::DECIMAL_ARRAY => {}
        found => {
            let what = tag::describe(found);
            return Err(DecodeError::custom(format_args!(
                "{what} is nothing for serde"
            )));
        }
    }
    let count = reader.count(1)?;
    if found == tag::COLLECTION {
        CollectionKind::decode(reader)?;
    }
    visitor.visit_seq(Elements::new(reader, count))
}

enum Member {
    Named(String),
    Ordinal(i32),
}

/// Reads the member of an enumeration whose tag is already read.
fn member(reader: &mut Reader<'_>) -> Result<Member, DecodeError> {
    let enumeration = TypeReference::decode(reader)?;
    let ordinal = reader.i32()?;
    let TypeReference::Id(type_id) = enumeration else {
        return Ok(Member::Ordinal(ordinal));
    };
    let types = reader.schemas().snapshot();
    let known = types.as_ref().and_then(|types| types.find(type_id));
    let name = known.and_then(|known| known.member(ordinal));
    Ok(name.map_or(Member::Ordinal(ordinal), |name| {
        Member::Named(name.to_owned())
    }))
}

fn whole(decimal: &Decimal) -> Result<i128, DecodeError> {
    let number = decimal.unscaled().filter(|_| decimal.scale() == 0);
    number.ok_or(DecodeError::OutOfRange("i128"))
}
