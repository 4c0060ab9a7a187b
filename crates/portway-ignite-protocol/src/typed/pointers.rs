//! What is written and read as what it points to.
//!
//! Shared values are written wherever they stand, and are not shared when they are read. Cells and
//! locks are no values: so a structure cannot contain itself.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::{ReadValue, WriteValue};
use crate::codec::{DecodeError, Reader, Writer};
use crate::metadata::BinaryConfiguration;
use crate::registry::TypeRegistry;
use crate::value::TypeReference;

macro_rules! write_through {
    ($([$($generics:tt)*] $pointer:ty => $target:ty),* $(,)?) => {$(
        impl<$($generics)*> WriteValue for $pointer {
            const TYPE_CODE: i32 = <$target>::TYPE_CODE;
            const ARRAY_TAG: u8 = <$target>::ARRAY_TAG;

            fn write(&self, writer: &mut Writer) {
                (**self).write(writer);
            }

            fn write_bare(&self, writer: &mut Writer) {
                (**self).write_bare(writer);
            }

            fn component(binary: BinaryConfiguration) -> TypeReference {
                <$target>::component(binary)
            }

            fn describe(registry: &mut TypeRegistry) {
                <$target>::describe(registry);
            }
        }
    )*};
}

write_through! {
    [T: WriteValue + ?Sized] &T => T,
    [T: WriteValue + ?Sized] Box<T> => T,
    [T: WriteValue + ?Sized] Arc<T> => T,
    [T: WriteValue + ?Sized] Rc<T> => T,
    [T: WriteValue + ToOwned + ?Sized] Cow<'_, T> => T,
}

macro_rules! read_into {
    ($($pointer:ident),*) => {$(
        impl<T: ReadValue> ReadValue for $pointer<T> {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                T::read(reader).map(Self::new)
            }

            fn absent() -> Option<Self> {
                T::absent().map(Self::new)
            }

            fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
                let all = T::read_many(reader)?;
                Ok(all.into_iter().map(Self::new).collect())
            }
        }

        impl<T: ReadValue> ReadValue for $pointer<[T]> {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                T::read_many(reader).map(Self::from)
            }
        }

        impl ReadValue for $pointer<str> {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.count_value()?;
                reader.text().map(Self::from)
            }
        }
    )*};
}

read_into!(Box, Arc, Rc);

impl<T: ToOwned + ?Sized> ReadValue for Cow<'_, T>
where
    T::Owned: ReadValue,
{
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::Owned::read(reader).map(Self::Owned)
    }

    fn absent() -> Option<Self> {
        T::Owned::absent().map(Self::Owned)
    }

    fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let all = T::Owned::read_many(reader)?;
        Ok(all.into_iter().map(Self::Owned).collect())
    }
}
