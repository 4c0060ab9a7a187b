//! Messages in both directions.

use std::sync::Arc;

use portway_ignite_protocol::{
    AtomicityMode, BinaryConfiguration, BinaryObject, BinaryType, CacheConfiguration, CacheHeader,
    CacheId, CreateCacheRequest, Dialect, Entry, EntryEvent, EventKind, ExpiryDuration,
    ExpiryPolicy, Feature, Features, HandshakeRequest, HandshakeResponse, Incoming, IndexField,
    IndexKind, KeyConfiguration, KeyValueAction, KeyValueRequest, NameMapper, Operation,
    QueryEntity, QueryField, QueryIndex, RawValue, Request, ResourceId, ServerError, Status,
    TopologyVersion, TypeRegistry, Value, Version, WriteSync, decode_body, encode_notification,
    encode_request, encode_response, java,
};
use uuid::Uuid;

use crate::hex;

/// The features that were asked for when the bytes were captured.
const SENT: Features = Features::NONE
    .with(Feature::UserAttributes)
    .with(Feature::ClusterStates)
    .with(Feature::NodeEndpoints)
    .with(Feature::ClusterGroups)
    .with(Feature::BinaryConfiguration)
    .with(Feature::Heartbeat)
    .with(Feature::DataReplication)
    .with(Feature::AllAffinityMappings)
    .with(Feature::ForceDeactivation)
    .with(Feature::SqlCacheCreation);

#[test]
fn the_handshake_is_what_the_server_accepted() {
    let request = HandshakeRequest::new(Version::LATEST, SENT);

    let frame = request.to_frame().unwrap();

    assert_eq!(frame, hex("1100000001010007000000020c030000001d392865"));
}

#[test]
fn the_answer_to_a_handshake_names_node_and_common_features() {
    let payload = hex("010c030000001d39080a134fb7d1c4f9d01b2d97505beddb3a92");
    let node = Uuid::parse_str("1bd0f9c4-d1b7-4f13-923a-dbed5b50972d").unwrap();

    let response = HandshakeResponse::from_payload(&payload, Version::V1_7).unwrap();

    let features = SENT.without(Feature::SqlCacheCreation);
    assert_eq!(
        response,
        HandshakeResponse::Accepted {
            features,
            node: Some(node)
        }
    );
    assert_eq!(
        response.to_frame(Version::V1_7).unwrap().slice(4..),
        payload
    );
}

#[test]
fn the_answer_to_an_old_handshake_is_one_byte() {
    let response = HandshakeResponse::from_payload(&[1], Version::V1_2).unwrap();

    assert_eq!(
        response,
        HandshakeResponse::Accepted {
            features: Features::NONE,
            node: None
        }
    );
    assert_eq!(response.to_frame(Version::V1_2).unwrap(), hex("0100000001"));
}

#[test]
fn the_refusal_of_a_version_is_ours_too() {
    let payload =
        hex("00010007000000091a000000556e737570706f727465642076657273696f6e3a20312e382e3001000000");
    let version = Version {
        major: 1,
        minor: 8,
        patch: 0,
    };

    let response = HandshakeResponse::from_payload(&payload, version).unwrap();

    assert_eq!(response, HandshakeResponse::unsupported_version(version));
    assert_eq!(response.to_frame(version).unwrap().slice(4..), payload);
}

#[test]
fn the_first_response_carries_the_topology() {
    let payload = hex("010000000000000002000100000000000000000000000100");

    let (header, body) = Incoming::from_payload(&payload, dialect()).unwrap();

    let Incoming::Response(header) = header else {
        panic!("it is a notification")
    };
    assert_eq!((header.request_id, header.error), (1, None));
    assert_eq!(
        header.topology,
        Some(TopologyVersion { major: 1, minor: 0 })
    );
    let configuration: BinaryConfiguration = decode_body(&body, dialect()).unwrap();
    assert_eq!(configuration, BinaryConfiguration::default());
    assert_eq!(
        configuration,
        BinaryConfiguration {
            compact_footer: true,
            name_mapper: NameMapper::Full
        }
    );
    let frame = encode_response(&configuration, 1, header.topology, dialect()).unwrap();
    assert_eq!(frame.slice(4..), payload);
}

