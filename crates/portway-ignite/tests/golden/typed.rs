//! Structures of Rust for classes of Java: what both write is equal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use portway_ignite::protocol::TypeRegistry;
use portway_ignite::{
    AsArray, Date, Decimal, IgniteObject, RawValue, ReadValue, Time, Timestamp, WriteValue,
};
use uuid::Uuid;

use crate::recorded::Recorded;

#[derive(Debug, Clone, Copy, PartialEq, IgniteObject)]
#[ignite(
    type_name = "portway.golden.Classes$Colour",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
enum Colour {
    Red,
    Green,
    DarkBlue,
}

#[derive(Debug, Clone, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.golden.Classes$Address")]
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) number: Option<i32>,
}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(
    type_name = "portway.golden.Classes$Everything",
    rename_all = "camelCase"
)]
struct Everything {
    a_byte: i8,
    a_short: i16,
    an_int: i32,
    a_long: i64,
    a_float: f32,
    a_double: f64,
    a_char: char,
    a_boolean: bool,
    boxed: Option<i32>,
    none: Option<i32>,
    text: String,
    uuid: Uuid,
    date: Date,
    timestamp: Timestamp,
    time: Time,
    decimal: Decimal,
    colour: Colour,
    bytes: Vec<u8>,
    ints: [i32; 2],
    doubles: Vec<f64>,
    booleans: Vec<bool>,
    chars: Vec<char>,
    #[ignite(array)]
    strings: Vec<Option<String>>,
    #[ignite(array)]
    uuids: Vec<Uuid>,
    #[ignite(array)]
    dates: Vec<Option<Date>>,
    #[ignite(array)]
    timestamps: Vec<Timestamp>,
    #[ignite(array)]
    times: Vec<Time>,
    #[ignite(array)]
    decimals: Vec<Option<Decimal>>,
    #[ignite(array)]
    colours: Vec<Colour>,
    #[ignite(array)]
    addresses: Vec<Address>,
    list: Vec<String>,
    set: BTreeSet<i32>,
    map: BTreeMap<String, i32>,
    address: Address,
}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.golden.Classes$Empty")]
struct Empty {}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.golden.Classes$OrderKey")]
struct OrderKey {
    order: i64,
    #[ignite(affinity_key)]
    customer: i64,
}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.golden.Classes$Node")]
struct Node {
    name: String,
    next: Option<Box<Node>>,
}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.golden.Classes$Wide")]
struct Wide {
    text: String,
    number: i32,
}

#[test]
fn a_structure_with_a_field_of_each_type_is_what_java_writes() {
    check("everything", &everything());
}

#[test]
fn objects_have_the_bytes_that_java_gives_them() {
    check("address", &address("Main", Some(7)));
    check("empty", &Empty {});
    check(
        "key",
        &OrderKey {
            order: 1,
            customer: 2,
        },
    );
    check("chain", &chain(&["a", "b", "c"]).unwrap());
    check(
        "list-of-objects",
        &vec![address("Main", Some(1)), address("Side", Some(2))],
    );
    check(
        "Address[]",
        &AsArray(vec![Some(address("Main", Some(1))), None]),
    );
}

#[test]
fn enumerations_have_the_bytes_that_java_gives_them() {
    check("enum", &Colour::Green);
    check(
        "Colour[]",
        &AsArray([Colour::Red, Colour::Green, Colour::DarkBlue]),
    );
}

#[test]
fn arrays_of_boxes_and_of_arrays_name_their_class_as_java_does() {
    check("Integer[]", &AsArray([Some(1), None]));
    check("int[][]", &AsArray(vec![vec![1], vec![2, 3]]));
    check(
        "String[]",
        &AsArray([Some("a".to_owned()), None, Some(String::new())]),
    );
}

#[test]
fn offsets_are_as_wide_as_the_last_field_needs() {
    for (name, length) in [
        ("one-byte-offsets", 100),
        ("two-byte-offsets", 300),
        ("four-byte-offsets", 70_000),
    ] {
        let text = "x".repeat(length);
        check(name, &Wide { text, number: 1 });
    }
}

