//! Values as bytes.

use bytes::Bytes;

use super::follow::wrapped_object;
use super::kept;
use super::skip::skip_value;
use crate::binary::{ObjectHeader, self_contained};
use crate::codec::{DecodeError, EncodeError, Layout, Reader, Writer, WriterNotes};
use crate::metadata::BinaryConfiguration;
use crate::registry::{NoSchemas, SchemaSource};
use crate::typed::{ReadValue, WriteValue};
use crate::value::tag;

/// The encoded bytes of one value, its tag included.
///
/// A server stores keys and values in this form, a client sends and receives them. Two values
/// are equal when their bytes are: that is how Ignite compares keys.
///
/// The value is self-contained, and a wrapped binary object (tag 27, as servers send it) is
/// unwrapped (to tag 103) when it is read. The bytes may share the memory of the whole message
/// they came in, and of others that came with it; [`detached`](Self::detached) ends that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawValue(Bytes);

impl RawValue {
    /// The null value.
    pub const NULL: Self = Self(Bytes::from_static(&[tag::NULL]));

    /// Encodes a value as the cluster's configuration wants it.
    ///
    /// Few values can fail to be written: a character that is no Java `char`, one that contains
    /// itself. In their place stands a null; [`try_encode`](Self::try_encode) tells of it.
    pub fn encode<T: WriteValue + ?Sized>(value: &T, configuration: BinaryConfiguration) -> Self {
        let mut writer = Writer::new().with_binary(configuration);
        value.write(&mut writer);
        Self(writer.into_bytes())
    }

    /// Encodes a value as the cluster's configuration wants it.
    ///
    /// # Errors
    /// An [`EncodeError`] when the value, or something in it, cannot be written.
    pub fn try_encode<T: WriteValue + ?Sized>(
        value: &T,
        configuration: BinaryConfiguration,
    ) -> Result<Self, EncodeError> {
        let mut writer = Writer::new().with_binary(configuration);
        value.write(&mut writer);
        match writer
            .take_notes()
            .as_deref()
            .and_then(WriterNotes::problem)
        {
            Some(problem) => Err(problem.clone()),
            None => Ok(Self(writer.into_bytes())),
        }
    }

    /// Takes bytes that hold exactly one value.
    ///
    /// # Errors
    /// A [`DecodeError`] when they do not.
    pub fn from_bytes(bytes: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::shared(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// Takes the next value, which is inside of another: what refers to a part of the other gets a
    /// copy of that part. The reader has begun at the front of the other or before it.
    ///
    /// # Errors
    /// A [`DecodeError`] when there is no value, or one that contains itself.
    pub fn decode_part(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        self_contained(reader)
    }

    /// Takes bytes that came out of [`as_bytes`](Self::as_bytes), without looking at them.
    pub fn from_trusted_bytes(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Builds the value that the bytes stand for; compact objects of unknown schemas fail.
    ///
    /// # Errors
    /// A [`DecodeError`] when the value is not of the wanted type.
    pub fn read<T: ReadValue>(&self) -> Result<T, DecodeError> {
        self.read_with(&NoSchemas)
    }

    /// Builds the value that the bytes stand for.
    ///
    /// # Errors
    /// A [`DecodeError`] when the value is not of the wanted type. After
    /// [`DecodeError::UnknownSchema`], fetch that type's metadata into `schemas` and try again.
    pub fn read_with<T: ReadValue>(&self, schemas: &dyn SchemaSource) -> Result<T, DecodeError> {
        let mut reader = Reader::shared(&self.0).with_schemas(schemas);
        let value = T::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// Builds the value that the bytes stand for, as a column of a row: numbers of smaller types
    /// are read as wider ones.
    ///
    /// # Errors
    /// As [`read_with`](Self::read_with).
    pub fn read_column<T: ReadValue>(&self, schemas: &dyn SchemaSource) -> Result<T, DecodeError> {
        let mut reader = Reader::shared(&self.0).with_schemas(schemas).widening();
        let value = T::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// Whether this is the null value.
    pub fn is_null(&self) -> bool {
        self.tag() == tag::NULL
    }

    /// The tag of the value's type; see [`tag`].
    pub fn tag(&self) -> u8 {
        self.0.first().copied().unwrap_or(tag::NULL)
    }

    /// The bytes, tag included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, tag included.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// A copy that shares no memory with the message it came in.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }
}

impl Layout for RawValue {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = reader.position();
        skip_value(reader, start)?;
        let taken = &reader.all()[start..reader.position()];
        if reader.keeps() && kept::is_rewritten(taken[0]) {
            return kept::rewritten(taken).map(|writer| Self(writer.into_bytes()));
        }
        let unwrapped = unwrap(taken)?;
        Ok(Self(reader.share(unwrapped)))
    }
}

/// The object inside of a wrapped object; other values as they are.
fn unwrap(value: &[u8]) -> Result<&[u8], DecodeError> {
    if value.first() != Some(&tag::WRAPPED_OBJECT) {
        return Ok(value);
    }
    let mut reader = Reader::new(value);
    reader.u8()?;
    let object = &value[wrapped_object(&mut reader)?..];
    let header = ObjectHeader::parse(object)?;
    Ok(&object[..header.length])
}
