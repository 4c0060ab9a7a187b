//! Atomic numbers (operations 9000 to 9007).
//!
//! ```text
//! create  name str | initial i64 | bool [reserve i32 | mode u8 | backups i32 | group str or null]
//! others  name str | group str or null | [operands i64...]
//! ```

use crate::codec::{DecodeError, Layout, Reader, Writer, decode_option, encode_option, sequence};
use crate::configuration::CacheMode;

/// Names an atomic number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AtomicLongName {
    /// Its name.
    pub name: String,
    /// The group of caches that keeps it, if not the default one.
    pub group: Option<String>,
}

sequence!(AtomicLongName {
    name: String,
    group: Option<String>,
});

/// How the cache is made that keeps atomic numbers, unless it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtomicConfiguration {
    /// How many numbers a sequence reserves at once. Atomic numbers have no use for it.
    pub reserve_size: i32,
    /// Whether each node holds all or some.
    pub mode: CacheMode,
    /// How many copies there are besides the first.
    pub backups: i32,
    /// The group of caches that keeps it, if not the default one.
    pub group: Option<String>,
}

impl Layout for AtomicConfiguration {
    const MINIMUM_SIZE: usize = 10;

    fn encode(&self, writer: &mut Writer) {
        writer.i32(self.reserve_size);
        encode_mode(self.mode, writer);
        writer.i32(self.backups);
        self.group.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            reserve_size: reader.i32()?,
            mode: decode_mode(reader)?,
            backups: reader.i32()?,
            group: reader.optional_string()?,
        })
    }
}

/// One byte here; cache configurations take four.
pub(crate) fn encode_mode(mode: CacheMode, writer: &mut Writer) {
    writer.bytes(&mode.code().to_le_bytes()[..1]);
}

pub(crate) fn decode_mode(reader: &mut Reader<'_>) -> Result<CacheMode, DecodeError> {
    i32::from(reader.u8()?).try_into()
}

/// Makes an atomic number unless it is there. Answers `()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAtomicLong {
    /// Its name.
    pub name: String,
    /// Its first value.
    pub initial: i64,
    /// How it is kept, if not as the cluster's default says.
    pub configuration: Option<AtomicConfiguration>,
}

sequence!(CreateAtomicLong {
    name: String,
    initial: i64,
    configuration: Option<AtomicConfiguration>,
});

/// Whether there is a configuration, and it.
impl Layout for Option<AtomicConfiguration> {
    fn encode(&self, writer: &mut Writer) {
        encode_option(self.as_ref(), writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        decode_option(reader)
    }
}

/// Compares an atomic number with a value and, if they are equal, sets another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareAndSetAtomicLong {
    /// The number.
    pub name: AtomicLongName,
    /// What it must be.
    pub expected: i64,
    /// What it becomes.
    pub value: i64,
}

sequence!(CompareAndSetAtomicLong {
    name: AtomicLongName,
    expected: i64,
    value: i64,
});
