//! Sets.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};

use super::containers::{DECLARED_AS_INTERFACE, read_list, write_collection};
use super::{ReadValue, WriteValue};
use crate::codec::{DecodeError, Reader, Writer};
use crate::registry::TypeRegistry;
use crate::value::CollectionKind;

/// A Java `LinkedHashSet`, which keeps the order.
impl<T: WriteValue> WriteValue for BTreeSet<T> {
    const TYPE_CODE: i32 = DECLARED_AS_INTERFACE;

    fn write(&self, writer: &mut Writer) {
        write_collection(
            CollectionKind::LinkedHashSet,
            self.len(),
            self.iter(),
            writer,
        );
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

/// Read from any collection or array; what is there twice is here once.
impl<T: ReadValue + Ord> ReadValue for BTreeSet<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        read_list(reader)
    }
}

/// A Java `HashSet`. Written in the order of the set, so equal sets can differ in bytes: no good
/// key.
impl<T: WriteValue, S: BuildHasher> WriteValue for HashSet<T, S> {
    const TYPE_CODE: i32 = DECLARED_AS_INTERFACE;

    fn write(&self, writer: &mut Writer) {
        write_collection(CollectionKind::HashSet, self.len(), self.iter(), writer);
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

/// Read from any collection or array; what is there twice is here once.
impl<T, S> ReadValue for HashSet<T, S>
where
    T: ReadValue + Eq + Hash,
    S: BuildHasher + Default,
{
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        read_list(reader)
    }
}
