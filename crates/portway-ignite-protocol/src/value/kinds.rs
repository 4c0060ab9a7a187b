//! The small parts that values are made of.

use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum};

code_enum! {
    /// Which Java collection a collection is.
    pub enum CollectionKind: u8, "collection kind" {
        /// A set of a class of its own.
        UserSet = 255,
        /// A collection of a class of its own.
        UserCollection = 0,
        /// An `ArrayList`.
        ArrayList = 1,
        /// A `LinkedList`.
        LinkedList = 2,
        /// A `HashSet`.
        HashSet = 3,
        /// A `LinkedHashSet`.
        LinkedHashSet = 4,
        /// A `Collections.singletonList`.
        SingletonList = 5,
    }
}

code_enum! {
    /// Which Java map a map is.
    pub enum MapKind: u8, "map kind" {
        /// A map of a class of its own.
        User = 0,
        /// A `HashMap`.
        HashMap = 1,
        /// A `LinkedHashMap`.
        LinkedHashMap = 2,
    }
}

/// A Java class or enumeration: by id, or by name where it has no id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TypeReference {
    /// A registered type; -1 is `Object`.
    Id(i32),
    /// A type that is not registered.
    Name(String),
}

impl TypeReference {
    /// Any object.
    pub const OBJECT: Self = Self::Id(-1);
}

impl Layout for TypeReference {
    const MINIMUM_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Id(id) => writer.i32(*id),
            Self::Name(name) => {
                writer.i32(0);
                writer.string(name);
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.i32()? {
            0 => reader.string().map(Self::Name),
            id => Ok(Self::Id(id)),
        }
    }
}
