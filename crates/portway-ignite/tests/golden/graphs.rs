//! Objects that are in two places, or in themselves.

use portway_ignite::{
    BinaryConfiguration, BinaryObject, DecodeError, EncodeError, IgniteObject, RawValue,
};

use crate::recorded::Recorded;
use crate::typed::Address;

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.golden.Classes$Shared")]
struct Shared {
    first: Address,
    second: Address,
    all: Vec<Address>,
}

#[derive(Debug, IgniteObject)]
#[ignite(type_name = "portway.golden.Classes$Node")]
struct Node {
    next: Option<Box<Node>>,
}

#[test]
fn a_structure_has_a_copy_of_a_shared_object_in_each_place() {
    for recorded in Recorded::all() {
        let shared: Shared = recorded.value("shared").read_with(&recorded.types).unwrap();

        assert_eq!(shared.first.street, "Main");
        assert_eq!(shared.second, shared.first);
        assert_eq!(shared.all, [shared.first.clone(), shared.first]);
    }
}

#[test]
fn a_circle_has_no_structure_and_says_so() {
    for recorded in Recorded::all() {
        for name in ["circle", "itself"] {
            let node = recorded.value(name).read_with::<Node>(&recorded.types);

            assert!(matches!(node, Err(DecodeError::Cycle(_))), "{node:?}");
        }
    }
}

#[test]
fn a_circle_can_be_walked() {
    for recorded in Recorded::all() {
        let mut node = object(&recorded, "circle");
        let mut names = Vec::new();
        for _ in 0..5 {
            names.push(node.field::<String>("name").unwrap().unwrap());
            node = node.field("next").unwrap().unwrap();
        }

        assert_eq!(names, ["first", "last", "first", "last", "first"]);
    }
}

#[test]
fn a_circle_is_shown_with_an_end() {
    let recorded = Recorded::compact();

    let shown = object(&recorded, "itself").to_string();

    assert_eq!(shown.matches("name: \"one\"").count(), 4, "{shown}");
    assert!(shown.contains("{ .. }"), "{shown}");
}

#[test]
fn a_part_that_refers_to_its_surroundings_takes_copies_along() {
    for recorded in Recorded::all() {
        let shared = object(&recorded, "shared");
        let all: Vec<BinaryObject> = shared.field("all").unwrap().unwrap();
        let first: BinaryObject = shared.field("first").unwrap().unwrap();

        let alone = RawValue::try_encode(&all, recorded.configuration).unwrap();

        let expected = RawValue::try_encode(&vec![&first, &first], recorded.configuration);
        assert_eq!(Ok(alone), expected);
    }
}

#[test]
fn a_part_of_a_circle_cannot_be_written_alone() {
    for recorded in Recorded::all() {
        let next: BinaryObject = object(&recorded, "circle").field("next").unwrap().unwrap();

        let written = RawValue::try_encode(&next, recorded.configuration);

        assert_eq!(written, Err(EncodeError::TooDeep));
    }
}

#[test]
fn a_whole_circle_is_written_as_it_was_read() {
    let recorded = Recorded::compact();
    let circle = object(&recorded, "circle");

    let written = RawValue::try_encode(&circle, BinaryConfiguration::default());

    assert_eq!(written.as_ref(), Ok(recorded.value("circle")));
}

#[test]
fn what_is_made_of_a_part_of_a_circle_leads_into_the_old_one() {
    let recorded = Recorded::compact();
    let builder = object(&recorded, "itself").to_builder().unwrap();

    let built = builder.set("name", "new").build(recorded.configuration);

    let next: BinaryObject = built.unwrap().field("next").unwrap().unwrap();
    assert_eq!(next, object(&recorded, "itself"));
}

fn object(recorded: &Recorded, name: &str) -> BinaryObject {
    recorded.value(name).read_with(&recorded.types).unwrap()
}
