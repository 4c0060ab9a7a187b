//! Objects without a structure.

use portway_ignite::protocol::{Reader, java};
use portway_ignite::{BinaryObject, BinaryObjectBuilder, Value};

use crate::recorded::Recorded;

#[test]
fn an_object_without_a_class_is_what_java_built() {
    for recorded in Recorded::all() {
        let javas = object(&recorded, "built");
        let inner = BinaryObjectBuilder::new("com.example.Inner").set("deep", true);
        let all = Value::ObjectArray {
            component: portway_ignite::TypeReference::OBJECT,
            elements: vec![Value::Int(1), Value::String("two".to_owned())],
        };

        let ours = BinaryObjectBuilder::new("com.example.Built")
            .set("name", "x")
            .set("size", 7_i64)
            .set("inner", inner)
            .set("all", all)
            .set("many", portway_ignite::AsList(vec![1, 2]))
            .build(recorded.configuration)
            .unwrap();

        assert_eq!(ours, javas);
        assert_eq!(ours.to_string(), javas.to_string());
    }
}

#[test]
fn fields_have_names_from_metadata() {
    for recorded in Recorded::all() {
        let object = object(&recorded, "everything");

        let fields = object.fields().unwrap();

        assert_eq!(fields.len(), 34);
        assert_eq!(fields[0].name.as_deref(), Some("aByte"));
        assert_eq!(fields[0].value, Value::Byte(-7));
        assert!(fields.iter().all(|field| field.name.is_some()));
        assert_eq!(object.field::<i64>("ALONG").unwrap(), Some(-7_000_000_000));
    }
}

#[test]
fn an_object_that_is_taken_apart_and_built_again_is_the_same() {
    for recorded in Recorded::all() {
        for name in ["everything", "empty", "raw-only", "raw-and-fields", "built"] {
            let javas = object(&recorded, name);

            let ours = javas.to_builder().unwrap().build(recorded.configuration);

            assert_eq!(ours.unwrap(), javas, "{name}");
        }
    }
}

#[test]
fn raw_data_is_read_as_its_class_wrote_it() {
    for recorded in Recorded::all() {
        for name in ["raw-only", "raw-and-fields"] {
            let object = object(&recorded, name);

            let raw = object.read_fields(|object| {
                object.raw(|reader: &mut Reader<'_>| Ok((reader.i32()?, reader.text()?.to_owned())))
            });

            assert_eq!(raw.unwrap(), Some((42, "raw".to_owned())));
        }
        let named = object(&recorded, "raw-and-fields");
        assert_eq!(named.field("size").unwrap(), Some(7));
    }
}

#[test]
fn a_class_that_is_not_registered_names_itself() {
    const NAME: &str = "portway.golden.Classes$Unregistered";
    for recorded in Recorded::all() {
        let object = object(&recorded, "unregistered");

        assert_eq!(object.type_name(), Some(NAME));
        let mapped = recorded.configuration.name_mapper.map(NAME);
        assert_eq!(object.type_id(), java::type_id(mapped));
        assert_eq!(
            object.field::<String>("name").unwrap().as_deref(),
            Some("nobody")
        );
    }
}

#[test]
fn a_changed_object_keeps_its_other_fields() {
    let recorded = Recorded::compact();
    let address = object(&recorded, "address");

    let changed = address
        .to_builder()
        .unwrap()
        .set("number", 8)
        .set("floor", 2_i16)
        .remove("street")
        .build(recorded.configuration)
        .unwrap();

    assert_eq!(
        changed.to_string(),
        "portway.golden.Classes$Address { number: 8, floor: 2 }"
    );
}

#[test]
fn an_object_knows_the_types_of_what_it_was_built_of() {
    for recorded in Recorded::all() {
        let everything = object(&recorded, "everything");

        let built = BinaryObjectBuilder::new("Around")
            .set("inside", everything.clone())
            .build(recorded.configuration)
            .unwrap();

        let inside: BinaryObject = built.field("inside").unwrap().unwrap();
        assert_eq!(inside.to_string(), everything.to_string());
    }
}

fn object(recorded: &Recorded, name: &str) -> BinaryObject {
    recorded.value(name).read_with(&recorded.types).unwrap()
}
