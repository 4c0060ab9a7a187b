//! Rust types as keys and values.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portway_ignite_protocol::{
    AsArray, AsList, CollectionKind, Date, DecodeError, EncodeError, NoSchemas, RawValue,
    ReadValue, Time, TypeReference, Value, WriteValue, tag,
};
use proptest::prelude::*;
use uuid::Uuid;

#[test]
fn each_type_has_its_tag() {
    let tags = [
        encoded(&1_i8).tag(),
        encoded(&1_u8).tag(),
        encoded(&1_i16).tag(),
        encoded(&1_i32).tag(),
        encoded(&1_i64).tag(),
        encoded(&1_f32).tag(),
        encoded(&1_f64).tag(),
        encoded(&1_u16).tag(),
        encoded(&true).tag(),
        encoded("text").tag(),
        encoded(&Uuid::nil()).tag(),
        encoded(&UNIX_EPOCH).tag(),
        encoded(&vec![1_u8]).tag(),
        encoded(&vec![1_i64]).tag(),
        encoded(&vec![true]).tag(),
        encoded(&vec!["text"]).tag(),
        encoded(&BTreeMap::from([(1, 2)])).tag(),
        encoded(&None::<i32>).tag(),
    ];

    let expected = [
        tag::BYTE,
        tag::BYTE,
        tag::SHORT,
        tag::INT,
        tag::LONG,
        tag::FLOAT,
        tag::DOUBLE,
        tag::CHAR,
        tag::BOOL,
        tag::STRING,
        tag::UUID,
        tag::TIMESTAMP,
        tag::BYTE_ARRAY,
        tag::LONG_ARRAY,
        tag::BOOL_ARRAY,
        tag::COLLECTION,
        tag::MAP,
        tag::NULL,
    ];
    assert_eq!(tags, expected);
}

#[test]
fn a_list_is_read_from_collections_and_arrays() {
    let texts = ["a".to_owned(), "b".to_owned()];
    let elements: Vec<Value> = texts.iter().cloned().map(Value::String).collect();
    let lists = [
        Value::StringArray(texts.iter().cloned().map(Some).collect()),
        Value::ObjectArray {
            component: TypeReference::OBJECT,
            elements: elements.clone(),
        },
        Value::ObjectArray {
            component: TypeReference::Name("x".into()),
            elements: elements.clone(),
        },
        Value::Collection {
            kind: CollectionKind::LinkedHashSet,
            elements,
        },
    ];
    for list in lists {
        assert_eq!(
            encoded(&list).read::<Vec<String>>().unwrap(),
            texts,
            "{list:?}"
        );
    }
}

#[test]
fn numbers_are_read_from_collections_too() {
    let elements = vec![Value::Int(1), Value::Int(-2)];
    let list = Value::Collection {
        kind: CollectionKind::ArrayList,
        elements,
    };

    assert_eq!(encoded(&list).read::<Vec<i32>>(), Ok(vec![1, -2]));
}

#[test]
fn a_list_is_read_through_a_handle() {
    // A list that holds an empty list and a reference to it.
    let list = [tag::COLLECTION, 2, 0, 0, 0, 1];
    let empty = [tag::COLLECTION, 0, 0, 0, 0, 1];
    let handle = [tag::HANDLE, 6, 0, 0, 0];
    let bytes = [&list[..], &empty, &handle].concat();

    let raw = RawValue::from_bytes(&bytes.into()).unwrap();

    assert_eq!(raw.read::<Vec<Vec<String>>>(), Ok(vec![vec![], vec![]]));
}

#[test]
fn a_date_is_read_as_a_time() {
    let raw = encoded(&Value::Date(-1));

    assert_eq!(
        raw.read::<SystemTime>(),
        Ok(UNIX_EPOCH - Duration::from_millis(1))
    );
}

#[test]
fn types_are_not_converted() {
    let error = encoded(&1_i32).read::<i64>().unwrap_err();

    assert_eq!(
        error,
        DecodeError::UnexpectedTag {
            expected: "a long",
            found: tag::INT
        }
    );
}

#[test]
fn columns_are_read_as_wider_numbers_that_keep_their_value() {
    fn column<T: ReadValue>(value: &impl WriteValue) -> Result<T, DecodeError> {
        encoded(value).read_column(&NoSchemas)
    }

    assert_eq!(column::<i64>(&-5_i32), Ok(-5));
    assert_eq!(column::<i64>(&-5_i8), Ok(-5));
    assert_eq!(column::<i32>(&-5_i16), Ok(-5));
    assert_eq!(column::<f64>(&0.5_f32), Ok(0.5));
    assert_eq!(column::<f64>(&i32::MAX), Ok(f64::from(i32::MAX)));
    assert_eq!(column::<Option<i64>>(&None::<i32>), Ok(None));
    let error = column::<i32>(&5_i64).unwrap_err();
    assert_eq!(error.to_string(), "expected an int, found a long");
    assert!(column::<f32>(&5_i32).is_err(), "it could lose digits");
    assert!(column::<i64>(&"5").is_err());
}

