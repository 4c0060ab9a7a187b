use std::collections::BTreeSet;

use portway_ignite::{Client, ClusterNode, ClusterState, Error};
use uuid::Uuid;

pub(crate) async fn the_cluster_is_active_and_has_servers(client: Client) {
    let cluster = client.cluster();
    assert_eq!(cluster.state().await.unwrap(), ClusterState::Active);
    let nodes = cluster.servers().nodes().await.unwrap();
    assert!(!nodes.is_empty());
    for node in &nodes {
        assert!(!node.is_client);
        assert!(node.consistent_id.starts_with("node"), "{node:?}");
        assert!(node.version.starts_with("2.1"), "{node:?}");
        assert!(node.addresses.iter().any(|address| address == "127.0.0.1"));
        let name: Option<String> = node.attribute("portway.name").unwrap();
        assert_eq!(name.as_ref(), Some(&node.consistent_id));
        assert_eq!(node.attribute::<String>("no.such").unwrap(), None);
        assert!(node.attribute::<i32>("portway.name").is_err());
    }
    assert_eq!(nodes.iter().filter(|node| node.is_local).count(), 1);
    assert!(cluster.group().clients().ids().await.unwrap().is_empty());
}

pub(crate) async fn a_group_has_the_nodes_with_an_attribute(client: Client) {
    let all = client.cluster().nodes().await.unwrap();
    for node in &all {
        let name = node.consistent_id.as_str();
        let group = client
            .cluster()
            .servers()
            .with_attribute("portway.name", name);
        assert_eq!(group.ids().await.unwrap(), [node.id]);
        let task = "portway.test.NodesTask";
        let ran: Vec<Uuid> = group
            .compute()
            .await
            .unwrap()
            .execute(task, &())
            .await
            .unwrap();
        assert_eq!(ran, [node.id]);
    }
    let servers = client
        .cluster()
        .group()
        .with_attribute("portway.role", "server");
    let ids: BTreeSet<_> = servers.ids().await.unwrap().into_iter().collect();
    assert_eq!(ids, all.iter().map(|node| node.id).collect());
    let nobody = client
        .cluster()
        .group()
        .with_attribute("portway.role", "cook");
    assert!(nobody.ids().await.unwrap().is_empty());
    assert!(matches!(nobody.compute().await, Err(Error::NoSuchNode)));
}

pub(crate) async fn a_data_center_has_the_nodes_that_belong_to_it(client: Client) {
    let cluster = client.cluster();
    let east = cluster.group().in_data_center("east").ids().await;
    let is_old = |node: &ClusterNode| node.version.starts_with("2.17");
    let nodes = cluster.servers().nodes().await.unwrap();
    if nodes.iter().any(is_old) {
        assert!(matches!(east, Err(Error::Unsupported { .. })), "{east:?}");
        return;
    }
    let told = |node: &&ClusterNode| {
        let id: Option<String> = node.attribute("org.apache.ignite.datacenter.id").unwrap();
        id.as_deref() == Some("east")
    };
    let expected: BTreeSet<_> = nodes.iter().filter(told).map(|node| node.id).collect();
    assert_eq!(east.unwrap().into_iter().collect::<BTreeSet<_>>(), expected);
}

pub(crate) async fn every_node_tells_where_it_listens(client: Client) {
    let endpoints = client.cluster().endpoints().await.unwrap();
    let nodes = client.cluster().servers().ids().await.unwrap();
    let told: BTreeSet<_> = endpoints
        .added
        .iter()
        .map(|endpoint| endpoint.node.0)
        .collect();
    assert_eq!(told, nodes.into_iter().collect());
}

pub(crate) async fn the_log_is_that_of_caches_on_disk(client: Client) {
    let cache = crate::suite::fresh_cache::<i32, i32>(&client, "log").await;
    let cluster = client.cluster();
    if !cluster.write_ahead_log(cache.name()).await.unwrap() {
        let error = cluster.disable_write_ahead_log(cache.name()).await;
        assert!(matches!(error, Err(Error::Server { .. })), "{error:?}");
        return;
    }
    assert!(cluster.disable_write_ahead_log(cache.name()).await.unwrap());
    assert!(!cluster.disable_write_ahead_log(cache.name()).await.unwrap());
    assert!(!cluster.write_ahead_log(cache.name()).await.unwrap());
    assert!(cluster.enable_write_ahead_log(cache.name()).await.unwrap());
    assert!(cluster.write_ahead_log(cache.name()).await.unwrap());
}

/// Only where no other test runs at the same time.
pub(crate) async fn the_state_is_changed_and_back(client: Client) {
    if std::env::var_os("PORTWAY_TEST_IGNITE_ALONE").is_none() {
        return;
    }
    let cache = crate::suite::fresh_cache::<i32, i32>(&client, "state").await;
    let cluster = client.cluster();
    cluster
        .change_state(ClusterState::ActiveReadOnly)
        .await
        .unwrap();
    assert_eq!(cluster.state().await.unwrap(), ClusterState::ActiveReadOnly);
    assert!(cache.put(&1, &1).await.is_err());
    assert_eq!(cache.get(&1).await.unwrap(), None);
    cluster.change_state(ClusterState::Active).await.unwrap();
    cache.put(&1, &1).await.unwrap();
    cluster.force_state(ClusterState::Inactive).await.unwrap();
    assert_eq!(cluster.state().await.unwrap(), ClusterState::Inactive);
    cluster.change_state(ClusterState::Active).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), Some(1), "it was on disk");
}
