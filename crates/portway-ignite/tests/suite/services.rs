use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portway_ignite::{Client, Error, Status};
use uuid::Uuid;

const SINGLE: &str = "portway.single";
const EVERYWHERE: &str = "portway.everywhere";

pub(crate) async fn a_method_is_given_arguments_of_many_types(client: Client) {
    let service = client.service(EVERYWHERE);
    let text: String = service.invoke("echo", ("ping",)).await.unwrap();
    assert_eq!(text, "ping");
    let id = Uuid::from_u128(7);
    let described: String = service
        .invoke("describe", ("ada", 36, true, 1.5, id))
        .await
        .unwrap();
    assert_eq!(described, format!("ada/36/true/1.5/{id}"));
    let sum: i32 = service.invoke("sum", (vec![1, 2, 3],)).await.unwrap();
    assert_eq!(sum, 6);
    let list = vec!["a".to_owned(), "b".to_owned()];
    let back: Vec<String> = service.invoke("list", (&list,)).await.unwrap();
    assert_eq!(back, list);
    let map = BTreeMap::from([("one".to_owned(), 1), ("two".to_owned(), 2)]);
    let back: BTreeMap<String, i32> = service.invoke("map", (&map,)).await.unwrap();
    assert_eq!(back, map);
    let nothing: Option<i32> = service.invoke("any", (None::<i32>,)).await.unwrap();
    assert_eq!(nothing, None);
}

pub(crate) async fn of_methods_with_one_name_the_types_choose(client: Client) {
    let service = client.service(EVERYWHERE);
    let by_value: String = service.invoke("overloaded", ("text",)).await.unwrap();
    assert_eq!(by_value, "string");
    let ambiguous = service
        .invoke::<String>("overloaded", (None::<String>,))
        .await
        .unwrap_err();
    assert_eq!(ambiguous.status(), Some(Status::FAILED), "{ambiguous}");
    for (class, expected) in [
        ("java.lang.String", "string"),
        ("java.lang.Integer", "integer"),
    ] {
        let chosen: String = service
            .invoke_typed("overloaded", &[class], (None::<i32>,))
            .await
            .unwrap();
        assert_eq!(chosen, expected);
    }
    let types = [
        "java.lang.String",
        "int",
        "boolean",
        "double",
        "java.util.UUID",
    ];
    let arguments = ("ada", 36, true, 1.5, Uuid::nil());
    let described: String = service
        .invoke_typed("describe", &types, arguments)
        .await
        .unwrap();
    assert!(described.starts_with("ada/36"), "{described}");
    let sum: i32 = service
        .invoke_typed("sum", &["int[]"], (vec![1, 2],))
        .await
        .unwrap();
    assert_eq!(sum, 3);
    let list: Vec<i32> = service
        .invoke_typed(
            "list",
            &["java.util.List"],
            (portway_ignite::AsList(vec![5]),),
        )
        .await
        .unwrap();
    assert_eq!(list, [5]);
}

pub(crate) async fn a_call_brings_its_attributes(client: Client) {
    let plain = client.service(EVERYWHERE);
    let absent: Option<String> = plain.invoke("attribute", ("tenant",)).await.unwrap();
    assert_eq!(absent, None);
    let service = plain
        .call_context("tenant", "blue")
        .call_context("user", "ada");
    let tenant: String = service.invoke("attribute", ("tenant",)).await.unwrap();
    let user: String = service.invoke("attribute", ("user",)).await.unwrap();
    assert_eq!((tenant.as_str(), user.as_str()), ("blue", "ada"));
    assert!(!format!("{service:?}").contains("blue"));
}

pub(crate) async fn a_method_that_throws_says_why(client: Client) {
    let service = client.service(SINGLE);
    let failed = service
        .invoke::<()>("fail", ("no rates today",))
        .await
        .unwrap_err();
    assert!(failed.to_string().contains("no rates today"), "{failed}");
    let unknown = service.invoke::<()>("missing", ()).await.unwrap_err();
    assert_eq!(unknown.status(), Some(Status::FAILED), "{unknown}");
    let nobody = client
        .service("nobody")
        .invoke::<()>("echo", ("x",))
        .await
        .unwrap_err();
    assert!(nobody.to_string().contains("not found"), "{nobody}");
}

