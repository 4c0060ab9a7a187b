//! Reading the fields of a binary object one by one.

#[cfg(feature = "serde")]
use std::sync::Arc;

use bytes::Bytes;

use super::footer::Footer;
use super::header::ObjectHeader;
use super::shape::ObjectShape;
use crate::codec::{DecodeError, Reader};
use crate::java;
#[cfg(feature = "serde")]
use crate::registry::TypeRegistry;
use crate::typed::ReadValue;
use crate::value::{follow, tag};

/// Reads the fields of one binary object in any order. Fields are found by their ids, so an
/// object written by a newer or older program is readable: what it lacks is absent.
#[derive(Debug)]
pub struct ObjectReader<'r, 'a> {
    reader: &'r mut Reader<'a>,
    start: usize,
    header: ObjectHeader,
    footer: Footer,
}

impl<'a> Reader<'a> {
    /// Reads a binary object with the fields of `shape` and moves behind it.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedTag`] and [`DecodeError::UnexpectedType`] for something else,
    /// [`DecodeError::UnknownSchema`] when other fields were written compactly and the reader's
    /// schemas do not have them, [`DecodeError::MalformedObject`], and what `read` fails with.
    pub fn object<T>(
        &mut self,
        shape: &'static ObjectShape,
        read: impl FnOnce(&mut ObjectReader<'_, 'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.object_of(Some(shape), shape.type_name(), read)
    }

    /// Reads a binary object of any type and moves behind it.
    ///
    /// # Errors
    /// As [`object`](Self::object), but for the type.
    pub fn dynamic_object<T>(
        &mut self,
        read: impl FnOnce(&mut ObjectReader<'_, 'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.object_of(None, "a binary object", read)
    }

    fn object_of<T>(
        &mut self,
        shape: Option<&'static ObjectShape>,
        expected: &'static str,
        read: impl FnOnce(&mut ObjectReader<'_, 'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let position = self.position();
        follow(self, |reader, found| {
            match found {
                tag::OBJECT => {}
                tag::NULL => return Err(DecodeError::UnexpectedNull { expected }),
                found => return Err(DecodeError::UnexpectedTag { expected, found }),
            }
            let mut object = ObjectReader::behind_tag(reader, shape)?;
            object.refuse_cycle(position)?;
            read(&mut object)
        })
    }
}

impl<'r, 'a> ObjectReader<'r, 'a> {
    /// Opens the object whose tag is already read, and moves the reader behind the object.
    fn behind_tag(
        reader: &'r mut Reader<'a>,
        shape: Option<&'static ObjectShape>,
    ) -> Result<Self, DecodeError> {
        let start = reader.position() - 1;
        let object = &reader.all()[start..];
        let header = ObjectHeader::parse(object)?;
        check_type(&header, shape, object)?;
        let footer = Footer::of(&header, shape, object, reader)?;
        reader.take(header.length - 1)?;
        Ok(Self {
            reader,
            start,
            header,
            footer,
        })
    }

    /// Opens the object whose tag is already read, which was reached from `position`.
    #[cfg(feature = "serde")]
    pub(crate) fn reached(
        reader: &'r mut Reader<'a>,
        position: usize,
    ) -> Result<Self, DecodeError> {
        let object = Self::behind_tag(reader, None)?;
        object.refuse_cycle(position)?;
        Ok(object)
    }

    /// The types that the reader knows.
    #[cfg(feature = "serde")]
    pub(crate) fn types(&self) -> Option<Arc<TypeRegistry>> {
        self.reader.schemas().snapshot()
    }

    /// The type's id, also of one that is not registered.
    #[cfg(feature = "serde")]
    pub(crate) fn type_id(&self) -> i32 {
        let mapper = self.reader.schemas().name_mapper();
        match self.class_name() {
            Ok(Some(name)) => java::type_id(mapper.map(name)),
            _ => self.header.type_id,
        }
    }

    /// Fails if this object was reached from `position` inside of itself. A handle points to what
    /// was begun before it, so each cycle has one that points to an object around it.
    fn refuse_cycle(&self, position: usize) -> Result<(), DecodeError> {
        if self.start < position && position < self.start + self.header.length {
            return Err(DecodeError::Cycle(self.header.type_id));
        }
        Ok(())
    }

    /// The object's header.
    pub fn header(&self) -> &ObjectHeader {
        &self.header
    }

    /// The object's bytes.
    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.reader.all()[self.start..self.start + self.header.length]
    }

    /// The name of the object's class, where the type is not registered.
    ///
    /// # Errors
    /// A [`DecodeError`] when the name cannot be read.
    pub fn class_name(&self) -> Result<Option<&'a str>, DecodeError> {
        self.header.class_name(self.bytes())
    }

    /// The ids of the object's fields in the order they were written.
    pub fn field_ids(&self) -> impl Iterator<Item = i32> + '_ {
        (0..self.footer.count).map(|index| self.footer.id(index, self.bytes()))
    }

