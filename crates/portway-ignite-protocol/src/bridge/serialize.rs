//! Writing what serde serialises.

use serde::{Serialize, Serializer};

use super::serialize_many::{Elements, Fields, Form};
use crate::binary::ObjectWriter;
use crate::codec::{EncodeError, Layout, Writer};
use crate::typed::WriteValue;
use crate::value::{Decimal, MapKind, tag};

/// Writes one value.
pub(super) struct ValueSerializer<'w> {
    writer: &'w mut Writer,
}

impl<'w> ValueSerializer<'w> {
    pub(super) fn new(writer: &'w mut Writer) -> Self {
        Self { writer }
    }

    fn write<T: WriteValue + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.write(self.writer);
        Ok(())
    }

    /// Begins a map of one entry: the variant's name and its contents.
    fn variant(self, name: &str) -> Result<&'w mut Writer, EncodeError> {
        enter(self.writer)?;
        self.writer.u8(tag::MAP);
        self.writer.count(1);
        MapKind::LinkedHashMap.encode(self.writer);
        self.writer.string(name);
        Ok(self.writer)
    }
}

/// Begins a level of nesting. A failure is noted, and ends the serialisation.
pub(super) fn enter(writer: &mut Writer) -> Result<(), EncodeError> {
    if writer.enter() {
        Ok(())
    } else {
        Err(EncodeError::TooDeep)
    }
}

impl<'w> Serializer for ValueSerializer<'w> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Elements<'w>;
    type SerializeTuple = Elements<'w>;
    type SerializeTupleStruct = Elements<'w>;
    type SerializeTupleVariant = Elements<'w>;
    type SerializeMap = Elements<'w>;
    type SerializeStruct = Fields<'w>;
    type SerializeStructVariant = Elements<'w>;

    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        self.write(&value)
    }

    fn serialize_i8(self, value: i8) -> Result<(), EncodeError> {
        self.write(&value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), EncodeError> {
        self.write(&value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), EncodeError> {
        self.write(&value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), EncodeError> {
        self.write(&value)
    }

    fn serialize_i128(self, value: i128) -> Result<(), EncodeError> {
        self.write(&Decimal::new(value, 0))
    }

    fn serialize_u8(self, value: u8) -> Result<(), EncodeError> {
        self.write(&i16::from(value))
    }

    fn serialize_u16(self, value: u16) -> Result<(), EncodeError> {
        self.write(&i32::from(value))
    }

    fn serialize_u32(self, value: u32) -> Result<(), EncodeError> {
        self.write(&i64::from(value))
    }

    fn serialize_u64(self, value: u64) -> Result<(), EncodeError> {
        match i64::try_from(value) {
            Ok(value) => self.write(&value),
            Err(_) => self.serialize_u128(value.into()),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<(), EncodeError> {
        self.write(&Decimal::from_parts(false, &value.to_be_bytes(), 0))
    }

    fn serialize_f32(self, value: f32) -> Result<(), EncodeError> {
        self.write(&value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), EncodeError> {
        self.write(&value)
    }

    fn serialize_char(self, value: char) -> Result<(), EncodeError> {
        match u16::try_from(u32::from(value)) {
            Ok(unit) => self.write(&unit),
            Err(_) => self.write(value.encode_utf8(&mut [0; 4])),
        }
    }

    fn serialize_str(self, value: &str) -> Result<(), EncodeError> {
        self.write(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), EncodeError> {
        self.write(value)
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.writer.null();
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), EncodeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.write(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let writer = self.variant(variant)?;
        value.serialize(ValueSerializer::new(writer))?;
        writer.leave();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'w>, EncodeError> {
        Elements::begin(self.writer, Form::List)
    }

    fn serialize_tuple(self, _: usize) -> Result<Elements<'w>, EncodeError> {
        Elements::begin(self.writer, Form::Array)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Elements<'w>, EncodeError> {
        Elements::begin(self.writer, Form::Array)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Elements<'w>, EncodeError> {
        let writer = self.variant(variant)?;
        Elements::begin(writer, Form::Array).map(Elements::of_variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Elements<'w>, EncodeError> {
        Elements::begin(self.writer, Form::Map)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields<'w>, EncodeError> {
        enter(self.writer)?;
        let object = ObjectWriter::undeclared(self.writer);
        Ok(Fields { name, object })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Elements<'w>, EncodeError> {
        let writer = self.variant(variant)?;
        Elements::begin(writer, Form::Map).map(Elements::of_variant)
    }
}
