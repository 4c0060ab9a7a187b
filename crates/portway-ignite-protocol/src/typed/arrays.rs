//! Lists in the form that their Java class asks for.

use std::ops::Deref;

use super::containers::{DECLARED_AS_INTERFACE, write_list};
use super::{ReadValue, WriteValue};
use crate::codec::{DecodeError, Reader, Writer};
use crate::registry::TypeRegistry;

/// Several values of one type, or none because there is a null.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list, and cannot be written as an array",
    label = "`array` and `list` are for `Vec`, slices, arrays and an `Option` of them"
)]
#[doc(hidden)]
pub trait Many {
    /// What there are several of.
    type Element: WriteValue;

    /// The values; `None` is a null.
    fn elements(&self) -> Option<&[Self::Element]>;
}

impl<T: WriteValue> Many for [T] {
    type Element = T;

    fn elements(&self) -> Option<&[T]> {
        Some(self)
    }
}

impl<T: WriteValue> Many for Vec<T> {
    type Element = T;

    fn elements(&self) -> Option<&[T]> {
        Some(self)
    }
}

impl<T: WriteValue, const N: usize> Many for [T; N] {
    type Element = T;

    fn elements(&self) -> Option<&[T]> {
        Some(self)
    }
}

impl<M: Many> Many for Option<M> {
    type Element = M::Element;

    fn elements(&self) -> Option<&[M::Element]> {
        self.as_ref()?.elements()
    }
}

impl<M: Many + ?Sized> Many for &M {
    type Element = M::Element;

    fn elements(&self) -> Option<&[M::Element]> {
        (**self).elements()
    }
}

impl<M: Many + ?Sized> Many for Box<M> {
    type Element = M::Element;

    fn elements(&self) -> Option<&[M::Element]> {
        (**self).elements()
    }
}

macro_rules! form {
    ($(#[$doc:meta])* $name:ident, $code:expr, $write:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name<M>(pub M);

        impl<M: Many> WriteValue for $name<M> {
            const TYPE_CODE: i32 = $code as i32;

            fn write(&self, writer: &mut Writer) {
                match self.0.elements() {
                    Some(elements) => $write(elements, writer),
                    None => writer.null(),
                }
            }

            fn describe(registry: &mut TypeRegistry) {
                M::Element::describe(registry);
            }
        }

        impl<M: ReadValue> ReadValue for $name<M> {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                M::read(reader).map(Self)
            }

            fn absent() -> Option<Self> {
                M::absent().map(Self)
            }
        }

        impl<M> Deref for $name<M> {
            type Target = M;

            fn deref(&self) -> &M {
                &self.0
            }
        }
    };
}

form! {
    /// A `Vec`, array or slice that is written as Java's array of its elements: `String[]`,
    /// `UUID[]`, `Person[]`, and `Object[]` for what has no class of its own.
    ///
    /// ```
    /// use portway_ignite_protocol::{AsArray, RawValue, tag};
    ///
    /// let names = vec!["Ada", "Grace"];
    /// assert_eq!(RawValue::encode(&names, Default::default()).tag(), tag::COLLECTION);
    /// assert_eq!(RawValue::encode(&AsArray(names), Default::default()).tag(), tag::STRING_ARRAY);
    /// ```
    AsArray, M::Element::ARRAY_TAG, WriteValue::write_array
}

form! {
    /// A `Vec`, array or slice that is written as an `ArrayList`, also one of numbers.
    AsList, DECLARED_AS_INTERFACE, write_list
}