#[test]
fn an_old_error_is_a_status_and_a_message() {
    let payload = hex(
        "0200000000000000e8030000092a000000436163686520646f6573206e6f74206578697374205b6361636865\
         49643d20323132393332333938315d",
    );
    let dialect = Dialect {
        version: Version::V1_2,
        features: Features::NONE,
    };

    let (header, _) = Incoming::from_payload(&payload, dialect).unwrap();

    let Incoming::Response(header) = header else {
        panic!("it is a notification")
    };
    let message = "Cache does not exist [cacheId= 2129323981]";
    assert_eq!(
        header.error,
        Some(ServerError::new(Status::CACHE_DOES_NOT_EXIST, message))
    );
    assert_eq!(CacheId::of("nothing"), CacheId(2_129_323_981));
}

#[test]
fn a_new_error_has_a_flag() {
    let payload = hex(
        "a1000000000000000100f303000009220000004661696c656420746f2066696e64207265736f757263652077\
         6974682069643a2031",
    );

    let (header, body) = Incoming::from_payload(&payload, dialect()).unwrap();

    let Incoming::Response(header) = header else {
        panic!("it is a notification")
    };
    let message = "Failed to find resource with id: 1";
    assert_eq!(
        header.error,
        Some(ServerError::new(Status::RESOURCE_DOES_NOT_EXIST, message))
    );
    assert!(body.is_empty());
}

#[test]
fn a_get_answers_a_wrapped_object_which_is_unwrapped() {
    let payload = hex(concat!(
        "0e000000000000000000",
        "1b29000000",
        "67012b0066e84e17bf96dc612900000009b9e32e26000000090300000041646103240000006518202500000000",
    ));

    let (_, body) = Incoming::from_payload(&payload, dialect()).unwrap();
    let value: RawValue = decode_body(&body, dialect()).unwrap();

    assert_eq!(value, ada());
    assert_eq!(value.as_bytes(), hex(ADA));
}

#[test]
fn an_object_read_with_its_metadata_has_its_fields() {
    let Value::Object(object) = ada().read().unwrap() else {
        panic!("it is no object")
    };
    let mut registry = TypeRegistry::default();
    registry.add(person_type()).unwrap();

    assert!(object.field::<String>("name").is_err());
    let object = object.with_types(Arc::new(registry));
    assert_eq!(object.field("name").unwrap(), Some("Ada".to_owned()));
    assert_eq!(object.field("age").unwrap(), Some(36));
    assert_eq!(object.field::<String>("email").unwrap(), None);
}

#[test]
fn a_put_is_what_the_server_accepted() {
    let header = CacheHeader::new(CacheId::of("people"));
    let action = KeyValueAction::Put {
        key: RawValue::encode(&1_i64, Default::default()),
        value: ada(),
    };
    let request = Request::KeyValue(KeyValueRequest { header, action });

    let frame = encode_request(&request, 13, dialect()).unwrap();

    let expected = ["e9030d000000000000008f32e2c401", "040100000000000000", ADA].concat();
    assert_eq!(frame.slice(4..), hex(&expected));
}

