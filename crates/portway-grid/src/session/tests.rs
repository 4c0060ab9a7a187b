//! Sessions driven by bytes, without a socket.

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::{
    BinaryConfiguration, BinaryField, BinaryType, CacheHeader, CacheId, CachePartitions,
    CachePartitionsRequest, ChangeClusterState, ClusterState, ContinuousQueryRequest, Credentials,
    Cursor, Entry, Feature, Features, HandshakeRequest, HandshakeResponse, Incoming,
    KeyValueAction, KeyValueRequest, Layout, NodeDetails, NodeEndpoints, NodeEndpointsRequest,
    NodeId, NodeIds, NodeIdsRequest, PartitionGroup, Platform, Projection, RawValue, RemoteFilter,
    ResourceId, ScanRequest, TypeConflict, Version, Writer, decode_body, encode_request,
    split_frame,
};

use super::*;
use crate::engine::{EngineLimits, NoJournal, Table};

const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 20,
    caches: 100,
    resources_per_connection: 2,
};

fn host() -> Host {
    Host {
        node: Uuid::from_u128(7),
        idle_timeout: None,
        durable: false,
        answer_bytes: 8192,
    }
}

/// A session and the engine behind it.
struct Peer {
    engine: Engine,
    host: Host,
    session: Session,
    /// What the last answer said of the topology.
    topology: Option<TopologyVersion>,
}

impl Peer {
    fn new(version: Version, features: Features) -> Self {
        let engine = Engine::new(Table::default(), Box::new(NoJournal), LIMITS).unwrap();
        let request = HandshakeRequest::new(version, features);
        let endpoint = Some("127.0.0.1:10800".parse().unwrap());
        let payload = unframed(request.to_frame().unwrap());
        let Greeting::Accepted { session, .. } = greet(&payload, &host(), None, endpoint).unwrap()
        else {
            panic!("the handshake was refused");
        };
        Self {
            engine,
            host: host(),
            session,
            topology: None,
        }
    }

    fn latest() -> Self {
        Self::new(Version::LATEST, Features::SUPPORTED)
    }

    fn with_cache(name: &str) -> (Self, CacheHeader) {
        let mut peer = Self::latest();
        peer.ask::<()>(&Request::CreateCacheWithName(name.to_owned()))
            .unwrap();
        (peer, CacheHeader::new(CacheId::of(name)))
    }

    fn ask<T: Layout>(&mut self, request: &Request) -> Result<T, ServerError> {
        let frame = encode_request(request, 42, self.session.dialect()).unwrap();
        let incoming = self.session.decode(&unframed(frame)).unwrap();
        self.answered(incoming)
    }

    fn answered<T: Layout>(&mut self, incoming: IncomingRequest) -> Result<T, ServerError> {
        let answer = self
            .session
            .answer(incoming, &mut self.engine, &self.host, 1000);
        let dialect = self.session.dialect();
        let (incoming, body) = Incoming::from_payload(&unframed(answer.frame), dialect).unwrap();
        let Incoming::Response(header) = incoming else {
            panic!("an answer is no notification")
        };
        assert_eq!(header.request_id, 42);
        assert_eq!(header.error.is_some(), answer.failed);
        self.topology = header.topology;
        match header.error {
            Some(error) => Err(error),
            None => Ok(decode_body(&body, dialect).unwrap()),
        }
    }

    fn status(&mut self, request: Request) -> Status {
        self.ask::<Body>(&request).unwrap_err().status
    }

    fn key_value<T: Layout>(
        &mut self,
        header: CacheHeader,
        action: KeyValueAction,
    ) -> Result<T, ServerError> {
        self.ask(&Request::KeyValue(KeyValueRequest { header, action }))
    }

    fn put(&mut self, header: CacheHeader, key: &RawValue, value: &RawValue) {
        let action = KeyValueAction::Put {
            key: key.clone(),
            value: value.clone(),
        };
        self.key_value::<()>(header, action).unwrap();
    }
}

fn unframed(frame: Bytes) -> Bytes {
    split_frame(&mut BytesMut::from(frame), usize::MAX)
        .unwrap()
        .unwrap()
}

fn raw(value: i32) -> RawValue {
    RawValue::encode(&value, BinaryConfiguration::default())
}

/// An object without fields; the grid never looks inside.
fn object() -> RawValue {
    let mut writer = Writer::new();
    for byte in [103, 1] {
        writer.u8(byte);
    }
    writer.i16(1);
    for number in [77, 1, 24, 0, 24] {
        writer.i32(number);
    }
    RawValue::from_bytes(&writer.into_bytes()).unwrap()
}

fn handshake(request: &HandshakeRequest, required: Option<&Credentials>) -> HandshakeResponse {
    let payload = unframed(request.to_frame().unwrap());
    let answer = match greet(&payload, &host(), required, None).unwrap() {
        Greeting::Accepted { answer, .. } | Greeting::Refused { answer } => answer,
    };
    HandshakeResponse::from_payload(&unframed(answer), request.version).unwrap()
}

