//! Partitions and data centres, as Ignite 2.18 tells them.

use portway_ignite_protocol::{
    CacheId, CachePartitions, CachePartitionsRequest, Dialect, Feature, Features, Incoming, Layout,
    MappedCache, NodeId, NodePartitions, PartitionGroup, Request, TopologyVersion, Version,
    decode_body, encode_request, encode_response,
};
use uuid::Uuid;

use crate::hex;

const CACHE: &str = "portway.seven-partitions";

#[test]
fn the_data_centre_is_asked_for_before_the_caches() {
    let request = Request::CachePartitions(CachePartitionsRequest {
        custom_mappings: true,
        data_center: Some("B".into()),
        caches: vec![CacheId::of(CACHE)],
    });

    let frame = encode_request(&request, 1, dialect()).unwrap();

    let expected = hex("4d0401000000000000000109010000004201000000a99f4585");
    assert_eq!(frame.slice(4..), expected);
}

#[test]
fn the_partitions_of_two_nodes_without_a_second_map() {
    let payload = hex(
        "01000000000000000200020000000000000003000000020000000000000003000000010000000101000000a9\
         9f458500000000020000000a9745ca9a9b2e16facc843cc418523c84030000000000000001000000050000000a\
         f64d014e197eabe75698f3eb4434699b04000000020000000300000004000000060000000000000001",
    );
    let topology = TopologyVersion { major: 2, minor: 3 };
    let node = |id, partitions: &[i32]| NodePartitions {
        node: Uuid::parse_str(id).unwrap(),
        partitions: partitions.to_vec(),
    };
    let group = PartitionGroup::Mapped {
        caches: vec![MappedCache {
            cache: CacheId::of(CACHE),
            key_types: Vec::new(),
        }],
        nodes: vec![
            node("fa162e9b-9aca-4597-843c-5218c43c84cc", &[0, 1, 5]),
            node("e7ab7e19-4e01-4df6-9b69-3444ebf39856", &[2, 3, 4, 6]),
        ],
        data_center_nodes: Vec::new(),
        default_affinity: true,
    };
    let expected = CachePartitions {
        topology,
        groups: vec![group],
    };

    assert_eq!(answer::<CachePartitions>(&payload, topology), expected);
    let frame = encode_response(&expected, 1, Some(topology), dialect()).unwrap();
    assert_eq!(frame.slice(4..), payload);
}

#[test]
fn the_nodes_of_a_data_centre() {
    let request = Request::DataCenterNodes("B".into());
    let frame = encode_request(&request, 2, dialect()).unwrap();
    assert_eq!(frame.slice(4..), hex("ef130200000000000000090100000042"));

    let payload = hex("02000000000000000000010000009745ca9a9b2e16facc843cc418523c84");
    let (_, body) = Incoming::from_payload(&payload, dialect()).unwrap();
    let nodes: Vec<NodeId> = decode_body(&body, dialect()).unwrap();
    let node = Uuid::parse_str("fa162e9b-9aca-4597-843c-5218c43c84cc").unwrap();
    assert_eq!(nodes, [NodeId(node)]);
}

fn answer<T: Layout>(payload: &bytes::Bytes, topology: TopologyVersion) -> T {
    match Incoming::from_payload(payload, dialect()).unwrap() {
        (Incoming::Response(header), body) => {
            assert_eq!(header.topology, Some(topology));
            decode_body(&body, dialect()).unwrap()
        }
        (other, _) => panic!("{other:?}"),
    }
}

fn dialect() -> Dialect {
    Dialect {
        version: Version::LATEST,
        features: Features::NONE
            .with(Feature::AllAffinityMappings)
            .with(Feature::DataCenterAware),
    }
}
