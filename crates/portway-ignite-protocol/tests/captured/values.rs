//! Values as the server gave them back after a put, and the partitions of keys.

use portway_ignite_protocol::{
    BinaryObject, CollectionKind, Decimal, MapKind, RawValue, Timestamp, TypeReference, Value,
    java, partition,
};
use uuid::Uuid;

use crate::hex;

/// An object without fields, wrapped as a server sends it.
const EMPTY: &str = "1b18000000670121004d85c2050100000018000000000000001800000000000000";

#[test]
fn values_come_back_as_they_were_put() {
    let decimals = vec![Some(Decimal::new(-300, 1)), None];
    let values = [
        (Value::Byte(-7), "01f9"),
        (Value::Short(-700), "0244fd"),
        (Value::Long(-12_345_678_901_234), "040ed0318cc5f4ffff"),
        (Value::Double(-2.25), "0600000000000002c0"),
        (Value::Char(0x20AC), "07ac20"),
        (
            Value::String("héllo wörld 😀".into()),
            "091200000068c3a96c6c6f2077c3b6726c6420f09f9880",
        ),
        (timestamp(), "217b68e5cf8b01000055f80600"),
        (Value::Time(45_296_789), "24952cb30200000000"),
        (decimal(-255, 2), "1e020000000200000080ff"),
        (decimal(0, 0), "1e000000000100000000"),
        (big_decimal(), "1efbffffff0c000000a7e41b3246bec9b16e398115"),
        (Value::ByteArray(vec![1, 2, 255]), "0c030000000102ff"),
        (Value::IntArray(Vec::new()), "0e00000000"),
        (
            Value::StringArray(vec![Some("a".into()), None]),
            "140200000009010000006165",
        ),
        (
            Value::DecimalArray(decimals),
            "1f020000001e0100000002000000812c65",
        ),
        (object_array(), "17ffffffff03000000030100000065090100000078"),
        (map(), "19020000000203010000006509010000006b180000000003"),
    ];
    for (value, digits) in values {
        assert_eq!(
            RawValue::encode(&value, Default::default()).as_bytes(),
            hex(digits)
        );
        assert_eq!(raw(digits).read::<Value>().unwrap(), value);
    }
}

#[test]
fn an_object_without_fields_is_raw_data_or_nothing() {
    let raw_only = "1b2000000067012500d483cd3a97cb359f2000000000000000180000002a00000000000\
                    00000000000";

    let raw_only: BinaryObject = raw(raw_only).read().unwrap();
    let empty: BinaryObject = raw(EMPTY).read().unwrap();

    let number = |reader: &mut portway_ignite_protocol::Reader<'_>| reader.i64();
    assert_eq!(raw_only.fields().unwrap(), []);
    assert_eq!(
        raw_only.read_fields(|object| object.raw(number)),
        Ok(Some(42))
    );
    assert_eq!(empty.fields().unwrap(), []);
    assert_eq!(empty.read_fields(|object| object.raw(number)), Ok(None));
}

#[test]
fn objects_inside_of_a_list_come_back_wrapped() {
    let list = raw(&["18020000000103010000", "00", EMPTY].concat());

    let value = list.read::<Value>().unwrap();

    let elements = vec![Value::Int(1), raw(EMPTY).read().unwrap()];
    assert_eq!(
        value,
        Value::Collection {
            kind: CollectionKind::ArrayList,
            elements
        }
    );
}

#[test]
fn keys_stand_in_the_partitions_where_the_server_put_them() {
    let color = TypeReference::Id(java::type_id("com.example.Color"));
    let enumeration = |ordinal| Value::Enum {
        enumeration: color.clone(),
        ordinal,
    };
    let keys = [
        (Value::Byte(-7), 6),
        (Value::Short(-700), 699),
        (Value::Int(1_234_567), 661),
        (Value::Int(-1_234_567), 660),
        (Value::Long(-12_345_678_901_234), 773),
        (Value::Float(1.5), 960),
        (Value::Float(f32::NAN), 960),
        (Value::Double(-2.25), 2),
        (Value::Char(0x20AC), 172),
        (Value::Bool(true), 207),
        (Value::Bool(false), 213),
        (Value::String("héllo wörld 😀".into()), 208),
        (Value::Date(1_700_000_000_123), 533),
        (timestamp(), 533),
        (Value::Time(45_296_789), 550),
        (decimal(12_345_678_901_234_567_890_123_456_789, 5), 941),
        (decimal(-255, 2), 734),
        (decimal(0, 0), 0),
        (big_decimal(), 940),
        (enumeration(0), 932),
        (enumeration(300), 656),
        (enumeration(-1), 935),
        (
            Value::Uuid(Uuid::from_u64_pair(
                0x0807_0605_0403_0201,
                0x100F_0E0D_0C0B_0A09,
            )),
            0,
        ),
    ];
    for (key, expected) in keys {
        let raw = RawValue::encode(&key, Default::default());
        assert_eq!(partition(&raw, 1024).unwrap(), expected, "{key:?}");
    }
}

fn decimal(unscaled: i128, scale: i32) -> Value {
    Value::Decimal(Decimal::new(unscaled, scale))
}

fn big_decimal() -> Value {
    decimal(-12_345_678_901_234_567_890_123_456_789, -5)
}

fn timestamp() -> Value {
    Value::Timestamp(Timestamp {
        milliseconds: 1_700_000_000_123,
        nanoseconds: 456_789,
    })
}

fn object_array() -> Value {
    let elements = vec![Value::Int(1), Value::Null, Value::String("x".into())];
    Value::ObjectArray {
        component: TypeReference::OBJECT,
        elements,
    }
}

fn map() -> Value {
    let set = Value::Collection {
        kind: CollectionKind::HashSet,
        elements: Vec::new(),
    };
    let entries = vec![
        (Value::Int(1), Value::Null),
        (Value::String("k".into()), set),
    ];
    Value::Map {
        kind: MapKind::LinkedHashMap,
        entries,
    }
}

fn raw(digits: &str) -> RawValue {
    RawValue::from_bytes(&hex(digits)).unwrap()
}
