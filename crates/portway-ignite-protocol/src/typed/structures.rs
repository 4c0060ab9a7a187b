//! Structures as binary objects, and enumerations.

use super::containers::not_a;
use crate::binary::ObjectShape;
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::typed::{ReadValue, WriteValue};
use crate::value::{TypeReference, tag};

/// A structure that is a binary object. Derived, not implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no structure with `#[derive(IgniteObject)]`",
    label = "not a derived structure"
)]
pub trait IgniteObject: WriteValue + ReadValue {
    /// The name and the fields.
    const SHAPE: ObjectShape;

    /// The field that decides the partition when the structure is a key, if not all of it does.
    const AFFINITY_KEY: Option<&'static str>;
}

/// An enumeration that is a Java enum. Derived with
/// [`IgniteObject`], not implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no enumeration with `#[derive(IgniteObject)]`",
    label = "not a derived enumeration"
)]
pub trait IgniteEnum: WriteValue + ReadValue {
    /// The name, without fields.
    const SHAPE: ObjectShape;

    /// The names of the members with their ordinals.
    const MEMBERS: &'static [(&'static str, i32)];

    /// The ordinal of this member.
    fn ordinal(&self) -> i32;
}

impl Writer {
    /// Writes the member of an enumeration that has this ordinal.
    pub fn member(&mut self, shape: &ObjectShape, ordinal: i32) {
        self.u8(tag::ENUM);
        self.i32(shape.type_id(self.binary().name_mapper));
        self.i32(ordinal);
    }
}

impl Reader<'_> {
    /// Reads the ordinal of a member of an enumeration.
    ///
    /// # Errors
    /// A [`DecodeError`] when the next value is no member of that enumeration.
    pub fn member(&mut self, shape: &ObjectShape) -> Result<i32, DecodeError> {
        self.count_value()?;
        match self.u8()? {
            tag::ENUM | tag::BINARY_ENUM => {}
            found => return Err(not_a("an enum", found)),
        }
        let (is_type, found) = match TypeReference::decode(self)? {
            TypeReference::Id(id) => (shape.has_type_id(id), id),
            TypeReference::Name(name) => (name == shape.type_name(), 0),
        };
        let expected = shape.type_name();
        if !is_type {
            return Err(DecodeError::UnexpectedType { expected, found });
        }
        self.i32()
    }
}
