//! What `#[derive(IgniteObject)]` makes of structures.

use std::collections::BTreeMap;

use portway_ignite::IgniteObject;
use portway_ignite::protocol::{
    self, BinaryConfiguration, DecodeError, NameMapper, RawValue, TypeRegistry, Value, WriteValue,
    tag,
};

#[derive(Debug, Clone, PartialEq, IgniteObject)]
#[ignite(type_name = "com.example.Person")]
struct Person {
    #[ignite(rename = "fullName")]
    name: String,
    age: i32,
    r#type: Option<u16>,
    address: Address,
    friends: Vec<Person>,
    scores: Vec<f64>,
    labels: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, PartialEq, IgniteObject)]
struct Address {
    street: String,
    number: Option<i32>,
}

#[derive(Debug, PartialEq, IgniteObject)]
struct OrderKey {
    order: i64,
    #[ignite(affinity_key)]
    customer: i64,
}

#[derive(Debug, PartialEq, IgniteObject)]
struct Nothing {}

const FULL_FOOTER: BinaryConfiguration = BinaryConfiguration {
    compact_footer: false,
    name_mapper: NameMapper::Full,
};

#[test]
fn a_structure_reads_as_it_was_written() {
    let person = someone("Ada", vec![someone("Grace", Vec::new())]);
    for configuration in [BinaryConfiguration::default(), FULL_FOOTER, simple_names()] {
        let raw = RawValue::encode(&person, configuration);

        assert_eq!(raw.read::<Person>().unwrap(), person);
    }
}

#[test]
fn a_structure_without_fields_reads_as_it_was_written() {
    let raw = RawValue::encode(&Nothing {}, BinaryConfiguration::default());

    assert_eq!(raw.read::<Nothing>().unwrap(), Nothing {});
    assert_eq!(raw.as_bytes().len(), 24);
}

#[test]
fn fields_have_the_names_that_the_attributes_give() {
    let raw = RawValue::encode(&someone("Ada", Vec::new()), FULL_FOOTER);
    let Value::Object(object) = raw.read().unwrap() else {
        panic!("it is no object")
    };

    let name = object.field::<String>("fullName").unwrap();

    assert_eq!(name.as_deref(), Some("Ada"));
    assert_eq!(object.field::<Value>("name").unwrap(), None);
    assert_eq!(object.field("type").unwrap(), Some(7_u16));
}

#[test]
fn the_description_lists_a_structure_and_those_inside_of_it() {
    let mut registry = TypeRegistry::default();

    Person::describe(&mut registry);

    let person = registry
        .find(protocol::java::type_id("com.example.Person"))
        .unwrap();
    let codes: Vec<(&str, i32)> = person
        .fields
        .iter()
        .map(|field| (&*field.name, field.type_code))
        .collect();
    let expected = [
        ("fullName", tag::STRING),
        ("age", tag::INT),
        ("type", tag::CHAR),
        ("address", tag::OBJECT),
        ("friends", tag::OBJECT),
        ("scores", tag::DOUBLE_ARRAY),
        ("labels", tag::OBJECT),
    ]
    .map(|(name, code)| (name, i32::from(code)));
    assert_eq!(codes, expected);
    assert_eq!(person.schemas[0].id, Person::SHAPE.schema_id());
    assert!(registry.find(protocol::java::type_id("Address")).is_some());
}

#[test]
fn the_affinity_key_is_announced() {
    let mut registry = TypeRegistry::default();

    OrderKey::describe(&mut registry);

    let key = registry.find(protocol::java::type_id("OrderKey")).unwrap();
    assert_eq!(key.affinity_key.as_deref(), Some("customer"));
}

#[test]
fn simple_names_leave_out_the_package() {
    let raw = RawValue::encode(&someone("Ada", Vec::new()), simple_names());
    let header = protocol::ObjectHeader::parse(raw.as_bytes()).unwrap();

    assert_eq!(header.type_id, protocol::java::type_id("Person"));
    assert_eq!(raw.read::<Person>().unwrap().name, "Ada");
}

mod newer {
    use portway_ignite::IgniteObject;

    #[derive(Debug, PartialEq, IgniteObject)]
    pub(crate) struct Address {
        pub(crate) city: Option<String>,
        pub(crate) number: Option<i32>,
        pub(crate) street: String,
        #[ignite(default)]
        pub(crate) floor: i16,
    }
}

mod stricter {
    use portway_ignite::IgniteObject;

    #[derive(Debug, PartialEq, IgniteObject)]
    pub(crate) struct Address {
        pub(crate) city: String,
    }
}

#[test]
fn a_newer_structure_reads_what_an_older_one_wrote() {
    let old = Address {
        street: "Mill Lane".into(),
        number: Some(3),
    };
    let raw = RawValue::encode(&old, FULL_FOOTER);

    let new: newer::Address = raw.read().unwrap();

    assert_eq!(new.city, None);
    assert_eq!(
        (new.street.as_str(), new.number, new.floor),
        ("Mill Lane", Some(3), 0)
    );
}

