//! Objects whose types are known only at run time, and types that change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use portway_ignite::protocol::java;
use portway_ignite::{
    AsArray, BinaryObject, BinaryObjectBuilder, BinaryType, Cache, Client, Date, Decimal, Error,
    IgniteObject, Time, Timestamp, TypeConflict, TypeReference, Value,
};
use uuid::Uuid;

use super::fresh_cache;

/// A type name that no other test has, also not in an earlier run.
fn fresh_type(subject: &str) -> String {
    format!("portway.test.{subject}{}", Uuid::new_v4().simple())
}

#[derive(Debug, Clone, Copy, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.test.Colour", rename_all = "SCREAMING_SNAKE_CASE")]
enum Colour {
    Red,
    DarkBlue = 7,
}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.test.Everything", rename_all = "camelCase")]
struct Everything {
    a_byte: i8,
    a_char: char,
    dates: Vec<Date>,
    time: Time,
    timestamp: Timestamp,
    system: Option<SystemTime>,
    decimal: Decimal,
    colour: Colour,
    #[ignite(array)]
    colours: Vec<Colour>,
    #[ignite(array)]
    names: Vec<Option<String>>,
    set: BTreeSet<i64>,
    map: BTreeMap<String, Option<Box<Everything>>>,
    fixed: [i16; 3],
    #[ignite(skip)]
    forgotten: u64,
}

fn everything(inner: Option<Everything>) -> Everything {
    Everything {
        a_byte: -1,
        a_char: '€',
        dates: vec![Date { milliseconds: -1 }],
        time: Time { milliseconds: 1 },
        timestamp: Timestamp {
            milliseconds: -1,
            nanoseconds: 999_999,
        },
        system: None,
        decimal: Decimal::new(-1250, 2),
        colour: Colour::DarkBlue,
        colours: vec![Colour::Red, Colour::DarkBlue],
        names: vec![Some("a".to_owned()), None],
        set: BTreeSet::from([3, -1]),
        map: BTreeMap::from([("inner".to_owned(), inner.map(Box::new))]),
        fixed: [1, 2, 3],
        forgotten: 0,
    }
}

pub(crate) async fn a_field_of_each_type_comes_back(client: Client) {
    let cache: Cache<i32, Everything> = fresh_cache(&client, "everything").await;
    let written = everything(Some(everything(None)));
    cache.put(&1, &written).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), Some(written));
}

pub(crate) async fn enumerations_are_values_and_keys_and_have_members(client: Client) {
    let cache: Cache<Colour, AsArray<Vec<Colour>>> = fresh_cache(&client, "enums").await;
    let both = AsArray(vec![Colour::Red, Colour::DarkBlue]);
    cache.put(&Colour::DarkBlue, &both).await.unwrap();
    assert_eq!(cache.get(&Colour::DarkBlue).await.unwrap(), Some(both));
    assert_eq!(cache.get(&Colour::Red).await.unwrap(), None);
    let known = client.binary_type("portway.test.Colour").await.unwrap();
    assert_eq!(known.unwrap().member(7), Some("DARK_BLUE"));
}

pub(crate) async fn a_built_object_is_stored_and_read_by_field_names(client: Client) {
    let type_name = fresh_type("Built");
    let inner = BinaryObjectBuilder::new(fresh_type("Inner")).set("deep", vec![1, 2]);
    let builder = BinaryObjectBuilder::new(&type_name)
        .set("name", "x")
        .set("nothing", Value::Null)
        .set("inner", inner);
    let building: Cache<i32, BinaryObjectBuilder> = fresh_cache(&client, "built").await;
    building.put(&1, &builder).await.unwrap();

    let cache: Cache<i32, BinaryObject> = client.cache(building.name());
    let object = cache.get(&1).await.unwrap().unwrap();
    assert_eq!(object.type_name(), Some(&*type_name));
    assert_eq!(object.field("name").unwrap(), Some("x".to_owned()));
    assert_eq!(object.field::<i32>("nothing").unwrap(), None);
    let inner: BinaryObject = object.field("inner").unwrap().unwrap();
    assert_eq!(inner.field("deep").unwrap(), Some(vec![1, 2]));

    let changed = object
        .to_builder()
        .unwrap()
        .set("size", 7_i64)
        .remove("name");
    let changed = changed
        .build(client.binary_configuration().await.unwrap())
        .unwrap();
    cache.put(&2, &changed).await.unwrap();
    let read = cache.get(&2).await.unwrap().unwrap();
    assert_eq!(read, changed);
    let names: Vec<String> = read
        .fields()
        .unwrap()
        .into_iter()
        .filter_map(|field| field.name)
        .collect();
    assert_eq!(names, ["inner", "size"]);
}

