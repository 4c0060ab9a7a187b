//! Which partition a key belongs to.
//!
//! Source: `RendezvousAffinityFunction` of Apache Ignite, and the `hashCode` of each Java type.

use crate::binary::ObjectHeader;
use crate::codec::{DecodeError, Layout, Reader};
use crate::java;
use crate::registry::SchemaSource;
use crate::value::{Decimal, RawValue, TypeReference, tag};

/// The partition of a hash code among `partitions` of them.
///
/// # Panics
/// When there are no partitions.
pub fn partition_of_hash(hash: i32, partitions: u32) -> u32 {
    assert!(partitions > 0, "a cache has partitions");
    let bits = hash.cast_unsigned();
    if partitions.is_power_of_two() {
        return (bits ^ (bits >> 16)) & (partitions - 1);
    }
    // The remainder keeps the sign of the hash; its size is that of the remainder of the size.
    hash.unsigned_abs() % partitions
}

/// The partition of a key of which everything counts.
///
/// # Errors
/// [`DecodeError::NotAKey`] for arrays, collections, maps and null.
///
/// # Panics
/// When there are no partitions.
pub fn partition(key: &RawValue, partitions: u32) -> Result<u32, DecodeError> {
    Ok(partition_of_hash(key_hash(key.as_bytes())?, partitions))
}

/// The value of the field that decides a key's partition, or the key itself if the field is absent
/// or null.
///
/// # Errors
/// [`DecodeError::UnknownSchema`] when the key's metadata is needed first, or what is wrong with
/// the key.
pub fn affinity_value(
    key: &RawValue,
    field_id: i32,
    schemas: &dyn SchemaSource,
) -> Result<RawValue, DecodeError> {
    let mut reader = Reader::new(key.as_bytes()).with_schemas(schemas);
    let field = reader.dynamic_object(|object| object.field_with_id(field_id))?;
    let value = field.filter(|field: &RawValue| !field.is_null());
    Ok(value.unwrap_or_else(|| key.clone()))
}

/// The Java hash code of a key in its encoded form.
///
/// # Errors
/// [`DecodeError::NotAKey`] for values that are no keys, or what is wrong with the bytes.
pub fn key_hash(key: &[u8]) -> Result<i32, DecodeError> {
    let mut reader = Reader::new(key);
    Ok(match reader.u8()? {
        tag::BYTE => i32::from(reader.u8()?.cast_signed()),
        tag::SHORT => i32::from(reader.i16()?),
        tag::INT => reader.i32()?,
        tag::LONG | tag::DATE | tag::TIME | tag::TIMESTAMP => java::long_hash(reader.i64()?),
        tag::FLOAT => java::float_hash(reader.f32()?),
        tag::DOUBLE => java::double_hash(reader.f64()?),
        tag::CHAR => i32::from(reader.u16()?),
        tag::BOOL => java::bool_hash(reader.bool()?),
        tag::STRING => java::string_hash(&reader.untagged_string()?),
        tag::UUID => java::uuid_hash(reader.raw_uuid()?),
        tag::DECIMAL => Decimal::decode(&mut reader)?.java_hash(),
        tag::ENUM | tag::BINARY_ENUM => {
            let type_id = match TypeReference::decode(&mut reader)? {
                TypeReference::Id(id) => id,
                TypeReference::Name(name) => java::type_id(&name),
            };
            java::enum_hash(type_id, reader.i32()?)
        }
        tag::OBJECT => ObjectHeader::parse(key)?.hash_code,
        other => return Err(DecodeError::NotAKey(other)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::BinaryObject;
    use crate::metadata::BinaryConfiguration;
    use crate::registry::TypeRegistry;
    use crate::typed::WriteValue;

    #[test]
    fn partitions_that_are_no_power_of_two_take_the_remainder() {
        assert_eq!(partition_of_hash(-7, 10), 7);
        assert_eq!(partition_of_hash(27, 10), 7);
        assert_eq!(partition_of_hash(i32::MIN, 10), 8);
    }

    #[test]
    fn a_power_of_two_mixes_the_upper_half_in() {
        assert_eq!(partition_of_hash(0x0001_0000, 1024), 1);
        assert_eq!(partition_of_hash(-1, 1024), 0);
    }

    #[test]
    fn a_field_decides_the_partition_where_the_key_has_it() {
        let mut registry = TypeRegistry::default();
        registry.describe("Key", Some("customer"), |fields| {
            fields.field::<i64>("order");
            fields.field::<i64>("customer");
        });
        let object = BinaryObject::build("Key", BinaryConfiguration::default(), |object| {
            object.field("order", &1_i64);
            object.field("customer", &77_i64);
        });
        let key = raw(&object.unwrap());

        let field = java::field_id("customer");
        assert_eq!(affinity_value(&key, field, &registry), Ok(raw(&77_i64)));
        assert_eq!(
            affinity_value(&key, java::field_id("other"), &registry),
            Ok(key)
        );
    }

    #[test]
    fn a_key_whose_deciding_field_is_null_decides_as_a_whole() {
        let mut registry = TypeRegistry::default();
        registry.describe("Key", Some("customer"), |fields| {
            fields.field::<Option<i64>>("customer");
        });
        let object = BinaryObject::build("Key", BinaryConfiguration::default(), |object| {
            object.field("customer", &None::<i64>);
        });
        let key = raw(&object.unwrap());
        let field = java::field_id("customer");
        assert_eq!(affinity_value(&key, field, &registry), Ok(key));
    }

    fn raw(value: &impl WriteValue) -> RawValue {
        RawValue::encode(value, BinaryConfiguration::default())
    }
}
