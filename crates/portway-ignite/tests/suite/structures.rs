use std::collections::BTreeSet;

use portway_ignite::{AtomicLongOptions, Client, IgniteObject, IgniteSet, SetOptions, Status};

fn unique(subject: &str) -> String {
    format!("{subject}-{}", uuid::Uuid::new_v4())
}

pub(crate) async fn a_number_is_changed_by_each_operation(client: Client) {
    let name = unique("number");
    let options = AtomicLongOptions::new().initial(10);
    let number = client.atomic_long(&name, options).await.unwrap();
    assert_eq!(number.get().await.unwrap(), 10);
    assert_eq!(number.add_and_get(5).await.unwrap(), 15);
    assert_eq!(number.get_and_add(1).await.unwrap(), 15);
    assert_eq!(number.increment_and_get().await.unwrap(), 17);
    assert_eq!(number.decrement_and_get().await.unwrap(), 16);
    assert_eq!(number.get_and_set(i64::MAX).await.unwrap(), 16);
    assert_eq!(number.add_and_get(1).await.unwrap(), i64::MIN);
    assert!(number.compare_and_set(i64::MIN, 1).await.unwrap());
    assert!(!number.compare_and_set(7, 2).await.unwrap());
    assert_eq!(number.compare_and_exchange(1, 3).await.unwrap(), 1);
    assert_eq!(number.compare_and_exchange(1, 4).await.unwrap(), 3);
    assert_eq!(number.get().await.unwrap(), 3);
}

pub(crate) async fn a_number_is_shared_and_removed_for_all(client: Client) {
    let name = unique("shared");
    let options = AtomicLongOptions::new;
    assert!(
        client
            .existing_atomic_long(&name, options())
            .await
            .unwrap()
            .is_none()
    );
    let number = client.atomic_long(&name, options()).await.unwrap();
    let again = client
        .atomic_long(&name, options().initial(99))
        .await
        .unwrap();
    number.add_and_get(1).await.unwrap();
    assert_eq!(again.get().await.unwrap(), 1);
    assert!(
        client
            .existing_atomic_long(&name, options())
            .await
            .unwrap()
            .is_some()
    );
    again.remove().await.unwrap();
    assert!(!number.exists().await.unwrap());
    let error = number.get().await.unwrap_err();
    assert_eq!(
        error.status(),
        Some(Status::RESOURCE_DOES_NOT_EXIST),
        "{error}"
    );
}

