//! The bridge to serde.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;

use portway_ignite_protocol::{
    BinaryConfiguration, BinaryObjectBuilder, Decimal, DecodeError, EncodeError, MAX_DEPTH,
    RawValue, Serde, Timestamp, Value, from_value, serde_types, tag, to_value,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename = "com.example.Everything")]
struct Everything {
    signed: (i8, i16, i32, i64, i128),
    unsigned: (u8, u16, u32, u64, u128),
    real: (f32, f64),
    characters: Vec<char>,
    text: Option<String>,
    unit: (),
    bytes: Vec<u8>,
    table: BTreeMap<String, Vec<Option<i32>>>,
    numbers: BTreeMap<i32, bool>,
    inner: Option<Box<Everything>>,
    cases: Vec<Case>,
    wrapped: Wrapped,
    pair: Pair,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Case {
    Unit,
    Newtype(Wrapped),
    Tuple(i32, String),
    Structure { a: i64, b: Option<Box<Case>> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped(u32);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pair(bool, f64);

#[test]
fn common_shapes_read_as_they_were_written() {
    round_trip(&everything(Some(Box::new(everything(None)))));
    round_trip(&());
    round_trip(&None::<i32>);
    round_trip(&vec![Some(1), None]);
    round_trip(&BTreeMap::from([((1, 'a'), "x".to_owned())]));
    round_trip(&'𝄞');
}

#[test]
fn variants_are_strings_and_maps_of_one_entry() {
    let shown = |case: &Case| to_value(case).unwrap().to_string();

    assert_eq!(shown(&Case::Unit), r#""Unit""#);
    assert_eq!(shown(&Case::Newtype(Wrapped(5))), r#"{"Newtype": 5}"#);
    assert_eq!(shown(&Case::Tuple(1, "x".into())), r#"{"Tuple": [1, "x"]}"#);
    assert_eq!(
        shown(&Case::Structure { a: 1, b: None }),
        r#"{"Structure": {"a": 1, "b": null}}"#
    );
}

#[test]
fn a_structure_is_an_object_of_its_name() {
    let Value::Object(object) = to_value(&everything(None)).unwrap() else {
        panic!("it is no object")
    };

    assert_eq!(object.type_name(), Some("com.example.Everything"));
    assert_eq!(object.field("text").unwrap(), Some("naïve".to_owned()));
    let again: Everything = object.deserialize().unwrap();
    assert_eq!(again, everything(None));
}

#[test]
fn what_serde_cannot_name_is_text() {
    let uuid = Uuid::from_u128(5);
    let timestamp = Timestamp {
        milliseconds: 0,
        nanoseconds: 1,
    };
    let object = BinaryObjectBuilder::new("Any")
        .set("uuid", uuid)
        .set("at", timestamp)
        .set(
            "sum",
            "12.50".parse::<portway_ignite_protocol::Decimal>().unwrap(),
        )
        .build(BinaryConfiguration::default())
        .unwrap();

    let read: BTreeMap<String, String> = object.deserialize().unwrap();

    assert_eq!(read["uuid"], uuid.to_string());
    assert_eq!(read["at"], "1970-01-01T00:00:00.000000001Z");
    assert_eq!(read["sum"], "12.50");
}

#[test]
fn flattened_and_tagged_types_are_read() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outer {
        name: String,
        #[serde(flatten)]
        rest: BTreeMap<String, i32>,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        First { a: i32 },
        Second,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
    }

    round_trip(&Outer {
        name: "x".into(),
        rest: BTreeMap::from([("a".into(), 1)]),
    });
    round_trip(&vec![Tagged::First { a: 1 }, Tagged::Second]);
    round_trip(&vec![Untagged::Number(1), Untagged::Text("x".into())]);
}

#[test]
fn a_field_that_is_not_asked_for_is_passed_over() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Less {
        text: String,
        #[serde(default)]
        missing: i32,
    }
    let value = to_value(&everything(None)).unwrap();

    let less: Less = from_value(&value).unwrap();

    assert_eq!(
        less,
        Less {
            text: "naïve".into(),
            missing: 0
        }
    );
}

#[test]
fn a_refusal_says_what_was_wrong() {
    let number = Value::String("x".into());

    let error = from_value::<i32>(&number).unwrap_err();

    assert!(
        matches!(&error, DecodeError::Deserialize(text) if text.contains("expected i32")),
        "{error}"
    );
}

#[test]
fn what_cannot_be_serialised_is_refused_and_leaves_nothing_behind() {
    struct Fails;
    impl Serialize for Fails {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let values = (1, vec![Fails]);

    let error = RawValue::try_encode(&Serde(&values), BinaryConfiguration::default());

    assert_eq!(error, Err(EncodeError::Serialize("not today".into())));
    let written = RawValue::encode(&Serde(&values), BinaryConfiguration::default());
    assert_eq!(written.as_bytes(), [tag::NULL]);
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let deep = |depth| {
        let case = |inner: Option<Box<Case>>| Case::Structure { a: 0, b: inner };
        (0..depth).fold(case(None), |inner, _| case(Some(Box::new(inner))))
    };
    let limit = usize::from(MAX_DEPTH);

    // Each structure variant is a map in a map.
    round_trip(&deep(limit / 2 - 1));
    assert_eq!(to_value(&deep(limit / 2)), Err(EncodeError::TooDeep));
    assert_eq!(to_value(&deep(100 * limit)), Err(EncodeError::TooDeep));
}

#[test]
fn values_are_json() {
    let object = BinaryObjectBuilder::new("Any")
        .set("name", "x")
        .set("size", 7_i64)
        .set("all", vec![Some(1.5), None])
        .set("id", Uuid::nil())
        .set("bytes", vec![1_u8, 2])
        .set("map", BTreeMap::from([(1, true)]))
        .build(BinaryConfiguration::default())
        .unwrap();

    let json = serde_json::to_string(&Value::Object(object)).unwrap();

    let expected = r#"{"name":"x","size":7,"all":[1.5,null],"id":"00000000-0000-0000-0000-000000000000","bytes":[1,2],"map":{"1":true}}"#;
    assert_eq!(json, expected);
}

#[test]
fn an_object_in_itself_is_no_json() {
    // An object with one field, which is a handle to it.
    let object = BinaryObjectBuilder::new("Node")
        .set("next", Value::Int(0))
        .build(BinaryConfiguration::default())
        .unwrap();
    let types = std::sync::Arc::new(portway_ignite_protocol::TypeRegistry::clone(&{
        let mut types = portway_ignite_protocol::TypeRegistry::default();
        types.add(object.binary_type().unwrap().clone()).unwrap();
        types
    }));
    let mut bytes = object.as_bytes().to_vec();
    bytes[24] = tag::HANDLE;
    bytes[25..29].copy_from_slice(&24_i32.to_le_bytes());
    let circle = RawValue::from_bytes(&bytes.into()).unwrap();
    let circle: Value = circle.read_with(&types).unwrap();

    let error = serde_json::to_string(&circle).unwrap_err();

    assert!(error.to_string().contains("contains itself"), "{error}");
    #[derive(Debug, Deserialize)]
    struct Node {
        #[expect(dead_code, reason = "it is never read")]
        next: Option<Box<Node>>,
    }
    let read = from_value::<Node>(&circle);
    assert!(matches!(read, Err(DecodeError::Cycle(_))), "{read:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_structure_reads_as_it_was_written(
        signed: (i8, i16, i32, i64, i128),
        unsigned: (u8, u16, u32, u64, u128),
        text: Option<String>,
        characters: Vec<char>,
        bytes: Vec<u8>,
        table: BTreeMap<String, Vec<Option<i32>>>,
        numbers: BTreeMap<i32, bool>,
        inner: bool,
    ) {
        let inner = inner.then(|| Box::new(everything(None)));
        round_trip(&Everything {
            signed, unsigned, text, characters, bytes, table, numbers, inner, ..everything(None)
        });
    }

    #[test]
    fn any_value_is_json(bytes: Vec<u8>) {
        if let Ok(raw) = RawValue::from_bytes(&bytes.into())
            && let Ok(value) = raw.read::<Value>()
        {
            let _ = serde_json::to_string(&value);
            let _ = from_value::<Everything>(&value);
            let _ = from_value::<serde_json::Value>(&value);
        }
    }
}

fn everything(inner: Option<Box<Everything>>) -> Everything {
    Everything {
        signed: (-1, -2, -3, -4, i128::MIN),
        unsigned: (255, 65_535, u32::MAX, u64::MAX, u128::MAX),
        real: (0.5, -0.25),
        characters: vec!['a', '€', '𝄞'],
        text: Some("naïve".into()),
        unit: (),
        bytes: vec![0, 255],
        table: BTreeMap::from([("k".into(), vec![Some(1), None])]),
        numbers: BTreeMap::from([(5, true)]),
        inner,
        cases: vec![
            Case::Unit,
            Case::Newtype(Wrapped(1)),
            Case::Tuple(2, "x".into()),
            Case::Structure {
                a: 3,
                b: Some(Box::new(Case::Unit)),
            },
        ],
        wrapped: Wrapped(7),
        pair: Pair(true, 1.5),
    }
}

/// Through bytes, and through a value.
fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    for compact_footer in [true, false] {
        let configuration = BinaryConfiguration {
            compact_footer,
            ..BinaryConfiguration::default()
        };
        let raw = RawValue::try_encode(&Serde(value), configuration).unwrap();
        let types = serde_types(value).unwrap();
        assert_eq!(&raw.read_with::<Serde<T>>(&types).unwrap().0, value);
    }
    let dynamic = to_value(value).unwrap();
    assert_eq!(&from_value::<T>(&dynamic).unwrap(), value);
}

#[test]
fn a_decimal_that_is_too_long_for_a_text_is_refused_and_not_described() {
    let read = |bytes: usize| {
        let decimal = Decimal::from_parts(false, &vec![1; bytes], 0);
        let raw = RawValue::encode(&decimal, BinaryConfiguration::default());
        raw.read::<Serde<String>>().map(|Serde(text)| text)
    };
    assert_eq!(read(1), Ok("1".to_owned()));
    assert_eq!(
        read(5000),
        Err(DecodeError::OutOfRange("a decimal as text"))
    );
}
