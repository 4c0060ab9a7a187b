//! Sets (operations 9010 to 9023).
//!
//! ```text
//! open     name str | create bool [atomicity u8 | mode u8 | backups i32 | group str or null | collocated bool]
//! others   name str | cache i32 | collocated bool | [keep binary bool | value or i32 n values] | [page size i32]
//! page     i32 n values | more bool | [first page with more: iterator i64]
//! ```

use crate::atomic_long::{decode_mode, encode_mode};
use crate::cache::CacheId;
use crate::codec::{DecodeError, Layout, Reader, Writer, decode_option, encode_option, sequence};
use crate::configuration::{AtomicityMode, CacheMode};
use crate::resource::ResourceId;
use crate::value::RawValue;

/// How a set is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetConfiguration {
    /// Whether changes are part of transactions.
    pub atomicity: AtomicityMode,
    /// Whether each node holds all or some.
    pub mode: CacheMode,
    /// How many copies there are besides the first.
    pub backups: i32,
    /// The group of caches that keeps it, if not the default one.
    pub group: Option<String>,
    /// Whether one node holds the whole set.
    pub collocated: bool,
}

impl Layout for SetConfiguration {
    const MINIMUM_SIZE: usize = 8;

    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.atomicity.code().to_le_bytes()[..1]);
        encode_mode(self.mode, writer);
        writer.i32(self.backups);
        self.group.encode(writer);
        writer.bool(self.collocated);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            atomicity: i32::from(reader.u8()?).try_into()?,
            mode: decode_mode(reader)?,
            backups: reader.i32()?,
            group: reader.optional_string()?,
            collocated: reader.bool()?,
        })
    }
}

/// Looks for a set, and makes it if it is told how. Answers an `Option` of [`OpenedSet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSet {
    /// Its name.
    pub name: String,
    /// How it is made; without, it is only looked for.
    pub configuration: Option<SetConfiguration>,
}

impl Layout for OpenSet {
    const MINIMUM_SIZE: usize = 6;

    fn encode(&self, writer: &mut Writer) {
        self.name.encode(writer);
        encode_option(self.configuration.as_ref(), writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: reader.string()?,
            configuration: decode_option(reader)?,
        })
    }
}

/// Where a set is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenedSet {
    /// Whether one node holds the whole set.
    pub collocated: bool,
    /// The cache that holds its values.
    pub cache: CacheId,
}

sequence!(OpenedSet {
    collocated: bool,
    cache: CacheId
});

/// Whether there is such a set, and where.
impl Layout for Option<OpenedSet> {
    fn encode(&self, writer: &mut Writer) {
        encode_option(self.as_ref(), writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        decode_option(reader)
    }
}

/// Names a set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SetName {
    /// Its name.
    pub name: String,
    /// The cache that holds its values.
    pub cache: CacheId,
    /// Whether one node holds the whole set.
    pub collocated: bool,
}

sequence!(SetName {
    name: String,
    cache: CacheId,
    collocated: bool,
});

/// An operation with one value of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetValue {
    /// The set.
    pub set: SetName,
    /// Whether an object is kept in binary form, as all thin clients see it, or as an object of
    /// its Java class, as code on the servers sees it.
    pub keep_binary: bool,
    /// The value.
    pub value: RawValue,
}

sequence!(SetValue {
    set: SetName,
    keep_binary: bool,
    value: RawValue,
});

/// An operation with several values of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetValues {
    /// The set.
    pub set: SetName,
    /// As in [`SetValue`].
    pub keep_binary: bool,
    /// The values.
    pub values: Vec<RawValue>,
}

sequence!(SetValues {
    set: SetName,
    keep_binary: bool,
    values: Vec<RawValue>,
});

/// One value is a list of one.
impl From<SetValue> for SetValues {
    fn from(request: SetValue) -> Self {
        Self {
            set: request.set,
            keep_binary: request.keep_binary,
            values: vec![request.value],
        }
    }
}

/// Walks over the values of a set. Answers a [`FirstSetPage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IterateSet {
    /// The set.
    pub set: SetName,
    /// How many values a page has.
    pub page_size: i32,
}

sequence!(IterateSet {
    set: SetName,
    page_size: i32
});

/// Goes on with a walk. Answers a [`Page`](crate::Page) of [`RawValue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetPageRequest {
    /// The walk.
    pub iterator: ResourceId,
    /// How many values the page has.
    pub page_size: i32,
}

sequence!(SetPageRequest {
    iterator: ResourceId,
    page_size: i32
});

/// The first values of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSetPage {
    /// The values.
    pub values: Vec<RawValue>,
    /// Where to ask for more; `None` if these are all, and the server keeps nothing.
    pub iterator: Option<ResourceId>,
}

impl Layout for FirstSetPage {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        self.values.encode(writer);
        encode_option(self.iterator.as_ref(), writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            values: Layout::decode(reader)?,
            iterator: decode_option(reader)?,
        })
    }
}