pub(crate) async fn many_tasks_count_without_losing_one(client: Client) {
    let group = unique("group");
    let options = AtomicLongOptions::new().group(&group).backups(1);
    let number = client.atomic_long(&unique("count"), options).await.unwrap();
    let tasks = (0..8).map(|_| {
        let number = number.clone();
        tokio::spawn(async move {
            for _ in 0..25 {
                number.increment_and_get().await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(number.get().await.unwrap(), 200);
}

pub(crate) async fn a_set_has_each_value_once(client: Client) {
    for options in [SetOptions::new(), SetOptions::new().collocated()] {
        let set: IgniteSet<String> = client.set(&unique("set"), options).await.unwrap();
        assert!(set.add("a").await.unwrap());
        assert!(!set.add("a").await.unwrap());
        assert!(set.add_all(["a", "b", "c", "d"]).await.unwrap());
        assert_eq!(set.len().await.unwrap(), 4);
        assert!(set.contains("b").await.unwrap());
        assert!(!set.contains("x").await.unwrap());
        assert!(set.contains_all(["a", "d"]).await.unwrap());
        assert!(!set.contains_all(["a", "x"]).await.unwrap());
        assert!(set.remove("a").await.unwrap());
        assert!(!set.remove("a").await.unwrap());
        assert!(set.remove_all(["b", "x"]).await.unwrap());
        assert!(set.retain_all(["c"]).await.unwrap());
        assert!(!set.retain_all(["c"]).await.unwrap());
        let left: Vec<String> = set.values().await.unwrap().collect().await.unwrap();
        assert_eq!(left, ["c"]);
        set.clear().await.unwrap();
        assert!(set.is_empty().await.unwrap());
    }
}

pub(crate) async fn a_walk_pages_through_a_set(client: Client) {
    let options = SetOptions::new().transactional();
    let set: IgniteSet<i64> = client.set(&unique("pages"), options).await.unwrap();
    let all: Vec<i64> = (0..3000).collect();
    set.add_all(&all).await.unwrap();
    let seen: BTreeSet<i64> = set.values().await.unwrap().collect().await.unwrap();
    assert_eq!(seen, all.into_iter().collect());
    // A walk that is not walked to its end.
    let mut walk = set.values().await.unwrap();
    assert!(walk.next().await.is_some());
    drop(walk);
    assert_eq!(set.len().await.unwrap(), 3000);
}

pub(crate) async fn objects_are_values_of_a_set(client: Client) {
    #[derive(IgniteObject, Debug, PartialEq)]
    #[ignite(type_name = "portway.test.Seat")]
    struct Seat {
        row: i32,
        place: String,
    }
    let seat = |row| Seat {
        row,
        place: "a".to_owned(),
    };
    let set: IgniteSet<Seat> = client
        .set(&unique("seats"), SetOptions::new())
        .await
        .unwrap();
    assert!(set.add(&seat(1)).await.unwrap());
    assert!(!set.add(&seat(1)).await.unwrap());
    assert!(set.contains(&seat(1)).await.unwrap());
    let all: Vec<Seat> = set.values().await.unwrap().collect().await.unwrap();
    assert_eq!(all, [seat(1)]);
}

pub(crate) async fn a_set_is_found_and_removed_for_all(client: Client) {
    let name = unique("found");
    assert!(client.existing_set::<i32>(&name).await.unwrap().is_none());
    let set: IgniteSet<i32> = client.set(&name, SetOptions::new()).await.unwrap();
    set.add(&1).await.unwrap();
    // Only the sets of the default group are found without their options.
    let again: IgniteSet<i32> = client.set(&name, SetOptions::new()).await.unwrap();
    assert!(again.contains(&1).await.unwrap());
    again.destroy().await.unwrap();
    assert!(!set.exists().await.unwrap());
    let error = set.add(&2).await.unwrap_err();
    assert_eq!(
        error.status(),
        Some(Status::RESOURCE_DOES_NOT_EXIST),
        "{error}"
    );
}

pub(crate) async fn sets_of_one_name_are_as_many_as_their_options(client: Client) {
    let (name, group) = (unique("same"), unique("group"));
    let options = || SetOptions::new().group(&group);
    let first: IgniteSet<i32> = client.set(&name, options()).await.unwrap();
    let second = options().transactional();
    let second: IgniteSet<i32> = client.set(&name, second).await.unwrap();
    first.add(&1).await.unwrap();
    assert!(!second.contains(&1).await.unwrap());
    let refused = client.set::<i32>(&name, options().collocated()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("newCollocated=true, existingCollocated=false]"),
        "{refused}"
    );
    let refused = client.set::<i32>(&name, options().backups(0)).await;
    let refused = refused.unwrap_err().to_string();
    let cache = format!(
        "startingCache=datastructures_ATOMIC_PARTITIONED_0@{group}#SET_{name}, startingBackups=0]"
    );
    assert!(refused.contains(&cache), "{refused}");
}

pub(crate) async fn a_number_and_a_set_of_a_group_have_different_names(client: Client) {
    let (name, group) = (unique("either"), unique("group"));
    let options = || AtomicLongOptions::new().group(&group).backups(1);
    let number = client.atomic_long(&name, options()).await.unwrap();
    let in_group = SetOptions::new().group(&group);
    let refused = client.set::<i32>(&name, in_group).await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("newType=SET, existingType=ATOMIC_LONG]"),
        "{refused}"
    );
    number.remove().await.unwrap();
    let in_group = SetOptions::new().group(&group);
    client.set::<i32>(&name, in_group).await.unwrap();
    let refused = client.existing_atomic_long(&name, options()).await;
    let refused = refused.err().map(|error| error.to_string());
    let refused = refused.unwrap_or_default();
    assert!(
        refused.contains("newType=ATOMIC_LONG, existingType=SET]"),
        "{refused}"
    );
}
