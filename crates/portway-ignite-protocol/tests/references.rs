//! Values that Java wrote once and referred to where they came again.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use bytes::Bytes;
use portway_ignite_protocol::{
    BinaryConfiguration, BinaryObject, BinaryObjectBuilder, DecodeError, RawValue, Value, tag,
};

/// Where the first field of an object stands.
const HEADER: usize = 24;

fn handle(back: usize) -> RawValue {
    let distance = i32::try_from(back).unwrap().to_le_bytes();
    let bytes = [&[tag::HANDLE][..], &distance].concat();
    RawValue::from_trusted_bytes(Bytes::from(bytes))
}

fn build(builder: &BinaryObjectBuilder) -> BinaryObject {
    let configuration = BinaryConfiguration::default();
    builder.build(configuration).unwrap()
}

fn length(value: &RawValue) -> usize {
    value.as_bytes().len()
}

fn list() -> RawValue {
    RawValue::encode(&vec!["one".to_owned()], BinaryConfiguration::default())
}

/// An object whose list is referred to by a field of its own and by one of the object inside.
fn shared() -> BinaryObject {
    let (list, again) = (list(), HEADER + length(&list()));
    let inside = again + length(&handle(0)) + HEADER;
    let inner = build(&BinaryObjectBuilder::new("Inner").set("list", handle(inside - HEADER)));
    let outer = BinaryObjectBuilder::new("Outer").set("list", list);
    let outer = outer.set("again", handle(again - HEADER));
    build(&outer.set("inner", inner))
}

#[test]
fn a_raw_field_that_is_a_reference_is_what_it_refers_to() {
    let again: RawValue = shared().field("again").unwrap().unwrap();
    assert_eq!(again, list());
}

#[test]
fn a_raw_field_takes_along_what_it_refers_to_outside_of_itself() {
    let outer = shared();
    let inner: RawValue = outer.field("inner").unwrap().unwrap();

    let alone = build(&BinaryObjectBuilder::new("Inner").set("list", list()));
    assert_eq!(inner.as_bytes(), alone.as_bytes());
}

#[test]
fn a_raw_element_that_is_a_reference_is_what_it_refers_to() {
    let distance = 1 + length(&list());
    let all = vec![list(), handle(distance - 1)];
    let raw = RawValue::encode(&all, BinaryConfiguration::default());
    assert_eq!(raw.read::<Vec<RawValue>>().unwrap(), [list(), list()]);
}

#[test]
fn a_raw_field_that_contains_itself_is_refused() {
    let object = build(&BinaryObjectBuilder::new("Node").set("next", handle(HEADER)));
    let refused = object.field::<RawValue>("next").unwrap_err();
    assert!(matches!(refused, DecodeError::Cycle(_)), "{refused}");
}

#[test]
fn a_raw_field_without_references_shares_the_memory_of_its_object() {
    let object = build(&BinaryObjectBuilder::new("Outer").set("list", list()));
    let field: RawValue = object.field("list").unwrap().unwrap();
    assert!(
        object
            .as_bytes()
            .as_ptr_range()
            .contains(&field.as_bytes().as_ptr())
    );
}

#[test]
fn references_to_much_end_before_memory_does() {
    let much = Value::ByteArray(vec![0; 1 << 20]);
    let much = RawValue::encode(&vec![much], BinaryConfiguration::default());
    let mut all = vec![much.clone()];
    let mut back = length(&much);
    for _ in 0..1000 {
        all.push(handle(back));
        back += length(&handle(0));
    }
    let raw = RawValue::encode(&all, BinaryConfiguration::default());

    let refused = raw.read::<Value>().map(drop).unwrap_err();
    assert_eq!(refused, DecodeError::TooMuchRepeated);
    let refused = raw.read::<Vec<Vec<Vec<u8>>>>().map(drop).unwrap_err();
    assert_eq!(refused, DecodeError::TooMuchRepeated);
}

#[test]
fn fields_that_lie_over_each_other_end_before_memory_does() {
    let much = BinaryObjectBuilder::new("Much").set("first", vec![0_u8; 1 << 20]);
    let full = BinaryConfiguration {
        compact_footer: false,
        ..BinaryConfiguration::default()
    };
    let mut bytes = much.build(full).unwrap().as_bytes().to_vec();
    let entry = bytes.len() - 5;
    let entry = bytes[entry..].to_vec();
    for _ in 0..1000 {
        bytes.extend_from_slice(&entry);
    }
    let length = i32::try_from(bytes.len()).unwrap();
    bytes[12..16].copy_from_slice(&length.to_le_bytes());

    let object = BinaryObject::from_bytes(bytes.into()).unwrap();
    let refused = object.fields().map(drop).unwrap_err();
    assert_eq!(refused, DecodeError::TooMuchRepeated);
}
