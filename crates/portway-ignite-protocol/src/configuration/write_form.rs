//! How a client tells a configuration: length i32, count i16, then per property its code i16 and
//! its value.

use super::CacheConfiguration;
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::feature::Feature;

/// Creates a cache by its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCacheRequest {
    /// Whether it is created as an SQL table would be. Needs [`Feature::SqlCacheCreation`].
    pub as_sql: bool,
    /// What it is like.
    pub configuration: CacheConfiguration,
}

impl CreateCacheRequest {
    /// Creates a cache in the ordinary way.
    pub fn new(configuration: CacheConfiguration) -> Self {
        Self {
            as_sql: false,
            configuration,
        }
    }
}

impl Layout for CreateCacheRequest {
    const MINIMUM_SIZE: usize = 6;

    fn encode(&self, writer: &mut Writer) {
        if writer.dialect().has(Feature::SqlCacheCreation) {
            writer.bool(self.as_sql);
        }
        writer.sized(|writer| encode_properties(&self.configuration, writer));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let has_as_sql = reader.dialect().has(Feature::SqlCacheCreation);
        let as_sql = has_as_sql && reader.bool()?;
        // A real server does not look at the length either: pyignite sends a wrong one.
        let _length = reader.i32()?;
        let configuration = decode_properties(reader)?;
        Ok(Self {
            as_sql,
            configuration,
        })
    }
}

fn encode_properties(configuration: &CacheConfiguration, writer: &mut Writer) {
    let start = writer.position();
    writer.i16(0);
    let count = configuration.encode_properties(writer);
    writer.patch(start, &count.to_le_bytes());
}

fn decode_properties(reader: &mut Reader<'_>) -> Result<CacheConfiguration, DecodeError> {
    let mut configuration = CacheConfiguration::default();
    for _ in 0..reader.i16()? {
        let code = reader.i16()?;
        configuration.decode_property(code, reader)?;
    }
    Ok(configuration)
}

pub(super) fn encode_property(code: i16, value: &impl Layout, writer: &mut Writer) {
    writer.i16(code);
    value.encode(writer);
}