#[test]
fn arrays_have_their_length() {
    let three = encoded(&vec![1_i64, 2, 3]);

    assert_eq!(three.read::<[i64; 3]>(), Ok([1, 2, 3]));
    let error = three.read::<[i64; 2]>();
    assert_eq!(
        error,
        Err(DecodeError::WrongLength {
            expected: 2,
            found: 3
        })
    );
}

#[test]
fn lists_take_the_form_that_is_asked_for() {
    let tag_of = |value: RawValue| value.tag();
    let names = ["a".to_owned()];

    assert_eq!(tag_of(encoded(&names[..])), tag::COLLECTION);
    assert_eq!(tag_of(encoded(&AsArray(&names))), tag::STRING_ARRAY);
    assert_eq!(
        tag_of(encoded(&AsArray(vec![Uuid::nil()]))),
        tag::UUID_ARRAY
    );
    assert_eq!(tag_of(encoded(&AsArray([true]))), tag::BOOL_ARRAY);
    assert_eq!(tag_of(encoded(&AsArray([Some(true)]))), tag::OBJECT_ARRAY);
    assert_eq!(encoded(&AsArray([Box::new(7)])), encoded(&AsArray([7])));
    assert_eq!(tag_of(encoded(&AsList(vec![1]))), tag::COLLECTION);
    assert_eq!(tag_of(encoded(&AsArray(None::<Vec<i32>>))), tag::NULL);
}

#[test]
fn pointers_make_no_difference_to_lists() {
    let boxed: Vec<Box<i64>> = vec![Box::new(1), Box::new(2)];
    let texts: Vec<Cow<'static, str>> = vec!["a".into()];

    assert_eq!(encoded(&boxed), encoded(&[1_i64, 2]));
    assert_eq!(encoded(&boxed).read(), Ok(boxed));
    assert_eq!(encoded(&texts), encoded(&["a"]));
    assert_eq!(encoded(&texts).read(), Ok(texts));
}

#[test]
fn a_character_over_sixteen_bits_is_no_java_char() {
    let refused = RawValue::try_encode(&vec!['a', '𝄞'], Default::default());

    assert_eq!(refused, Err(EncodeError::NotAJavaChar('𝄞')));
    let half = encoded(&0xD834_u16).read::<char>();
    assert_eq!(half, Err(DecodeError::OutOfRange("char")));
}

#[test]
fn bytes_behind_a_value_are_refused() {
    let bytes = [tag::BYTE, 1, 2].to_vec().into();

    assert_eq!(
        RawValue::from_bytes(&bytes),
        Err(DecodeError::Trailing { left: 1 })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(
        numbers: (i8, u8, i16, i32, i64, u16, bool),
        text: String,
        uuid: u128,
        list: Vec<Option<String>>,
        bytes: Vec<u8>,
        map: BTreeMap<String, Vec<i32>>,
        table: HashMap<i64, Option<bool>>,
    ) {
        let (byte, unsigned, short, int, long, char, bool) = numbers;
        round_trip(&byte)?;
        round_trip(&unsigned)?;
        round_trip(&short)?;
        round_trip(&int)?;
        round_trip(&long)?;
        round_trip(&char)?;
        round_trip(&bool)?;
        round_trip(&text)?;
        round_trip(&Uuid::from_u128(uuid))?;
        round_trip(&list)?;
        round_trip(&bytes)?;
        round_trip(&map)?;
        round_trip(&table)?;
        round_trip(&Some(Box::new(text.clone())))?;
        round_trip(&std::rc::Rc::<str>::from(text.as_str()))?;
        round_trip(&Arc::<[i32]>::from(vec![int, 1]))?;
        round_trip(&Cow::<'static, str>::Owned(text))?;
        round_trip(&BTreeSet::from([long, 1]))?;
        round_trip(&HashSet::<i32>::from([int, 1]))?;
        round_trip(&VecDeque::from([short, 1]))?;
        round_trip(&[uuid.to_le_bytes(), [0; 16]])?;
        round_trip(&Date { milliseconds: long })?;
        round_trip(&Time { milliseconds: long })?;
        round_trip(&AsArray(vec![Some(Time { milliseconds: long }), None]))?;
    }

    #[test]
    fn times_keep_their_nanoseconds(seconds in -1_i64 << 33..1 << 33, nanoseconds in 0..1_000_000_000_u32) {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
        round_trip(&(start + Duration::from_nanos(nanoseconds.into())))?;
    }
}

fn encoded<T: WriteValue + ?Sized>(value: &T) -> RawValue {
    RawValue::encode(value, Default::default())
}

fn round_trip<T>(value: &T) -> Result<(), TestCaseError>
where
    T: WriteValue + ReadValue + PartialEq + Debug,
{
    prop_assert_eq!(
        &encoded(value)
            .read::<T>()
            .map_err(|error| TestCaseError::fail(error.to_string()))?,
        value
    );
    Ok(())
}
