//! Writes that carry the versions of another cluster (operations 1022 and 1023).

use crate::codec::{DecodeError, Reader, Writer, sequence};
use crate::typed::{ReadValue, WriteValue};
use crate::value::{RawValue, tag};

/// An entry with the version that another cluster gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictEntry {
    /// The key.
    pub key: RawValue,
    /// The value.
    pub value: RawValue,
    /// The version: an [`EntryVersion`] as a value.
    pub version: RawValue,
    /// When the entry expires, in milliseconds since 1970; 0 for never.
    pub expire_time: i64,
}

sequence!(ConflictEntry {
    key: RawValue,
    value: RawValue,
    version: RawValue,
    expire_time: i64,
});

/// A key to remove with the version that another cluster gave to the removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRemoval {
    /// The key.
    pub key: RawValue,
    /// The version: an [`EntryVersion`] as a value.
    pub version: RawValue,
}

sequence!(ConflictRemoval {
    key: RawValue,
    version: RawValue
});

/// The version that a cluster gives to each write of an entry (Java: `GridCacheVersion`). The
/// greater version wins where two clusters wrote the same key, if the servers have a conflict
/// resolver.
///
/// As a value it is what Java's own serialisation of Ignite makes of it: tag 254, length i32, a
/// mark u8, class i32, checksum i16, topology i32, order i64, node order and data centre i32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryVersion {
    /// The topology version of the cluster; it decides first.
    pub topology: i32,
    /// Counts the writes of a node; it decides next.
    pub order: i64,
    /// When the node joined the cluster, at most 2^27 - 1; it decides last.
    pub node_order: u32,
    /// The number of the cluster, at most 31.
    pub data_center: u8,
}

impl EntryVersion {
    const LENGTH: i32 = 23;
    const EXTERNALIZABLE: u8 = 101;
    /// The hash code of the name of Ignite's class.
    const CLASS: i32 = 0x1d81_d648;
    /// Ignite gives none to a class that writes itself.
    const CHECKSUM: i16 = 0;
    const NODE_BITS: u32 = 27;
    const NODE_MASK: u32 = (1 << Self::NODE_BITS) - 1;

    fn place(self) -> i32 {
        let node = self.node_order & Self::NODE_MASK;
        (node | u32::from(self.data_center) << Self::NODE_BITS).cast_signed()
    }
}

impl WriteValue for EntryVersion {
    const TYPE_CODE: i32 = tag::OPTIMIZED as i32;

    fn write(&self, writer: &mut Writer) {
        writer.u8(tag::OPTIMIZED);
        writer.i32(Self::LENGTH);
        writer.u8(Self::EXTERNALIZABLE);
        writer.i32(Self::CLASS);
        writer.i16(Self::CHECKSUM);
        writer.i32(self.topology);
        writer.i64(self.order);
        writer.i32(self.place());
    }
}

impl ReadValue for EntryVersion {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        const WHAT: &str = "a version of an entry";
        reader.count_value()?;
        reader.expect_tag(tag::OPTIMIZED, WHAT)?;
        reader.sized(|reader| {
            reader.expect_tag(Self::EXTERNALIZABLE, WHAT)?;
            let class = reader.i32()?;
            if class != Self::CLASS {
                return Err(DecodeError::UnexpectedType {
                    expected: "GridCacheVersion",
                    found: class,
                });
            }
            reader.i16()?;
            let (topology, order) = (reader.i32()?, reader.i64()?);
            let place = reader.i32()?.cast_unsigned();
            Ok(Self {
                topology,
                order,
                node_order: place & Self::NODE_MASK,
                data_center: (place >> Self::NODE_BITS) as u8,
            })
        })
    }
}