#[test]
fn a_compact_object_of_another_schema_is_read_with_its_metadata() {
    let old = Address {
        street: "Mill Lane".into(),
        number: Some(3),
    };
    let raw = RawValue::encode(&old, BinaryConfiguration::default());
    let mut registry = TypeRegistry::default();

    let without = raw.read_with::<newer::Address>(&registry);
    Address::describe(&mut registry);
    let with: newer::Address = raw.read_with(&registry).unwrap();

    assert!(
        matches!(without, Err(DecodeError::UnknownSchema { .. })),
        "{without:?}"
    );
    assert_eq!(with.street, "Mill Lane");
}

#[test]
fn an_absent_field_that_cannot_be_null_is_named() {
    let raw = RawValue::encode(
        &Address {
            street: "Mill Lane".into(),
            number: None,
        },
        FULL_FOOTER,
    );

    let error = raw.read::<stricter::Address>().unwrap_err();

    assert_eq!(
        error,
        DecodeError::MissingField {
            type_name: "Address",
            field: "city"
        }
    );
}

#[test]
fn an_object_of_another_type_is_refused_without_its_metadata() {
    let key = OrderKey {
        order: 1,
        customer: 2,
    };
    for configuration in [BinaryConfiguration::default(), FULL_FOOTER] {
        let raw = RawValue::encode(&key, configuration);

        let error = raw.read::<Address>().unwrap_err();

        let found = protocol::java::type_id("OrderKey");
        let expected = "Address";
        assert_eq!(error, DecodeError::UnexpectedType { expected, found });
    }
}

#[test]
fn what_is_no_plain_structure_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/derive/*.rs");
}

/// Names that the macro's code has, too.
mod names {
    /// As a crate may export ours.
    pub(crate) mod library {
        pub(crate) use portway_ignite::*;
    }

    mod protocol {
        #[derive(Debug, PartialEq, portway_ignite::IgniteObject)]
        pub(crate) enum Version {
            Old,
        }
    }

    const SHAPE: usize = 2;

    #[derive(Debug, PartialEq, portway_ignite::IgniteObject)]
    #[ignite(crate = "crate::names::library")]
    pub(crate) struct Message {
        pub(crate) version: protocol::Version,
        pub(crate) body: [i32; SHAPE],
    }

    impl Message {
        pub(crate) fn example() -> Self {
            Self {
                version: protocol::Version::Old,
                body: [1, 2],
            }
        }
    }
}

#[test]
fn names_of_the_program_are_not_mistaken_for_those_of_the_library() {
    let message = names::Message::example();
    let raw = RawValue::encode(&message, FULL_FOOTER);

    assert_eq!(raw.read::<names::Message>().unwrap(), message);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IgniteObject)]
struct CustomerId(i64);

#[derive(Debug, PartialEq, IgniteObject)]
struct Name(String);

#[derive(Debug, PartialEq, IgniteObject)]
struct Customer {
    id: CustomerId,
    names: Vec<Name>,
    friends: Vec<CustomerId>,
    #[ignite(array)]
    aliases: Vec<Name>,
    #[ignite(array)]
    rivals: Vec<CustomerId>,
    parent: Option<CustomerId>,
}

/// The same without newtypes.
#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "Customer")]
struct Bare {
    id: i64,
    names: Vec<String>,
    friends: Vec<i64>,
    #[ignite(array)]
    aliases: Vec<String>,
    #[ignite(array)]
    rivals: Vec<i64>,
    parent: Option<i64>,
}

#[test]
fn a_newtype_is_what_is_in_it_wherever_it_stands() {
    let name = || Name("Ada".into());
    let newtypes = Customer {
        id: CustomerId(1),
        names: vec![name()],
        friends: vec![CustomerId(2), CustomerId(3)],
        aliases: vec![name(), name()],
        rivals: vec![CustomerId(4)],
        parent: None,
    };
    let bare = Bare {
        id: 1,
        names: vec!["Ada".into()],
        friends: vec![2, 3],
        aliases: vec!["Ada".into(), "Ada".into()],
        rivals: vec![4],
        parent: None,
    };
    let raw = RawValue::encode(&newtypes, FULL_FOOTER);
    assert_eq!(raw, RawValue::encode(&bare, FULL_FOOTER));
    assert_eq!(raw.read::<Customer>().unwrap(), newtypes);

    let described = |describe: fn(&mut TypeRegistry)| {
        let mut registry = TypeRegistry::default();
        describe(&mut registry);
        registry
            .find(protocol::java::type_id("Customer"))
            .unwrap()
            .clone()
    };
    assert_eq!(described(Customer::describe), described(Bare::describe));
}

fn someone(name: &str, friends: Vec<Person>) -> Person {
    Person {
        name: name.into(),
        age: 36,
        r#type: Some(7),
        address: Address {
            street: "Mill Lane".into(),
            number: None,
        },
        friends,
        scores: vec![0.5, -1.0],
        labels: BTreeMap::from([("founder".into(), true)]),
    }
}

fn simple_names() -> BinaryConfiguration {
    BinaryConfiguration {
        compact_footer: true,
        name_mapper: NameMapper::Simple,
    }
}