#[test]
fn a_put_is_notified_before_it_is_answered() {
    let payload = hex(&[
        "01000000000000000400d70701000000040100000000000000651b29000000",
        ADA,
        "0000000000",
    ]
    .concat());

    let (header, body) = Incoming::from_payload(&payload, dialect()).unwrap();
    let events: Vec<EntryEvent> = decode_body(&body, dialect()).unwrap();

    let Incoming::Notification(header) = header else {
        panic!("it is a response")
    };
    assert_eq!(header.resource, ResourceId(1));
    assert_eq!(header.operation, Operation::ContinuousQueryEvent.code());
    let expected = EntryEvent {
        key: RawValue::encode(&1_i64, Default::default()),
        old_value: RawValue::NULL,
        value: ada(),
        kind: EventKind::Created,
    };
    assert_eq!(events, [expected]);
    let operation = Operation::ContinuousQueryEvent;
    let ours = encode_notification(&events, ResourceId(1), operation, dialect()).unwrap();
    let (_, our_body) = Incoming::from_payload(&ours.slice(4..), dialect()).unwrap();
    assert_eq!(
        decode_body::<Vec<EntryEvent>>(&our_body, dialect()).unwrap(),
        events
    );
}

#[test]
fn metadata_is_what_the_server_accepted() {
    let frame = encode_request(&Request::PutBinaryType(person_type()), 6, dialect()).unwrap();

    let expected = hex(
        "bb0b060000000000000066e84e170912000000636f6d2e6578616d706c652e506572736f6e65030000000904\
         0000006e616d65090000008b7a3300090300000061676503000000ff7801000905000000656d61696c090000\
         009c4bc205000100000009b9e32e030000008b7a3300ff7801009c4bc205",
    );
    assert_eq!(frame.slice(4..), expected);
}

#[test]
fn the_configuration_of_a_plain_cache_is_our_default() {
    let payload = hex(
        "050000000000000000007800000001000000000000000200000001650100650000000000000000f401000000\
         0400000905000000706c61696e00040000000000000001000000010000080003000000000000000000000000\
         00000001000000000000000000000000000000102700000000000000ffffffff650200000000000000000000\
         0000",
    );

    let (_, body) = Incoming::from_payload(&payload, dialect()).unwrap();
    let configuration: CacheConfiguration = decode_body(&body, dialect()).unwrap();

    assert_eq!(configuration, CacheConfiguration::new("plain"));
    let frame = encode_response(&configuration, 5, None, dialect()).unwrap();
    assert_eq!(frame.slice(4..), payload);
}

#[test]
fn a_configuration_is_written_as_the_server_accepted_it() {
    let request = Request::GetOrCreateCache(CreateCacheRequest::new(people()));

    let frame = encode_request(&request, 2, dialect()).unwrap();

    let expected = hex(
        "1e0402000000000000006301000008000000090600000070656f706c65020000000000030001000000040000\
         000000c80001000000090e0000006a6176612e6c616e672e4c6f6e670912000000636f6d2e6578616d706c65\
         2e506572736f6e0906000000504552534f4e09020000006964650300000009020000006964090e0000006a61\
         76612e6c616e672e4c6f6e67000065ffffffffffffffff09040000006e616d6509100000006a6176612e6c61\
         6e672e537472696e6700016528000000ffffffff090300000061676509110000006a6176612e6c616e672e49\
         6e746567657200000307000000ffffffffffffffff0100000009030000006167650905000000594541525301\
         000000090600000042595f414745000c00000001000000090300000061676501cb000907000000504f525457\
         415991010100000009080000004f726465724b65790908000000637573746f6d657297010160ea0000000000\
         00feffffffffffffffffffffffffffffff",
    );
    assert_eq!(frame.slice(4..), expected);
}

