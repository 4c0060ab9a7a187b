//! Requests that were damaged on the way.

use proptest::prelude::*;

use super::*;

/// One request of each kind that carries something.
fn samples(header: CacheHeader) -> Vec<Request> {
    let key_value = |action| Request::KeyValue(KeyValueRequest { header, action });
    let entries = vec![Entry {
        key: raw(1),
        value: object(),
    }];
    vec![
        key_value(KeyValueAction::PutAll { entries }),
        key_value(KeyValueAction::GetAll {
            keys: vec![raw(1), object()],
        }),
        key_value(KeyValueAction::ReplaceIfEquals {
            key: raw(1),
            expected: object(),
            value: raw(2),
        }),
        key_value(KeyValueAction::RemoveAll),
        Request::CreateCache(CreateCacheRequest::new(CacheConfiguration::new("B"))),
        Request::CacheConfiguration(header),
        Request::DestroyCache(header.cache),
        Request::Scan(ScanRequest {
            header,
            filter: None,
            page_size: 1,
            partition: -1,
            local: false,
        }),
        Request::ScanPage(ResourceId(1)),
        Request::PutBinaryType(BinaryType::new("T", None, Vec::new())),
        Request::NodeDetails(vec![NodeId(host().node)]),
        Request::NodeIds(NodeIdsRequest {
            known_topology: -1,
            projection: Vec::new(),
        }),
    ]
}

proptest! {
    #[test]
    fn a_damaged_request_is_refused_or_answered_and_the_next_is_served(
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        let (mut peer, header) = Peer::with_cache("A");
        let samples = samples(header);
        for (sample, place, damage) in damages {
            let frame = encode_request(sample.get(&samples), 42, peer.session.dialect()).unwrap();
            let mut payload = unframed(frame).to_vec();
            let place = place.index(payload.len());
            payload[place] ^= damage;
            if let Ok(incoming) = IncomingRequest::from_payload(&Bytes::from(payload), peer.session.dialect()) {
                let answer = peer.answer(incoming);
                prop_assert!(answer.frame.len() <= peer.host.answer_bytes + 64);
            }
        }
        peer.ask::<()>(&Request::Heartbeat(())).unwrap();
        prop_assert!(peer.engine.stored_bytes() <= LIMITS.stored_bytes);
    }
}