pub(crate) async fn what_is_wrong_with_a_call_is_told_in_the_same_words(client: Client) {
    let service = client.service(EVERYWHERE);
    let class = "in class class portway.test.Echo";
    let missing = service.invoke::<()>("missing", ()).await;
    tells(
        missing,
        &format!("Could not find proxy method 'missing' {class}"),
    );
    let one_too_many = service.invoke::<()>("echo", ("a", "b")).await;
    tells(
        one_too_many,
        &format!("Could not find proxy method 'echo' {class}"),
    );
    let of_none = service.invoke::<()>("overloaded", (1.5,)).await;
    tells(
        of_none,
        &format!("Could not find proxy method 'overloaded' {class}"),
    );
    let of_both = service.invoke::<()>("overloaded", (None::<i32>,)).await;
    tells(
        of_both,
        &format!("Ambiguous proxy method 'overloaded' {class}"),
    );
    let mismatch = service.invoke::<()>("echo", (4,)).await;
    tells(mismatch, "argument type mismatch");
    let null = service.invoke::<()>("sleep", (None::<i64>,)).await;
    tells(null, "");
    let mismatch = service.invoke_typed::<()>("overloaded", &["java.lang.String"], (1_i64,));
    tells(mismatch.await, "argument type mismatch");
    let unnamed = client.service("").invoke::<()>("echo", ("x",)).await;
    tells(unnamed, "Service name can't be empty");
    tells(
        service.invoke::<()>("", ()).await,
        "Method name can't be empty",
    );
    let elsewhere = service.on_nodes([Uuid::from_u128(1)]);
    let elsewhere = elsewhere.timeout(Duration::from_millis(100));
    let nowhere = elsewhere.invoke::<()>("echo", ("x",)).await;
    tells(
        nowhere,
        &format!("Failed to find deployed service: {EVERYWHERE}"),
    );
    let widened: i64 = client
        .service(EVERYWHERE)
        .invoke("sleep", (1_i32,))
        .await
        .unwrap();
    assert_eq!(widened, 1);
    let proxy: String = client.service(SINGLE).invoke("toString", ()).await.unwrap();
    assert_eq!(
        proxy,
        format!("GridServiceProxy [name={SINGLE}, sticky=false]")
    );
}

fn tells<T: std::fmt::Debug>(answer: Result<T, Error>, words: &str) {
    match answer {
        Err(Error::Server { error, .. }) => assert_eq!(error.message, words),
        other => panic!("{words} is expected: {other:?}"),
    }
}

pub(crate) async fn a_call_goes_to_the_nodes_it_is_told(client: Client) {
    let nodes = client.service(EVERYWHERE).nodes().await.unwrap();
    for node in &nodes {
        let service = client.service(EVERYWHERE).on_nodes([*node]);
        let ran: Uuid = service.invoke("node", ()).await.unwrap();
        assert_eq!(ran, *node);
    }
    let single = client.service(SINGLE).nodes().await.unwrap();
    assert_eq!(single.len(), 1);
    let ran: Uuid = client.service(SINGLE).invoke("node", ()).await.unwrap();
    assert_eq!(ran, single[0]);
    let everywhere: BTreeSet<_> = nodes.iter().collect();
    assert!(everywhere.contains(&single[0]));
}

pub(crate) async fn services_are_described(client: Client) {
    let all = client.service_descriptors().await.unwrap();
    let names: BTreeSet<_> = all.iter().map(|service| service.name.as_str()).collect();
    assert!(
        names.is_superset(&BTreeSet::from([SINGLE, EVERYWHERE])),
        "{names:?}"
    );
    let single = client.service(SINGLE).descriptor().await.unwrap();
    assert_eq!(single.class, "portway.test.Echo");
    assert_eq!((single.total_count, single.per_node_count), (1, 1));
    assert!(client.service("nobody").descriptor().await.is_err());
}

pub(crate) async fn a_call_that_takes_too_long_is_given_up(client: Client) {
    let service = client.service(EVERYWHERE);
    let sleeping = service.invoke::<i64>("sleep", (600_000_i64,));
    let limit = Duration::from_millis(100);
    assert!(tokio::time::timeout(limit, sleeping).await.is_err());
    // The connection is as good as before.
    let text: String = service.invoke("echo", ("ping",)).await.unwrap();
    assert_eq!(text, "ping");
    let soon = client
        .service("nobody")
        .timeout(limit)
        .invoke::<()>("echo", ())
        .await;
    assert!(matches!(soon, Err(Error::Server { .. })));
}
