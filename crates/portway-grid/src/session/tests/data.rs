//! Caches, entries and queries.

use super::*;

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

fn size(header: CacheHeader) -> Request {
    let action = KeyValueAction::Size { modes: Vec::new() };
    Request::KeyValue(KeyValueRequest { header, action })
}

#[test]
fn errors_of_caches_carry_the_status_codes_of_ignite() {
    let (mut peer, _) = Peer::with_cache("A");
    let missing = CacheHeader::new(CacheId::of("B"));
    let create = |name: &str| Request::CreateCacheWithName(name.to_owned());
    for (request, status) in [
        (size(missing), Status::CACHE_DOES_NOT_EXIST),
        (
            Request::DestroyCache(missing.cache),
            Status::CACHE_DOES_NOT_EXIST,
        ),
        (create("A"), Status::CACHE_EXISTS),
        (create(""), Status::FAILED),
    ] {
        assert_eq!(peer.status(&request), status, "{request:?}");
    }
}

#[test]
fn errors_of_resources_and_keys_carry_the_status_codes_of_ignite() {
    let (mut peer, header) = Peer::with_cache("A");
    let action = KeyValueAction::Get {
        key: RawValue::NULL,
    };
    let null_key = Request::KeyValue(KeyValueRequest { header, action });
    for (request, status) in [
        (
            Request::ResourceClose(ResourceId(99)),
            Status::RESOURCE_DOES_NOT_EXIST,
        ),
        (
            Request::ScanPage(ResourceId(99)),
            Status::RESOURCE_DOES_NOT_EXIST,
        ),
        (
            Request::EndTransaction(EndTransaction {
                transaction: 1,
                commit: true,
            }),
            Status::TRANSACTION_NOT_FOUND,
        ),
        (null_key, Status::FAILED),
    ] {
        assert_eq!(peer.status(&request), status, "{request:?}");
    }
}

#[test]
fn an_unknown_operation_is_answered_with_status_2() {
    let mut peer = Peer::latest();
    let mut writer = Writer::new();
    writer.i16(777);
    writer.i64(42);
    writer.bytes(b"whatever stands here");
    let incoming =
        IncomingRequest::from_payload(&writer.into_bytes(), peer.session.dialect()).unwrap();
    let error = peer.answered::<Body>(incoming).unwrap_err();
    assert_eq!(error.status, Status::INVALID_OPERATION);
}

#[test]
fn what_2_17_does_not_serve_is_answered_with_status_2() {
    let mut peer = Peer::latest();
    let request = Request::DataCenterNodes("east".to_owned());
    assert_eq!(peer.status(&request), Status::INVALID_OPERATION);
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
    assert_eq!(peer.status(&listen), Status::TOO_MANY_CURSORS);
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
    assert_eq!(peer.status(&Request::Scan(scan)), Status::FAILED);
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
        let incoming =
            IncomingRequest::from_payload(&unframed(frame), peer.session.dialect()).unwrap();
        peer.answer(incoming).frame
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
    peer.put(header, &raw(2), &long);
    let both = KeyValueAction::GetAll {
        keys: vec![raw(1), raw(2)],
    };
    let error = peer.key_value::<Vec<Entry>>(header, both).unwrap_err();
    assert!(error.message.contains("ask for less"), "{error}");
    let one = KeyValueAction::GetAll {
        keys: vec![raw(1), raw(3)],
    };
    assert_eq!(peer.key_value::<Vec<Entry>>(header, one).unwrap().len(), 1);
}

#[test]
fn a_key_that_is_asked_for_twice_is_answered_once() {
    let (mut peer, header) = Peer::with_cache("A");
    peer.put(header, &raw(1), &raw(7));
    let twice = KeyValueAction::GetAll {
        keys: vec![raw(1), raw(1)],
    };
    assert_eq!(
        peer.key_value::<Vec<Entry>>(header, twice).unwrap().len(),
        1
    );
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
