//! Names of types and fields that cannot be told apart, or are none.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use portway_ignite_protocol::{BinaryConfiguration, BinaryObjectBuilder, EncodeError};

fn refused(builder: &BinaryObjectBuilder) -> EncodeError {
    let configuration = BinaryConfiguration::default();
    builder.build(configuration).map(drop).unwrap_err()
}

#[test]
fn an_object_without_a_type_name_is_refused() {
    let nameless = BinaryObjectBuilder::new("").set("size", 7);
    assert_eq!(
        refused(&nameless),
        EncodeError::NameWithoutId(String::new())
    );
}

#[test]
fn a_field_without_a_name_is_refused() {
    let nameless = BinaryObjectBuilder::new("Box").set("", 7);
    assert_eq!(
        refused(&nameless),
        EncodeError::NameWithoutId(String::new())
    );
}

#[test]
fn fields_whose_names_have_one_id_are_refused_and_none_is_lost() {
    let builder = BinaryObjectBuilder::new("Box").set("an", 1).set("c0", 2);
    let names: Vec<_> = builder.field_names().collect();
    assert_eq!(names, [Some("an"), Some("c0")]);
    assert_eq!(refused(&builder), EncodeError::SameId("c0".to_owned()));
}

#[test]
fn a_name_in_another_case_is_the_same_field() {
    let builder = BinaryObjectBuilder::new("Box")
        .set("Größe", 1)
        .set("GRÖßE", 2);
    assert_eq!(builder.field_names().count(), 1);
    assert_eq!(builder.get("größe").unwrap(), Some(2));
}