#[test]
fn a_configuration_comes_back_with_an_alias_for_each_field() {
    let payload = hex(
        "03000000000000000000c901000000000000010000000200000001650100650000000000000000f401000000\
         040000090600000070656f706c65000400000000000000010000000100000800030000000000000000000000\
         0000000001000000000000000000000000000000102700000000000000ffffffff0907000000504f52545741\
         59000000000100000009080000004f726465724b65790908000000637573746f6d657201000000090e000000\
         6a6176612e6c616e672e4c6f6e670912000000636f6d2e6578616d706c652e506572736f6e09060000005045\
         52534f4e09020000006964650300000009020000006964090e0000006a6176612e6c616e672e4c6f6e670000\
         65ffffffffffffffff09040000006e616d6509100000006a6176612e6c616e672e537472696e670001652800\
         0000ffffffff090300000061676509110000006a6176612e6c616e672e496e74656765720000030700000\
         0ffffffffffffffff0300000009040000006e616d6509040000004e414d45090200000069640902000000494\
         409030000006167650905000000594541525301000000090600000042595f414745000c00000001000000090\
         3000000616765010160ea000000000000feffffffffffffffffffffffffffffff",
    );
    let alias = |field: &str, column: &str| (field.to_owned(), column.to_owned());
    let mut expected = people();
    expected.query_entities[0].aliases = vec![
        alias("name", "NAME"),
        alias("id", "ID"),
        alias("age", "YEARS"),
    ];

    let (_, body) = Incoming::from_payload(&payload, dialect()).unwrap();
    let configuration: CacheConfiguration = decode_body(&body, dialect()).unwrap();

    assert_eq!(configuration, expected);
    let frame = encode_response(&configuration, 3, None, dialect()).unwrap();
    assert_eq!(frame.slice(4..), payload);
}

#[test]
fn entries_of_a_list_are_unwrapped_too() {
    let body = hex(&["01000000", "0801", "1b29000000", ADA, "00000000"].concat());

    let entries: Vec<Entry> = decode_body(&body, dialect()).unwrap();

    assert_eq!(entries[0].value, ada());
}

const ADA: &str =
    "67012b0066e84e17bf96dc612900000009b9e32e260000000903000000416461032400000065182025";

fn ada() -> RawValue {
    let object = BinaryObject::build("com.example.Person", Default::default(), |object| {
        object.field("name", "Ada");
        object.field("age", &36_i32);
        object.field("email", &None::<String>);
    });
    RawValue::encode(&object.unwrap(), Default::default())
}

fn person_type() -> BinaryType {
    let mut registry = TypeRegistry::default();
    registry.describe("com.example.Person", None, |fields| {
        fields.field::<String>("name");
        fields.field::<i32>("age");
        fields.field::<Option<String>>("email");
    });
    registry
        .find(java::type_id("com.example.Person"))
        .unwrap()
        .clone()
}

fn people() -> CacheConfiguration {
    let mut configuration = CacheConfiguration::new("people");
    configuration.backups = 1;
    configuration.atomicity = AtomicityMode::Transactional;
    configuration.write_sync = WriteSync::FullSync;
    configuration.sql_schema = Some("PORTWAY".into());
    configuration.expiry = Some(ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(60_000),
        update: ExpiryDuration::Unchanged,
        access: ExpiryDuration::Eternal,
    });
    configuration.key_configuration = vec![KeyConfiguration {
        type_name: "OrderKey".into(),
        affinity_key_field: Some("customer".into()),
    }];
    configuration.query_entities = vec![person_entity()];
    configuration
}

fn person_entity() -> QueryEntity {
    let mut name = QueryField::new("name", "java.lang.String");
    name.not_null = true;
    name.precision = 40;
    let mut age = QueryField::new("age", "java.lang.Integer");
    age.default_value = RawValue::encode(&7_i32, Default::default());
    QueryEntity {
        key_type: Some("java.lang.Long".into()),
        value_type: Some("com.example.Person".into()),
        table: Some("PERSON".into()),
        key_field: Some("id".into()),
        value_field: None,
        fields: vec![QueryField::new("id", "java.lang.Long"), name, age],
        aliases: vec![("age".into(), "YEARS".into())],
        indexes: vec![QueryIndex {
            name: Some("BY_AGE".into()),
            kind: IndexKind::Sorted,
            inline_size: 12,
            fields: vec![IndexField {
                name: "age".into(),
                descending: true,
            }],
        }],
    }
}

/// What our client and Apache Ignite 2.17 agree on.
fn dialect() -> Dialect {
    let features = SENT.without(Feature::SqlCacheCreation);
    Dialect {
        version: Version::LATEST,
        features,
    }
}
