//! One trait for everything that has a byte layout, so that a layout is written once.

use uuid::Uuid;

use super::{DecodeError, Reader, Writer};
use crate::value::tag;

/// A type whose bytes in a message this crate knows in both directions.
///
/// The reader and the writer carry the [`Dialect`](crate::Dialect): layouts that differ between
/// protocol versions or features ask it.
pub trait Layout: Sized {
    /// The fewest bytes a value can take. It bounds the counts that a reader believes.
    const MINIMUM_SIZE: usize = 1;

    /// Appends the value.
    fn encode(&self, writer: &mut Writer);

    /// Reads a value.
    ///
    /// # Errors
    /// A [`DecodeError`] that names what is wrong with the bytes.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// Implements [`Layout`] for a structure as the sequence of the named fields.
macro_rules! sequence {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        impl $crate::codec::Layout for $name {
            const MINIMUM_SIZE: usize = 0 $(+ <$type as $crate::codec::Layout>::MINIMUM_SIZE)*;

            fn encode(&self, writer: &mut $crate::codec::Writer) {
                $(<$type as $crate::codec::Layout>::encode(&self.$field, writer);)*
            }

            fn decode(
                reader: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                // Fields of a structure expression are evaluated in the order they are written.
                Ok(Self { $($field: <$type as $crate::codec::Layout>::decode(reader)?),* })
            }
        }
    };
}
pub(crate) use sequence;

/// Declares an enumeration whose members are numbers on the wire, with its [`Layout`].
macro_rules! code_enum {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident: $code:ty, $what:literal {
            $($(#[$member_attribute:meta])* $member:ident = $value:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$member_attribute])* $member,)+
        }

        impl $name {
            /// Every member.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The number on the wire.
            pub const fn code(self) -> $code {
                match self {
                    $(Self::$member => $value,)+
                }
            }
        }

        impl TryFrom<$code> for $name {
            type Error = $crate::codec::DecodeError;

            fn try_from(code: $code) -> Result<Self, Self::Error> {
                match code {
                    $($value => Ok(Self::$member),)+
                    _ => Err($crate::codec::DecodeError::UnknownCode {
                        what: $what,
                        value: code.into(),
                    }),
                }
            }
        }

        impl $crate::codec::Layout for $name {
            const MINIMUM_SIZE: usize = size_of::<$code>();

            fn encode(&self, writer: &mut $crate::codec::Writer) {
                $crate::codec::Layout::encode(&self.code(), writer);
            }

            fn decode(
                reader: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                <$code as $crate::codec::Layout>::decode(reader)?.try_into()
            }
        }
    };
}
pub(crate) use code_enum;

macro_rules! number {
    ($($type:ident),*) => {$(
        impl Layout for $type {
            const MINIMUM_SIZE: usize = size_of::<$type>();

            fn encode(&self, writer: &mut Writer) {
                writer.$type(*self);
            }

            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.$type()
            }
        }
    )*};
}
number!(u8, i16, i32, i64, bool);

/// No bytes: the body of an answer that says no more than "done".
impl Layout for () {
    const MINIMUM_SIZE: usize = 0;

    fn encode(&self, _: &mut Writer) {}

    fn decode(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}

/// A tagged string that is not null.
impl Layout for String {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        writer.string(self);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.string()
    }
}

/// A tagged string or null.
impl Layout for Option<String> {
    fn encode(&self, writer: &mut Writer) {
        writer.optional_string(self.as_deref());
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.optional_string()
    }
}

/// A tagged UUID.
impl Layout for Uuid {
    const MINIMUM_SIZE: usize = 17;

    fn encode(&self, writer: &mut Writer) {
        writer.u8(tag::UUID);
        writer.raw_uuid(*self);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.expect_tag(tag::UUID, "a UUID")?;
        reader.raw_uuid()
    }
}

/// A 32-bit count and the elements.
impl<T: Layout> Layout for Vec<T> {
    const MINIMUM_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer) {
        writer.count(self.len());
        for element in self {
            element.encode(writer);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.count(T::MINIMUM_SIZE)?;
        (0..count).map(|_| T::decode(reader)).collect()
    }
}

impl<A: Layout, B: Layout> Layout for (A, B) {
    const MINIMUM_SIZE: usize = A::MINIMUM_SIZE + B::MINIMUM_SIZE;

    fn encode(&self, writer: &mut Writer) {
        self.0.encode(writer);
        self.1.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok((A::decode(reader)?, B::decode(reader)?))
    }
}

/// Writes whether there is a value, and the value.
pub(crate) fn encode_option<T: Layout>(value: Option<&T>, writer: &mut Writer) {
    writer.bool(value.is_some());
    if let Some(value) = value {
        value.encode(writer);
    }
}

/// Reads what [`encode_option`] writes.
pub(crate) fn decode_option<T: Layout>(reader: &mut Reader<'_>) -> Result<Option<T>, DecodeError> {
    if reader.bool()? {
        T::decode(reader).map(Some)
    } else {
        Ok(None)
    }
}
