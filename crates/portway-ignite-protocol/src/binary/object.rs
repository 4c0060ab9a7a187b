//! A binary object of any type.

use bytes::Bytes;

use super::builder::ObjectWriter;
use super::header::ObjectHeader;
use crate::codec::{DecodeError, Reader, Writer};
use crate::metadata::BinaryConfiguration;
use crate::registry::SchemaSource;
use crate::typed::{ReadValue, WriteValue};
use crate::value::tag;

/// A binary object as its bytes, for code that does not know its type in advance.
///
/// An object inside of another can refer to parts of the outer one (Java does so where one value
/// is in both). Taken out of it, such a field is [`DecodeError::HandleOutside`]; structures and
/// [`ObjectReader`](crate::ObjectReader) read it where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryObject {
    header: ObjectHeader,
    bytes: Bytes,
}

impl BinaryObject {
    /// Builds an object; `write` writes its fields.
    ///
    /// # Errors
    /// A [`DecodeError`] when the object is over 2 GiB.
    pub fn build(
        type_name: &str,
        configuration: BinaryConfiguration,
        write: impl FnOnce(&mut ObjectWriter<'_>),
    ) -> Result<Self, DecodeError> {
        let mut writer = Writer::new().with_binary(configuration);
        writer.dynamic_object(type_name, write);
        Self::from_bytes(writer.into_bytes())
    }

    /// Takes the bytes of exactly one object.
    ///
    /// # Errors
    /// A [`DecodeError`] when they are not that.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, DecodeError> {
        let header = ObjectHeader::parse(&bytes)?;
        match bytes.len() - header.length {
            0 => Ok(Self { header, bytes }),
            left => Err(DecodeError::Trailing { left }),
        }
    }

    /// Reads the object whose tag is already read.
    pub(crate) fn read_behind_tag(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = reader.position() - 1;
        let header = ObjectHeader::parse(&reader.all()[start..])?;
        reader.take(header.length - 1)?;
        let bytes = reader.share(&reader.all()[start..reader.position()]);
        Ok(Self { header, bytes })
    }

    /// The object's header.
    pub fn header(&self) -> &ObjectHeader {
        &self.header
    }

    /// The object's bytes, tag included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads a field by its name, or `None` if it is absent or null.
    ///
    /// # Errors
    /// A [`DecodeError`] when the field is not of the wanted type. After
    /// [`DecodeError::UnknownSchema`], fetch that type's metadata into `schemas` and try again.
    pub fn field<T: ReadValue>(
        &self,
        name: &str,
        schemas: &dyn SchemaSource,
    ) -> Result<Option<T>, DecodeError> {
        let mut reader = Reader::shared(&self.bytes).with_schemas(schemas);
        reader.dynamic_object(|object| object.field(name))
    }
}

impl WriteValue for BinaryObject {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.bytes);
    }
}
