//! A binary object as a value: when it equals another, and how it is written and read.

use std::hash::{Hash, Hasher};

use super::{BinaryObject, Types};
use crate::codec::{DecodeError, Reader, Writer};
use crate::typed::{ReadValue, WriteValue};
use crate::value::{follow, tag};

/// Objects are equal when their bytes are: that is how Ignite compares keys and values.
impl PartialEq for BinaryObject {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for BinaryObject {}

impl Hash for BinaryObject {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl WriteValue for BinaryObject {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    fn write(&self, writer: &mut Writer) {
        if let Types::Made(types) = &self.types
            && let Some(notes) = writer.collected()
        {
            let told = types.told.iter();
            told.for_each(|made| notes.add_type(made.clone()));
        }
        if let Some(notes) = writer.carried() {
            let known = self.types_inside().into_iter();
            known.for_each(|known| notes.carry(known));
        }
        if self.start > 0 && self.leaves_itself() {
            writer.copy_resolved(&mut self.reader());
        } else {
            writer.bytes(self.as_bytes());
        }
    }
}

impl ReadValue for BinaryObject {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        const EXPECTED: &str = "a binary object";
        follow(reader, |reader, found| match found {
            tag::OBJECT => Self::read_behind_tag(reader),
            tag::NULL => Err(DecodeError::UnexpectedNull { expected: EXPECTED }),
            found => Err(DecodeError::UnexpectedTag {
                expected: EXPECTED,
                found,
            }),
        })
    }
}