    /// The number of the object's fields.
    pub fn field_count(&self) -> usize {
        self.footer.count
    }

    /// Reads the field with this id, or `None` if it is absent or null.
    ///
    /// # Errors
    /// A [`DecodeError`] when the field is not of the wanted type.
    pub fn field_with_id<T: ReadValue>(&mut self, id: i32) -> Result<Option<T>, DecodeError> {
        let bytes = self.bytes();
        match (0..self.footer.count).find(|index| self.footer.id(*index, bytes) == id) {
            Some(index) => self.field_at(index),
            None => Ok(None),
        }
    }

    /// Reads the field at this place in the order of [`field_ids`](Self::field_ids), or `None` if
    /// it is null.
    ///
    /// # Errors
    /// A [`DecodeError`] when the field is not of the wanted type.
    ///
    /// # Panics
    /// When there is no such place.
    pub fn field_at<T: ReadValue>(&mut self, index: usize) -> Result<Option<T>, DecodeError> {
        self.at(index, |reader| {
            if reader.take_null() {
                Ok(None)
            } else {
                T::read(reader).map(Some)
            }
        })
    }

    /// Runs `read` where the field at `index` stands.
    pub(crate) fn at<T>(
        &mut self,
        index: usize,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        assert!(index < self.footer.count, "there is no field {index}");
        let offset = self.footer.offset(index, self.bytes());
        if offset < ObjectHeader::LENGTH || offset >= self.header.footer {
            return Err(DecodeError::MalformedObject(
                "a field is outside of its data",
            ));
        }
        self.reader.inside(self.start + offset, read)
    }

    /// Reads the field with this name, or `None` if it is absent or null.
    ///
    /// # Errors
    /// A [`DecodeError`] when the field is not of the wanted type.
    pub fn field<T: ReadValue>(&mut self, name: &str) -> Result<Option<T>, DecodeError> {
        self.field_with_id(java::field_id(name))
    }

    /// Reads the field at `index` of `shape`; if it is absent or null, what the type says to that.
    ///
    /// # Errors
    /// [`DecodeError::MissingField`] when the type has no null, or when the field is not of the
    /// wanted type.
    ///
    /// # Panics
    /// When the shape has no such field.
    pub fn shape_field<T: ReadValue>(
        &mut self,
        shape: &'static ObjectShape,
        index: usize,
    ) -> Result<T, DecodeError> {
        let value = self.field_with_id(shape.field_ids()[index])?;
        value.or_else(T::absent).ok_or(DecodeError::MissingField {
            type_name: shape.type_name(),
            field: shape.field_names()[index],
        })
    }

    /// Reads the data without fields with `read`; nothing when there is none.
    ///
    /// # Errors
    /// What `read` fails with.
    pub fn raw<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        let Some(offset) = self.header.raw_offset(self.bytes())? else {
            return Ok(None);
        };
        let position = self.start + offset;
        self.reader.inside(position, read).map(Some)
    }

    /// The data without fields as it is.
    pub(super) fn raw_bytes(&self) -> Result<Option<Bytes>, DecodeError> {
        let object = self.bytes();
        let Some(offset) = self.header.raw_offset(object)? else {
            return Ok(None);
        };
        let raw = object.get(offset..self.header.raw_end());
        Ok(Some(self.reader.share(raw.unwrap_or_default())))
    }
}

/// Comes before the schema is looked up: the metadata of another type would be fetched in vain.
fn check_type(
    header: &ObjectHeader,
    shape: Option<&'static ObjectShape>,
    object: &[u8],
) -> Result<(), DecodeError> {
    let Some(shape) = shape else {
        return Ok(());
    };
    let is_type = match header.class_name(object)? {
        Some(name) => name == shape.type_name(),
        None => shape.has_type_id(header.type_id),
    };
    if is_type {
        return Ok(());
    }
    Err(DecodeError::UnexpectedType {
        expected: shape.type_name(),
        found: header.type_id,
    })
}
