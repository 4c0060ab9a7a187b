//! Values that are no objects.

use portway_ignite::protocol::java;
use portway_ignite::{
    BinaryConfiguration, CollectionKind, Decimal, MapKind, RawValue, Timestamp, TypeReference,
    Value,
};
use uuid::Uuid;

use crate::recorded::Recorded;

#[test]
fn each_value_is_read_and_written_as_java_wrote_it() {
    let recorded = Recorded::compact();
    for (name, value) in expected() {
        let raw = recorded.value(name);

        assert_eq!(raw.read::<Value>().as_ref(), Ok(&value), "{name}");
        let written = RawValue::encode(&value, BinaryConfiguration::default());
        assert_eq!(&written, raw, "{name}");
    }
}

#[test]
fn whatever_java_writes_can_be_read_and_shown() {
    for recorded in Recorded::all() {
        for (name, raw) in recorded.values() {
            let value = raw.read_with::<Value>(&recorded.types);

            if name == "list-circle" {
                assert!(value.is_err(), "a list in itself has no end");
            } else {
                let shown = value.unwrap().to_string();
                assert!(
                    shown.len() < 20_000,
                    "{name} has {} characters",
                    shown.len()
                );
            }
        }
    }
}

#[test]
fn what_only_java_can_read_is_kept_as_it_is() {
    let recorded = Recorded::compact();
    for name in ["class", "singletonList", "asList"] {
        let raw = recorded.value(name);

        let value = raw.read::<Value>().unwrap();

        assert!(matches!(value, Value::Opaque(_)), "{name}: {value:?}");
        assert_eq!(
            &RawValue::encode(&value, BinaryConfiguration::default()),
            raw
        );
    }
}

#[test]
fn a_shared_list_is_there_twice() {
    let recorded = Recorded::compact();

    let lists = recorded.value("list-shared").read::<Vec<Vec<String>>>();

    let one = vec!["in both".to_owned()];
    assert_eq!(lists, Ok(vec![one.clone(), one]));
}

fn expected() -> Vec<(&'static str, Value)> {
    let mut all = numbers();
    all.extend(texts());
    all.extend(times());
    all.extend(primitive_arrays());
    all.extend(arrays());
    all.extend(containers());
    all
}

fn numbers() -> Vec<(&'static str, Value)> {
    let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
    vec![
        ("null", Value::Null),
        ("byte", Value::Byte(i8::MIN)),
        ("short", Value::Short(i16::MIN)),
        ("int", Value::Int(i32::MIN)),
        ("long", Value::Long(i64::MIN)),
        ("float-negative-zero", Value::Float(-0.0)),
        ("double", Value::Double(f64::NEG_INFINITY)),
        ("boolean", Value::Bool(true)),
        ("decimal", decimal("12.50")),
        ("decimal-zero", decimal("0.00")),
        ("decimal-negative", decimal("-1E-7")),
        ("decimal-high-bit", Value::Decimal(Decimal::new(255, -3))),
        (
            "decimal-large",
            decimal("-12345678901234567890123456789012345678901234567890.5"),
        ),
    ]
}

fn texts() -> Vec<(&'static str, Value)> {
    let string = |text: &str| Value::String(text.to_owned());
    vec![
        ("char", Value::Char(0x20AC)),
        ("string", string("naïve ☃ 𝄞")),
        ("string-empty", string("")),
        ("string-zero", string("a\0b")),
        // Java's encoder of UTF-8 has no half of a pair: it puts a question mark.
        ("string-lone-surrogate", string("a?b")),
        (
            "uuid",
            Value::Uuid(uuid(0x0123_4567_89AB_CDEF, 0x0123_4567_89AB_CDEF)),
        ),
        ("enum", colour(1)),
    ]
}

fn times() -> Vec<(&'static str, Value)> {
    vec![
        ("date", Value::Date(1_600_000_000_123)),
        ("date-before-1970", Value::Date(-2_208_988_800_001)),
        ("timestamp", timestamp(1_600_000_000_123, 456_789)),
        ("timestamp-before-1970", timestamp(-1, 999_999)),
        ("time", Value::Time(45_296_789)),
    ]
}

fn primitive_arrays() -> Vec<(&'static str, Value)> {
    vec![
        ("byte[]", Value::ByteArray(vec![0, 127, 128])),
        ("short[]", Value::ShortArray(vec![1, -2])),
        ("int[]", Value::IntArray(vec![1, -2])),
        ("long[]", Value::LongArray(vec![1, -2])),
        ("float[]", Value::FloatArray(vec![0.5, -1.0])),
        ("double[]", Value::DoubleArray(vec![0.5, -1.0])),
        ("char[]", Value::CharArray(vec![0x61, 0x20AC])),
        ("boolean[]", Value::BoolArray(vec![true, false])),
    ]
}

fn arrays() -> Vec<(&'static str, Value)> {
    let strings = vec![Some("a".to_owned()), None, Some(String::new())];
    let at = |milliseconds, nanoseconds| Timestamp {
        milliseconds,
        nanoseconds,
    };
    vec![
        ("String[]", Value::StringArray(strings)),
        ("UUID[]", Value::UuidArray(vec![Some(uuid(1, 2)), None])),
        ("Date[]", Value::DateArray(vec![Some(-1), None])),
        (
            "Timestamp[]",
            Value::TimestampArray(vec![Some(at(-1, 1)), None]),
        ),
        ("Time[]", Value::TimeArray(vec![Some(1), None])),
        (
            "BigDecimal[]",
            Value::DecimalArray(vec![Some(Decimal::new(-1, 0)), None]),
        ),
        (
            "Colour[]",
            Value::EnumArray {
                enumeration: colour_type(),
                elements: (0..3).map(colour).collect(),
            },
        ),
    ]
}

fn containers() -> Vec<(&'static str, Value)> {
    let string = |text: &str| Value::String(text.to_owned());
    let collection = |kind, elements| Value::Collection { kind, elements };
    let mixed = vec![Value::Int(1), Value::Null, string("x")];
    let numbers = (1..=3).map(Value::Int).collect();
    vec![
        ("ArrayList", collection(CollectionKind::ArrayList, mixed)),
        (
            "LinkedList",
            collection(CollectionKind::LinkedList, vec![Value::Long(1)]),
        ),
        (
            "HashSet",
            collection(CollectionKind::HashSet, vec![string("one")]),
        ),
        (
            "LinkedHashSet",
            collection(CollectionKind::LinkedHashSet, numbers),
        ),
        (
            "HashMap",
            Value::Map {
                kind: MapKind::HashMap,
                entries: vec![(string("k"), Value::Int(1))],
            },
        ),
    ]
}

fn uuid(most_significant: u64, least_significant: u64) -> Uuid {
    Uuid::from_u64_pair(most_significant, least_significant)
}

fn timestamp(milliseconds: i64, nanoseconds: i32) -> Value {
    Value::Timestamp(Timestamp {
        milliseconds,
        nanoseconds,
    })
}

fn colour_type() -> TypeReference {
    TypeReference::Id(java::type_id("portway.golden.Classes$Colour"))
}

fn colour(ordinal: i32) -> Value {
    Value::Enum {
        enumeration: colour_type(),
        ordinal,
    }
}
