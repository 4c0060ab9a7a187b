//! The recorded values by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use portway_ignite::protocol::{
    BinaryConfiguration, BinaryType, Layout, NameMapper, RawValue, Reader, TypeRegistry,
};

/// What Java wrote for one configuration of a cluster.
pub(crate) struct Recorded {
    pub(crate) configuration: BinaryConfiguration,
    /// The metadata of all types in it.
    pub(crate) types: Arc<TypeRegistry>,
    values: BTreeMap<String, RawValue>,
}

impl Recorded {
    pub(crate) fn compact() -> Self {
        Self::of(include_str!("compact.txt"), true, NameMapper::Full)
    }

    /// All ways a cluster may want binary objects.
    pub(crate) fn all() -> [Self; 3] {
        [
            Self::compact(),
            Self::of(include_str!("full.txt"), false, NameMapper::Full),
            Self::of(include_str!("simple_names.txt"), true, NameMapper::Simple),
        ]
    }

    pub(crate) fn value(&self, name: &str) -> &RawValue {
        &self.values[name]
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.values.iter().map(|(name, value)| (&**name, value))
    }

    fn of(text: &str, compact_footer: bool, name_mapper: NameMapper) -> Self {
        let configuration = BinaryConfiguration {
            compact_footer,
            name_mapper,
        };
        let mut types = TypeRegistry::new(configuration);
        let mut values = BTreeMap::new();
        for line in text.lines() {
            let (name, digits) = line.split_once(": ").unwrap();
            let bytes = bytes(digits);
            if name.starts_with("type ") {
                types.add(binary_type(&bytes)).unwrap();
            } else {
                values.insert(name.to_owned(), RawValue::from_bytes(&bytes).unwrap());
            }
        }
        Self {
            configuration,
            types: Arc::new(types),
            values,
        }
    }
}

fn binary_type(bytes: &Bytes) -> BinaryType {
    let mut reader = Reader::shared(bytes);
    let read = BinaryType::decode(&mut reader).unwrap();
    reader.finish().unwrap();
    read
}

/// Hexadecimal digits, and `78*300` for 300 bytes 0x78.
fn bytes(digits: &str) -> Bytes {
    let part = |part: &str| match part.split_once('*') {
        Some((byte, count)) => hex(byte).repeat(count.parse().unwrap()),
        None => hex(part),
    };
    digits.split_whitespace().flat_map(part).collect()
}

fn hex(digits: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(byte).collect()
}