#[test]
fn every_version_from_1_0_to_1_7_is_served() {
    for minor in 0..=7 {
        let version = Version {
            major: 1,
            minor,
            patch: 0,
        };
        let response = handshake(&HandshakeRequest::new(version, Features::SUPPORTED), None);
        assert!(
            matches!(response, HandshakeResponse::Accepted { .. }),
            "{version}"
        );
        let mut peer = Peer::new(version, Features::SUPPORTED);
        assert_eq!(
            peer.ask::<Vec<String>>(&Request::CacheNames(())).unwrap(),
            [] as [&str; 0]
        );
    }
}

#[test]
fn an_unknown_version_is_refused_with_the_highest_known() {
    for (major, minor) in [(1, 8), (2, 0), (0, 9)] {
        let version = Version {
            major,
            minor,
            patch: 0,
        };
        let response = handshake(&HandshakeRequest::new(version, Features::NONE), None);
        let HandshakeResponse::Refused {
            version: offered, ..
        } = response
        else {
            panic!("{version} was accepted");
        };
        assert_eq!(offered, Version::LATEST);
    }
}

#[test]
fn only_features_that_both_have_are_agreed_on() {
    let wanted = Features::NONE
        .with(Feature::Heartbeat)
        .with(Feature::ServiceInvoke);
    let response = handshake(&HandshakeRequest::new(Version::LATEST, wanted), None);
    let HandshakeResponse::Accepted { features, node } = response else {
        panic!("refused")
    };
    assert_eq!(features, Features::NONE.with(Feature::Heartbeat));
    assert_eq!(node, Some(host().node));
}

#[test]
fn user_and_password_are_both_needed_where_they_are_asked_for() {
    let required = Credentials::new("ada", "secret");
    let answer = |given: Option<Credentials>| {
        let mut request = HandshakeRequest::new(Version::LATEST, Features::NONE);
        request.credentials = given;
        match handshake(&request, Some(&required)) {
            HandshakeResponse::Accepted { .. } => None,
            HandshakeResponse::Refused { status, .. } => Some(status),
        }
    };
    assert_eq!(answer(Some(Credentials::new("ada", "secret"))), None);
    for wrong in [
        ("ada", "secreT"),
        ("ada", ""),
        ("ada", "secret1"),
        ("bob", "secret"),
    ] {
        let status = answer(Some(Credentials::new(wrong.0, wrong.1)));
        assert_eq!(status, Some(Status::AUTHENTICATION_FAILED), "{wrong:?}");
    }
    assert_eq!(answer(None), Some(Status::AUTHENTICATION_FAILED));
}

#[test]
fn what_is_no_handshake_gets_no_answer() {
    for garbage in [&b""[..], b"\x02", b"\x01\x01", b"GET / HTTP/1.1"] {
        assert!(greet(garbage, &host(), None, None).is_err(), "{garbage:?}");
    }
}

#[test]
fn the_topology_is_told_first_and_again_after_each_created_cache() {
    let mut peer = Peer::latest();
    peer.ask::<()>(&Request::Heartbeat(())).unwrap();
    let first = peer.topology.expect("the first answer tells the topology");
    peer.ask::<()>(&Request::Heartbeat(())).unwrap();
    assert_eq!(peer.topology, None);
    peer.ask::<()>(&Request::CreateCacheWithName("A".to_owned()))
        .unwrap();
    let second = peer.topology.expect("a new cache raises the version");
    assert_eq!((second.major, second.minor), (first.major, first.minor + 1));
}

#[test]
fn errors_carry_the_status_codes_of_ignite() {
    let (mut peer, header) = Peer::with_cache("A");
    let missing = CacheHeader::new(CacheId::of("B"));
    let size = KeyValueAction::Size { modes: Vec::new() };
    let size_of = |header| {
        Request::KeyValue(KeyValueRequest {
            header,
            action: size.clone(),
        })
    };
    let create = |name: &str| Request::CreateCacheWithName(name.to_owned());

    assert_eq!(peer.status(size_of(missing)), Status::CACHE_DOES_NOT_EXIST);
    assert_eq!(
        peer.status(Request::DestroyCache(missing.cache)),
        Status::CACHE_DOES_NOT_EXIST
    );
    assert_eq!(peer.status(create("A")), Status::CACHE_EXISTS);
    assert_eq!(peer.status(create("")), Status::CACHE_CONFIGURATION_INVALID);
    let unknown = Request::ResourceClose(ResourceId(99));
    assert_eq!(peer.status(unknown), Status::RESOURCE_DOES_NOT_EXIST);
    assert_eq!(
        peer.status(Request::ScanPage(ResourceId(99))),
        Status::RESOURCE_DOES_NOT_EXIST
    );
    let in_transaction = CacheHeader {
        transaction: Some(1),
        ..header
    };
    assert_eq!(
        peer.status(size_of(in_transaction)),
        Status::TRANSACTION_NOT_FOUND
    );
    let null_key = KeyValueAction::Get {
        key: RawValue::NULL,
    };
    let null_key = Request::KeyValue(KeyValueRequest {
        header,
        action: null_key,
    });
    assert_eq!(peer.status(null_key), Status::FAILED);
}