pub(crate) async fn a_built_object_is_a_key(client: Client) {
    let type_name = fresh_type("Key");
    let key = |host: i64| BinaryObjectBuilder::new(&type_name).set("host", host);
    let cache: Cache<BinaryObjectBuilder, i64> = fresh_cache(&client, "built-keys").await;
    for host in 0..20 {
        cache.put(&key(host), &host).await.unwrap();
    }
    assert_eq!(cache.size().await.unwrap(), 20);
    assert_eq!(cache.get(&key(7)).await.unwrap(), Some(7));
}

pub(crate) async fn a_field_that_changes_its_type_is_named(client: Client) {
    let type_name = fresh_type("Changing");
    let cache: Cache<i32, BinaryObjectBuilder> = fresh_cache(&client, "changing").await;
    let builder = BinaryObjectBuilder::new(&type_name);
    cache.put(&1, &builder.clone().set("age", 1)).await.unwrap();

    let refused = cache.put(&2, &builder.clone().set("age", "one")).await;

    let Err(Error::TypeConflict(conflict)) = &refused else {
        panic!("{refused:?}")
    };
    assert!(
        matches!(&**conflict, TypeConflict::Field { field, .. } if field == "age"),
        "{conflict}"
    );
    assert!(
        conflict
            .to_string()
            .contains("is an int and cannot become a String"),
        "{conflict}"
    );
    cache.put(&2, &builder.set("age", 2)).await.unwrap();
}

/// As Java declares it: a field of the type `List` has the code of any object.
pub(crate) async fn a_list_goes_where_an_object_is_declared(client: Client) {
    let type_name = fresh_type("Declared");
    let declared = |name: &str| portway_ignite::protocol::BinaryField {
        name: name.to_owned(),
        type_code: 103,
        id: java::field_id(name),
    };
    let fields = vec![declared("all"), declared("map")];
    let mut known = BinaryType::new(&type_name, None, fields);
    known.schemas.clear();
    client.register_binary_type(&known).await.unwrap();
    let cache: Cache<i32, BinaryObjectBuilder> = fresh_cache(&client, "declared").await;

    let builder = BinaryObjectBuilder::new(&type_name)
        .set("all", vec!["x"])
        .set("map", BTreeMap::from([(1, 2)]));
    cache.put(&1, &builder).await.unwrap();

    let read = cache.get(&1).await.unwrap().unwrap();
    assert_eq!(read.get("all").unwrap(), Some(vec!["x".to_owned()]));
}

pub(crate) async fn an_enumeration_of_run_time_is_registered(client: Client) {
    let type_name = fresh_type("Enumeration");
    let members = vec![("ONE".to_owned(), 1), ("TWO".to_owned(), 2)];
    let enumeration = BinaryType::enumeration(&type_name, members);
    client.register_binary_type(&enumeration).await.unwrap();
    let known = client.binary_type(&type_name).await.unwrap().unwrap();
    assert_eq!(known.member(2), Some("TWO"));

    let cache: Cache<i32, Value> = fresh_cache(&client, "run-time-enums").await;
    let two = Value::Enum {
        enumeration: TypeReference::Id(known.id),
        ordinal: 2,
    };
    cache.put(&1, &two).await.unwrap();
    // Apache Ignite answers a member in its binary form.
    let read = cache.get(&1).await.unwrap().unwrap();
    assert!(
        matches!(
            &read,
            Value::Enum { enumeration: TypeReference::Id(id), ordinal: 2 }
            | Value::BinaryEnum { enumeration: TypeReference::Id(id), ordinal: 2 }
            if *id == known.id
        ),
        "{read:?}"
    );
}

pub(crate) async fn what_cannot_be_written_is_refused_before_it_is_sent(client: Client) {
    let cache: Cache<i32, char> = fresh_cache(&client, "characters").await;

    let refused = cache.put(&1, &'𝄞').await;

    assert!(matches!(refused, Err(Error::Encode { .. })), "{refused:?}");
    assert_eq!(cache.size().await.unwrap(), 0);
}
