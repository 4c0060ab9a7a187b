use portway_ignite::{
    Address, AtomicityMode, CacheConfiguration, Client, ClusterState, ConnectionState, QueryEntity,
    QueryField, Status,
};

use super::destroy_after_test;

/// A name that nothing else has. A cache of this name is destroyed after the test.
fn unique(subject: &str) -> String {
    let name = format!("{subject}-{}", uuid::Uuid::new_v4());
    destroy_after_test(&name);
    name
}

pub(crate) async fn a_cache_is_made_named_read_and_destroyed(client: Client) {
    let name = unique("managed");
    let mut configuration = CacheConfiguration::new(&name);
    configuration.atomicity = AtomicityMode::Transactional;
    configuration.backups = 1;
    let cache = client
        .get_or_create_cache::<i32, i32>(configuration.clone())
        .await
        .unwrap();
    client
        .get_or_create_cache::<i32, i32>(configuration)
        .await
        .unwrap();
    assert!(client.cache_names().await.unwrap().contains(&name));
    let stored = client.cache_configuration(&name).await.unwrap();
    assert_eq!(stored.name, name);
    assert_eq!(stored.atomicity, AtomicityMode::Transactional);
    assert_eq!(stored.backups, 1);
    client.destroy_cache(&name).await.unwrap();
    assert!(!client.cache_names().await.unwrap().contains(&name));
    let error = cache.get(&1).await.unwrap_err();
    assert_eq!(
        error.status(),
        Some(Status::CACHE_DOES_NOT_EXIST),
        "{error}"
    );
}

pub(crate) async fn a_second_cache_of_one_name_is_refused(client: Client) {
    let configuration = CacheConfiguration::new(unique("twice"));
    client
        .create_cache::<i32, i32>(configuration.clone())
        .await
        .unwrap();
    let error = client
        .create_cache::<i32, i32>(configuration)
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(Status::CACHE_EXISTS), "{error}");
}

pub(crate) async fn an_unknown_cache_is_named_by_its_status(client: Client) {
    let name = unique("unknown");
    let error = client
        .cache::<i32, i32>(&name)
        .put(&1, &1)
        .await
        .unwrap_err();
    assert_eq!(
        error.status(),
        Some(Status::CACHE_DOES_NOT_EXIST),
        "{error}"
    );
    // A node names it by a number.
    assert!(error.to_string().contains(&name), "{error}");
    let refusals = [
        client.destroy_cache(&name).await.unwrap_err(),
        client.cache_configuration(&name).await.unwrap_err(),
    ];
    for error in refusals {
        assert!(error.to_string().contains(&name), "{error}");
    }
}

pub(crate) async fn the_cluster_is_active(client: Client) {
    assert_eq!(client.cluster_state().await.unwrap(), ClusterState::Active);
    let endpoints = client.node_endpoints().await.unwrap();
    let state = client.connection_state().borrow().clone();
    let ConnectionState::Connected { address, node } = state else {
        panic!("{state:?}")
    };
    assert!(node.is_some());
    // A grid that listens only on a Unix socket has no endpoint to tell.
    let over_tcp = matches!(address, Address::Tcp { .. });
    assert_eq!(over_tcp, !endpoints.added.is_empty());
}

pub(crate) async fn a_configuration_is_stored_with_its_query_entities(client: Client) {
    let name = unique("entities");
    let mut configuration = CacheConfiguration::new(&name);
    configuration.query_entities = vec![QueryEntity {
        key_type: Some("java.lang.String".to_owned()),
        value_type: Some("example.Peer".to_owned()),
        table: Some("PEER".to_owned()),
        fields: vec![QueryField::new("name", "java.lang.String")],
        ..QueryEntity::default()
    }];
    client
        .create_cache::<String, String>(configuration)
        .await
        .unwrap();
    let stored = client.cache_configuration(&name).await.unwrap();
    let entity = &stored.query_entities[0];
    assert_eq!(entity.table.as_deref(), Some("PEER"));
    assert_eq!(entity.value_type.as_deref(), Some("example.Peer"));
    assert!(entity.fields.iter().any(|field| field.name == "name"));
}

pub(crate) async fn a_cache_is_made_by_its_name_alone(client: Client) {
    let name = unique("named");
    let cache = client.create_cache_with_name::<i32, i32>(&name).await;
    cache.unwrap().put(&1, &1).await.unwrap();
    let again = client.create_cache_with_name::<i32, i32>(&name).await;
    let error = again.unwrap_err();
    assert_eq!(error.status(), Some(Status::CACHE_EXISTS), "{error}");
    let cache = client
        .get_or_create_cache_with_name::<i32, i32>(&name)
        .await;
    assert_eq!(cache.unwrap().get(&1).await.unwrap(), Some(1));
}