#[test]
fn an_unknown_operation_is_answered_with_status_2() {
    let mut peer = Peer::latest();
    let mut writer = Writer::new();
    writer.i16(4000);
    writer.i64(42);
    writer.bytes(b"whatever stands here");
    let incoming = peer.session.decode(&writer.into_bytes()).unwrap();
    let error = peer.answered::<Body>(incoming).unwrap_err();
    assert_eq!(error.status, Status::INVALID_OPERATION);
}

#[test]
fn cursors_and_listeners_share_one_limit_of_their_connection() {
    let (mut peer, header) = Peer::with_cache("A");
    let listen = Request::ContinuousQuery(ContinuousQueryRequest {
        header,
        page_size: 1,
        time_interval: 0,
        include_expired: true,
        filter: None,
    });
    for _ in 0..LIMITS.resources_per_connection {
        peer.ask::<ResourceId>(&listen.clone()).unwrap();
    }
    assert_eq!(peer.status(listen), Status::TOO_MANY_CURSORS);
}

#[test]
fn a_filter_is_refused_because_no_code_of_clients_runs_here() {
    let (mut peer, header) = Peer::with_cache("A");
    let filter = Some(RemoteFilter {
        object: object(),
        platform: 1,
    });
    let scan = ScanRequest {
        header,
        filter,
        page_size: 10,
        partition: -1,
        local: false,
    };
    assert_eq!(peer.status(Request::Scan(scan)), Status::FAILED);
}

#[test]
fn an_object_is_served_wrapped_and_found_again_by_its_wrapped_form() {
    let (mut peer, header) = Peer::with_cache("A");
    peer.put(header, &object(), &object());
    let get = KeyValueAction::Get { key: object() };
    let frame = {
        let request = Request::KeyValue(KeyValueRequest {
            header,
            action: get,
        });
        let frame = encode_request(&request, 42, peer.session.dialect()).unwrap();
        let incoming = peer.session.decode(&unframed(frame)).unwrap();
        peer.session
            .answer(incoming, &mut peer.engine, &peer.host, 1000)
            .frame
    };
    let mut expected = vec![27, 24, 0, 0, 0];
    expected.extend_from_slice(object().as_bytes());
    expected.extend_from_slice(&[0; 4]);
    assert!(frame.ends_with(&expected), "{frame:?}");

    let wrapped = RawValue::from_bytes(&Bytes::from(expected)).unwrap();
    let found = peer.key_value::<bool>(header, KeyValueAction::ContainsKey { key: wrapped });
    assert!(found.unwrap());
}

#[test]
fn an_answer_over_the_limit_is_an_error_instead() {
    let (mut peer, header) = Peer::with_cache("A");
    let long = RawValue::encode(&"x".repeat(5000), BinaryConfiguration::default());
    peer.put(header, &raw(1), &long);
    let twice = KeyValueAction::GetAll {
        keys: vec![raw(1), raw(1)],
    };
    let error = peer.key_value::<Vec<Entry>>(header, twice).unwrap_err();
    assert!(error.message.contains("ask for less"), "{error}");
    let once = KeyValueAction::GetAll {
        keys: vec![raw(1), raw(2)],
    };
    assert_eq!(peer.key_value::<Vec<Entry>>(header, once).unwrap().len(), 1);
}

#[test]
fn a_scan_of_one_partition_finds_the_keys_that_clients_map_there() {
    let (mut peer, header) = Peer::with_cache("A");
    for key in 0..100 {
        peer.put(header, &raw(key), &raw(key));
    }
    let partition = portway_ignite_protocol::partition(&raw(7), 1024).unwrap();
    let partition = i32::try_from(partition).unwrap();
    let scan = ScanRequest {
        header,
        filter: None,
        page_size: 100,
        partition,
        local: false,
    };
    let cursor = peer.ask::<Cursor<Entry>>(&Request::Scan(scan)).unwrap();
    assert_eq!(cursor.page.rows.len(), 1);
    assert_eq!(cursor.page.rows[0].key, raw(7));
}

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
    let conflict = TypeConflict::Field {
        type_name: "Point".to_owned(),
        field: "x".to_owned(),
        old: 3,
        new: 9,
    };
    assert_eq!(error.message, conflict.to_string());
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
    assert!(!peer.ask::<bool>(&put("a.C")).unwrap());
    let name = peer
        .ask::<String>(&Request::TypeName((Platform::Java, 5)))
        .unwrap();
    assert_eq!(name, "a.B");
    assert_eq!(
        peer.status(Request::TypeName((Platform::DotNet, 5))),
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
    let deactivate = ChangeClusterState {
        state: ClusterState::Inactive,
        force: false,
    };
    assert_eq!(
        peer.status(Request::ChangeClusterState(deactivate)),
        Status::FAILED
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
