//! Values of all types.

use portway_ignite_protocol::{
    BinaryObject, CollectionKind, Decimal, MapKind, RawValue, Timestamp, TypeReference, Value,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use crate::any_configuration;

pub(crate) fn any_value() -> BoxedStrategy<Value> {
    prop_oneof![scalar(), primitive_array(), optional_array()]
        .prop_recursive(4, 40, 6, composed)
        .boxed()
}

pub(crate) fn any_raw() -> BoxedStrategy<RawValue> {
    any_value()
        .prop_map(|value| RawValue::encode(&value, Default::default()))
        .boxed()
}

pub(crate) fn any_uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn scalar() -> BoxedStrategy<Value> {
    let numbers = prop_oneof![
        any::<i8>().prop_map(Value::Byte),
        any::<i16>().prop_map(Value::Short),
        any::<i32>().prop_map(Value::Int),
        any::<i64>().prop_map(Value::Long),
        any::<f32>().prop_map(Value::Float),
        any::<f64>().prop_map(Value::Double),
        any::<u16>().prop_map(Value::Char),
        any::<bool>().prop_map(Value::Bool),
        decimal().prop_map(Value::Decimal),
    ];
    let others = prop_oneof![
        Just(Value::Null),
        any::<String>().prop_map(Value::String),
        any_uuid().prop_map(Value::Uuid),
        any::<i64>().prop_map(Value::Date),
        any::<i64>().prop_map(Value::Time),
        timestamp().prop_map(Value::Timestamp),
        type_reference().prop_map(Value::Class),
        enumeration(),
    ];
    prop_oneof![numbers, others].boxed()
}

fn primitive_array() -> BoxedStrategy<Value> {
    prop_oneof![
        any::<Vec<u8>>().prop_map(Value::ByteArray),
        vec(any::<i16>(), 0..9).prop_map(Value::ShortArray),
        vec(any::<i32>(), 0..9).prop_map(Value::IntArray),
        vec(any::<i64>(), 0..9).prop_map(Value::LongArray),
        vec(any::<f32>(), 0..9).prop_map(Value::FloatArray),
        vec(any::<f64>(), 0..9).prop_map(Value::DoubleArray),
        vec(any::<u16>(), 0..9).prop_map(Value::CharArray),
        vec(any::<bool>(), 0..9).prop_map(Value::BoolArray),
    ]
    .boxed()
}

fn optional_array() -> BoxedStrategy<Value> {
    prop_oneof![
        vec(any::<Option<String>>(), 0..5).prop_map(Value::StringArray),
        vec(option::of(any_uuid()), 0..5).prop_map(Value::UuidArray),
        vec(any::<Option<i64>>(), 0..5).prop_map(Value::DateArray),
        vec(any::<Option<i64>>(), 0..5).prop_map(Value::TimeArray),
        vec(option::of(timestamp()), 0..5).prop_map(Value::TimestampArray),
        vec(option::of(decimal()), 0..5).prop_map(Value::DecimalArray),
    ]
    .boxed()
}

fn composed(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let many = vec(inner.clone(), 0..6);
    let pairs = vec((inner, many.clone().prop_map(list)), 0..4);
    prop_oneof![
        (type_reference(), many.clone()).prop_map(|(component, elements)| Value::ObjectArray {
            component,
            elements
        }),
        (type_reference(), vec(enumeration(), 0..4)).prop_map(|(enumeration, elements)| {
            Value::EnumArray {
                enumeration,
                elements,
            }
        }),
        (select(CollectionKind::ALL), many.clone())
            .prop_map(|(kind, elements)| Value::Collection { kind, elements }),
        (select(MapKind::ALL), pairs).prop_map(|(kind, entries)| Value::Map { kind, entries }),
        object(many),
    ]
    .boxed()
}

fn list(elements: Vec<Value>) -> Value {
    Value::Collection {
        kind: CollectionKind::ArrayList,
        elements,
    }
}

/// Objects with and without fields and raw data, with offsets of all widths.
fn object(fields: impl Strategy<Value = Vec<Value>> + 'static) -> BoxedStrategy<Value> {
    let filler = select(&[0_usize, 300, 70_000][..]);
    (
        any_configuration(),
        fields,
        filler,
        any::<(Option<Vec<u8>>, u32)>(),
    )
        .prop_map(|(configuration, fields, filler, (raw, number))| {
            // Objects inside of each other have types of their own: the same type would have to
            // have the same fields.
            let type_name = format!("com.example.Any{number}");
            let object = BinaryObject::build(&type_name, configuration, |object| {
                for (index, field) in fields.iter().enumerate() {
                    object.field(&format!("field{index}"), field);
                }
                if filler > 0 {
                    object.field("filler", "x".repeat(filler).as_str());
                    object.field("last", &1_i32);
                }
                if let Some(raw) = &raw {
                    object.raw().bytes(raw);
                }
            });
            Value::Object(object.unwrap())
        })
        .boxed()
}

fn enumeration() -> impl Strategy<Value = Value> {
    (type_reference(), any::<i32>(), any::<bool>()).prop_map(|(enumeration, ordinal, is_binary)| {
        if is_binary {
            Value::BinaryEnum {
                enumeration,
                ordinal,
            }
        } else {
            Value::Enum {
                enumeration,
                ordinal,
            }
        }
    })
}

fn type_reference() -> impl Strategy<Value = TypeReference> {
    let id = any::<i32>().prop_filter("0 stands for a name", |id| *id != 0);
    prop_oneof![
        id.prop_map(TypeReference::Id),
        any::<String>().prop_map(TypeReference::Name)
    ]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (any::<i64>(), 0..1_000_000).prop_map(|(milliseconds, nanoseconds)| Timestamp {
        milliseconds,
        nanoseconds,
    })
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<bool>(), vec(any::<u8>(), 0..30), any::<i32>())
        .prop_map(|(negative, magnitude, scale)| Decimal::from_parts(negative, &magnitude, scale))
}
