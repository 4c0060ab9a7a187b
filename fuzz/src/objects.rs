//! Binary objects whose types are known only at run time, and the bridge to serde.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use portway_ignite_protocol::{
    BinaryConfiguration, BinaryObject, BinaryType, Layout, RawValue, Reader, Serde, TypeRegistry,
    Value, from_value, to_value,
};
use serde::{Deserialize, Serialize};

/// An object as a client reads it: types first (what a server answers to requests for them, a byte
/// with their number before them), then the object.
///
/// It is shown, taken apart, built again, and taken out of what it refers to.
pub fn ignite_objects(input: &[u8]) {
    let Some((types, value)) = split_types(input) else {
        return;
    };
    let Ok(raw) = RawValue::from_bytes(&value) else {
        return;
    };
    if let Ok(object) = raw.read_with::<BinaryObject>(&types) {
        use_object(&object, 3);
    }
    let _ = raw
        .read_with::<Value>(&types)
        .map(|value| value.to_string());
}

fn use_object(object: &BinaryObject, depth: usize) {
    let _ = object.to_string();
    let _ = object.type_name();
    let _ = object.read_fields(|object| object.raw(|reader| reader.text().map(str::len)));
    if let Ok(builder) = object.to_builder() {
        let _ = builder.field_names().count();
        if let Ok(built) = builder.build(BinaryConfiguration::default()) {
            assert!(
                BinaryObject::from_bytes(Bytes::copy_from_slice(built.as_bytes())).is_ok(),
                "what was built is an object"
            );
        }
    }
    let _ = RawValue::try_encode(object, BinaryConfiguration::default());
    for field in object.fields().unwrap_or_default() {
        if let (Value::Object(inner), true) = (&field.value, depth > 0) {
            use_object(inner, depth - 1);
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Anything {
    name: Option<String>,
    number: Option<Box<Anything>>,
    street: Option<u64>,
    next: Option<Box<Anything>>,
    all: Option<Vec<Case>>,
    map: Option<BTreeMap<String, i128>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Case {
    Unit,
    Newtype(f64),
    Tuple(i8, char),
    Structure { a: Vec<u8> },
}

/// The same input as types of serde and as JSON. What was read as JSON says the same after it was
/// written and read again.
pub fn ignite_serde(input: &[u8]) {
    let Some((types, value)) = split_types(input) else {
        return;
    };
    let Ok(raw) = RawValue::from_bytes(&value) else {
        return;
    };
    let _ = raw.read_with::<Serde<Anything>>(&types);
    let _ = raw.read_with::<Serde<Vec<Case>>>(&types);
    if let Ok(value) = raw.read_with::<Value>(&types) {
        let _ = serde_json::to_string(&value);
    }
    let Ok(Serde(json)) = raw.read_with::<Serde<serde_json::Value>>(&types) else {
        return;
    };
    // Deeper than JSON is written, which has a level for each of ours.
    let Ok(written) = to_value(&json) else {
        return;
    };
    assert_eq!(
        from_value::<serde_json::Value>(&written),
        Ok(json),
        "what serde read survives being written"
    );
}

fn split_types(input: &[u8]) -> Option<(Arc<TypeRegistry>, Bytes)> {
    let (count, rest) = input.split_first()?;
    let rest = Bytes::copy_from_slice(rest);
    let mut reader = Reader::shared(&rest);
    let mut types = TypeRegistry::default();
    for _ in 0..count % 8 {
        let _ = types.add(BinaryType::decode(&mut reader).ok()?);
    }
    Some((Arc::new(types), reader.take_rest()))
}