#[test]
fn a_type_is_described_as_java_describes_it() {
    for recorded in Recorded::all() {
        let mut ours = TypeRegistry::new(recorded.configuration);
        Everything::describe(&mut ours);
        OrderKey::describe(&mut ours);
        for binary_type in ours.iter() {
            let mut javas = recorded.types.find(binary_type.id).unwrap().clone();

            assert_eq!(javas.affinity_key, binary_type.affinity_key);
            assert_eq!(javas.schemas, binary_type.schemas, "{:?}", javas.name);
            let merged = javas.merge(binary_type);
            assert_eq!(merged, Ok(()), "{:?}", javas.name);
            assert_eq!(javas.fields.len(), binary_type.fields.len());
            assert_eq!(
                javas.members.map(|members| members.len()),
                binary_type.members.as_ref().map(Vec::len)
            );
        }
    }
}

#[test]
fn a_structure_reads_an_object_whose_class_is_not_registered() {
    #[derive(Debug, PartialEq, IgniteObject)]
    #[ignite(type_name = "portway.golden.Classes$Unregistered")]
    struct Unregistered {
        name: String,
        places: BTreeMap<String, Address>,
    }

    let recorded = Recorded::compact();
    let raw = recorded.value("unregistered");

    let read: Unregistered = raw.read_with(&recorded.types).unwrap();

    assert_eq!(read.name, "nobody");
    assert_eq!(read.places["home"], address("Main", Some(1)));
}

/// Reads what Java wrote as `expected`, and writes that as Java did.
fn check<T: ReadValue + WriteValue + PartialEq + Debug>(name: &str, expected: &T) {
    for recorded in Recorded::all() {
        let raw = recorded.value(name);

        assert_eq!(&raw.read::<T>().unwrap(), expected, "{name}");
        let written = RawValue::try_encode(expected, recorded.configuration).unwrap();
        assert_eq!(&written, raw, "{name} with {:?}", recorded.configuration);
    }
}

fn address(street: &str, number: Option<i32>) -> Address {
    Address {
        street: street.to_owned(),
        number,
    }
}

fn chain(names: &[&str]) -> Option<Box<Node>> {
    let (name, rest) = names.split_first()?;
    Some(Box::new(Node {
        name: (*name).to_owned(),
        next: chain(rest),
    }))
}

fn everything() -> Everything {
    let date = |milliseconds| Date { milliseconds };
    let timestamp = |milliseconds, nanoseconds| Timestamp {
        milliseconds,
        nanoseconds,
    };
    Everything {
        a_byte: -7,
        a_short: -700,
        an_int: 70_000,
        a_long: -7_000_000_000,
        a_float: 0.5,
        a_double: -0.1,
        a_char: '€',
        a_boolean: true,
        boxed: Some(5),
        none: None,
        text: "naïve ☃ 𝄞".to_owned(),
        uuid: Uuid::from_u128(0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF),
        date: date(-1),
        // Java's nanoseconds are those of the second, and its milliseconds follow them.
        timestamp: timestamp(-1_877, 456_789),
        time: Time {
            milliseconds: 45_296_789,
        },
        decimal: "-12345678901234567890.125".parse().unwrap(),
        colour: Colour::DarkBlue,
        bytes: vec![1, 2, 253],
        ints: [1, -2],
        doubles: Vec::new(),
        booleans: vec![true, false],
        chars: vec!['a', '€'],
        strings: vec![Some("a".to_owned()), None],
        uuids: vec![Uuid::from_u64_pair(1, 2)],
        dates: vec![Some(date(0)), None],
        timestamps: vec![timestamp(0, 1)],
        times: vec![Time { milliseconds: 1 }],
        decimals: vec![Some(Decimal::new(10, 0)), None],
        colours: vec![Colour::Red, Colour::Green],
        addresses: vec![address("Main", Some(1))],
        list: vec!["x".to_owned(), "y".to_owned()],
        set: BTreeSet::from([1, 3]),
        map: BTreeMap::from([("k".to_owned(), 1)]),
        address: address("Side", None),
    }
}
