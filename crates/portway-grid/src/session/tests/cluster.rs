//! Types, partitions and the cluster.

use super::*;

#[test]
fn metadata_of_a_type_is_merged_and_a_changed_field_refused() {
    let mut peer = Peer::latest();
    let field = |name: &str, type_code| BinaryField {
        name: name.to_owned(),
        type_code,
        id: portway_ignite_protocol::java::field_id(name),
    };
    let narrow = BinaryType::new("Point", None, vec![field("x", 3)]);
    let wide = BinaryType::new("Point", None, vec![field("x", 3), field("y", 3)]);
    let other = BinaryType::new("Point", None, vec![field("x", 9)]);
    let id = narrow.id;
    assert_eq!(
        peer.ask::<Option<BinaryType>>(&Request::BinaryType(id))
            .unwrap(),
        None
    );
    peer.ask::<()>(&Request::PutBinaryType(narrow)).unwrap();
    peer.ask::<()>(&Request::PutBinaryType(wide)).unwrap();
    let error = peer.ask::<()>(&Request::PutBinaryType(other)).unwrap_err();
    assert_eq!(error.status, Status::FAILED);
    let begins = format!(
        "Type 'Point' with typeId {id} has a different/incorrect type for field 'x'. Expected 'int' \
         but 'String' was provided."
    );
    assert!(error.message.starts_with(&begins), "{}", error.message);
    let known = peer
        .ask::<Option<BinaryType>>(&Request::BinaryType(id))
        .unwrap()
        .unwrap();
    assert_eq!((known.fields.len(), known.schemas.len()), (2, 2));
}

#[test]
fn the_first_class_name_of_a_type_id_stays() {
    let mut peer = Peer::latest();
    let put = |name: &str| Request::PutTypeName((Platform::Java, (5, name.to_owned())));
    assert!(peer.ask::<bool>(&put("a.B")).unwrap());
    assert!(peer.ask::<bool>(&put("a.B")).unwrap());
    let refused = peer.ask::<bool>(&put("a.C")).unwrap_err().to_string();
    assert!(refused.contains("oldCls=a.B, newCls=a.C"), "{refused}");
    let name = peer
        .ask::<String>(&Request::TypeName((Platform::Java, 5)))
        .unwrap();
    assert_eq!(name, "a.B");
    assert_eq!(
        peer.status(&Request::TypeName((Platform::DotNet, 5))),
        Status::FAILED
    );
}

#[test]
fn the_one_node_owns_every_partition_and_tells_where_it_is() {
    let (mut peer, header) = Peer::with_cache("A");
    let request = CachePartitionsRequest {
        custom_mappings: false,
        caches: vec![header.cache, CacheId::of("none")],
        data_center: None,
    };
    let partitions = peer
        .ask::<CachePartitions>(&Request::CachePartitions(request))
        .unwrap();
    let [PartitionGroup::Mapped { caches, nodes, .. }] = &partitions.groups[..] else {
        panic!("one group of mapped caches expected: {partitions:?}");
    };
    assert_eq!(caches.len(), 1);
    assert_eq!((nodes.len(), nodes[0].partitions.len()), (1, 1024));

    let request = NodeEndpointsRequest {
        from_topology: -1,
        to_topology: -1,
    };
    let endpoints = peer
        .ask::<NodeEndpoints>(&Request::NodeEndpoints(request))
        .unwrap();
    assert_eq!(endpoints.added[0].port, 10800);
    assert_eq!(endpoints.added[0].addresses, ["127.0.0.1"]);
    let known = NodeEndpointsRequest {
        from_topology: endpoints.topology,
        to_topology: -1,
    };
    let endpoints = peer
        .ask::<NodeEndpoints>(&Request::NodeEndpoints(known))
        .unwrap();
    assert_eq!(endpoints.added, []);
}

#[test]
fn the_cluster_is_one_active_server() {
    let mut peer = Peer::latest();
    assert_eq!(
        peer.ask::<ClusterState>(&Request::ClusterState(()))
            .unwrap(),
        ClusterState::Active
    );
    let nodes_of = |projection| {
        Request::NodeIds(NodeIdsRequest {
            known_topology: -1,
            projection,
        })
    };
    let servers = peer
        .ask::<NodeIds>(&nodes_of(vec![Projection::ServerNodes(true)]))
        .unwrap();
    let NodeIds::Changed { nodes, .. } = servers else {
        panic!("the client knows nothing yet")
    };
    assert_eq!(nodes, [NodeId(host().node)]);
    let clients = peer
        .ask::<NodeIds>(&nodes_of(vec![Projection::ServerNodes(false)]))
        .unwrap();
    assert!(matches!(clients, NodeIds::Changed { nodes, .. } if nodes.is_empty()));
    let details = peer
        .ask::<Vec<NodeDetails>>(&Request::NodeDetails(nodes))
        .unwrap();
    assert!(details[0].local);
}

#[test]
fn a_client_that_knows_no_force_deactivates_by_force() {
    let features = [Feature::ClusterStates].into_iter().collect();
    let mut peer = Peer::new(Version::LATEST, features);
    peer.ask::<()>(&Request::CreateCacheWithName("A".to_owned()))
        .unwrap();
    let change = Request::ChangeClusterState(portway_ignite_protocol::ChangeClusterState {
        state: ClusterState::Inactive,
        force: false,
    });
    peer.ask::<()>(&change).unwrap();
    let state = peer.ask::<ClusterState>(&Request::ClusterState(()));
    assert_eq!(state.unwrap(), ClusterState::Inactive);
}
