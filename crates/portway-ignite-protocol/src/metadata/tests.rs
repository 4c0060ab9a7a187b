//! What becomes of a type that several writers tell of.

use super::*;

#[test]
fn fields_and_schemas_of_two_writers_are_united() {
    let mut known = person(&[("name", 9)]);
    let added = person(&[("name", 9), ("age", 3)]);

    known.merge(&added).unwrap();

    assert_eq!(known.fields, added.fields);
    assert_eq!(known.schemas.len(), 2);
}

#[test]
fn a_field_cannot_change_its_type() {
    let mut known = person(&[("name", 9)]);
    let before = known.clone();

    let conflict = known
        .merge(&person(&[("age", 3), ("NAME", 4)]))
        .unwrap_err();

    assert!(
        matches!(conflict, TypeConflict::Field { old: 9, new: 4, .. }),
        "{conflict}"
    );
    assert_eq!(known, before);
}

#[test]
fn the_affinity_key_cannot_change() {
    let mut known = BinaryType::new("Key", Some("customer"), Vec::new());

    let conflict = known.merge(&BinaryType::new("Key", Some("order"), Vec::new()));

    assert!(
        matches!(conflict, Err(TypeConflict::AffinityKey { .. })),
        "{conflict:?}"
    );
    assert_eq!(
        known.merge(&BinaryType::new("Key", None, Vec::new())),
        Ok(())
    );
}

fn person(fields: &[(&str, i32)]) -> BinaryType {
    let field = |(name, type_code): &(&str, i32)| BinaryField {
        name: (*name).to_owned(),
        type_code: *type_code,
        id: java::field_id(name),
    };
    BinaryType::new("Person", None, fields.iter().map(field).collect())
}
