//! Bytes that are not what they should be: a named error, never a panic.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::{
    BinaryObject, BinaryType, CacheConfiguration, CachePartitions, CollectionKind, Cursor,
    DecodeError, Dialect, EncodeError, Entry, EntryEvent, EntryVersion, Feature, FirstSetPage,
    HandshakeRequest, HandshakeResponse, Incoming, IncomingRequest, InvokeOutcome, Layout,
    MAX_DEPTH, NodeDetails, NodeEndpoints, OpenedSet, Operation, RawValue, ReadValue, Reader, Rows,
    ServiceDescriptor, SqlFieldsCursor, Value, Version, WriteValue, Writer, decode_body, key_hash,
    split_frame, tag,
};
use proptest::prelude::*;

#[test]
fn a_negative_frame_length_is_refused_at_once() {
    let mut buffer = BytesMut::from(&(-1_i32).to_le_bytes()[..]);

    assert_eq!(
        split_frame(&mut buffer, 100),
        Err(DecodeError::NegativeLength(-1))
    );
}

#[test]
fn a_frame_of_two_gibibytes_is_refused_before_it_arrives() {
    let mut buffer = BytesMut::from(&i32::MAX.to_le_bytes()[..]);
    let capacity = buffer.capacity();

    let error = split_frame(&mut buffer, 100).unwrap_err();

    assert_eq!(
        error,
        DecodeError::FrameOverLimit {
            length: 0x7FFF_FFFF,
            limit: 100
        }
    );
    assert_eq!(buffer.capacity(), capacity);
}

#[test]
fn an_incomplete_frame_is_no_error() {
    let mut buffer = BytesMut::from(&[5, 0, 0, 0, 1, 2, 3, 4][..]);

    assert_eq!(split_frame(&mut buffer, 100), Ok(None));
    assert_eq!(buffer.len(), 8);
}

#[test]
fn a_count_over_the_bytes_that_are_left_is_refused() {
    let get_all = request(
        Operation::GetAll,
        &[&[0; 5][..], &i32::MAX.to_le_bytes()].concat(),
    );

    let expected = DecodeError::CountOverBytes {
        count: 0x7FFF_FFFF,
        left: 0,
    };
    assert_eq!(get_all, Err(expected));
}

#[test]
fn a_batch_of_more_entries_than_there_are_bytes_is_refused() {
    // The streamer, its flags, and a million entries in three bytes.
    let count = 1_000_000_i32.to_le_bytes();
    let body = [&[0; 9][..], &count, &[tag::NULL; 3]].concat();

    let data = request(Operation::StreamerData, &body);

    let expected = DecodeError::CountOverBytes {
        count: 1_000_000,
        left: 3,
    };
    assert_eq!(data, Err(expected));
}

#[test]
fn a_string_over_the_bytes_that_are_left_is_refused() {
    let value = read::<String>(&[tag::STRING, 9, 0, 0, 0, b'a']);

    assert_eq!(
        value,
        Err(DecodeError::CountOverBytes { count: 9, left: 1 })
    );
}

#[test]
fn a_negative_count_is_refused() {
    let value = read::<Value>(&[tag::BYTE_ARRAY, 255, 255, 255, 255]);

    assert_eq!(value, Err(DecodeError::NegativeLength(-1)));
}

#[test]
fn an_unknown_tag_is_named() {
    assert_eq!(read::<Value>(&[200]), Err(DecodeError::UnknownTag(200)));
    assert_eq!(raw(&[200]), Err(DecodeError::UnknownTag(200)));
}

#[test]
fn a_value_that_ends_too_early_is_named() {
    assert_eq!(
        raw(&[tag::LONG, 1, 2]),
        Err(DecodeError::Ended { missing: 6 })
    );
    assert_eq!(raw(&[]), Err(DecodeError::Ended { missing: 1 }));
}

#[test]
fn bytes_behind_a_request_are_refused() {
    let heartbeat = request(Operation::Heartbeat, &[1, 2]);

    assert_eq!(heartbeat, Err(DecodeError::Trailing { left: 2 }));
}

#[test]
fn a_value_that_is_no_text_is_refused() {
    let value = read::<String>(&[tag::STRING, 1, 0, 0, 0, 0xFF]);

    assert_eq!(value, Err(DecodeError::InvalidText));
}

#[test]
fn lists_in_lists_are_refused_below_the_depth_limit() {
    let list = [tag::COLLECTION, 1, 0, 0, 0, 1];
    let deep = [list.repeat(usize::from(MAX_DEPTH) + 1), vec![tag::NULL]].concat();

    assert_eq!(raw(&deep), Err(DecodeError::TooDeep));
    assert_eq!(read::<Value>(&deep), Err(DecodeError::TooDeep));
}

#[test]
fn a_million_bytes_of_open_lists_are_refused() {
    let list = [tag::COLLECTION, 1, 0, 0, 0, 1];

    assert_eq!(raw(&list.repeat(200_000)), Err(DecodeError::TooDeep));
}

#[test]
fn a_million_bytes_of_open_arrays_of_strings_are_refused() {
    let array = [tag::STRING_ARRAY, 1, 0, 0, 0];

    assert_eq!(raw(&array.repeat(200_000)), Err(DecodeError::TooDeep));
}

#[test]
fn values_are_written_as_deep_as_they_are_read() {
    let list = |elements| Value::Collection {
        kind: CollectionKind::ArrayList,
        elements,
    };
    let innermost = list(vec![Value::Int(1), Value::String("x".into())]);
    let deepest = (1..MAX_DEPTH).fold(innermost, |inner, _| list(vec![inner]));
    let too_deep = list(vec![deepest.clone()]);

    let raw = RawValue::try_encode(&deepest, Default::default()).unwrap();

    assert_eq!(raw.read::<Value>(), Ok(deepest));
    assert_eq!(RawValue::from_bytes(&raw.clone().into_bytes()), Ok(raw));
    let refused = RawValue::try_encode(&too_deep, Default::default());
    assert_eq!(refused, Err(EncodeError::TooDeep));
}

#[test]
fn what_contains_itself_many_times_is_refused_at_once() {
    struct Endless;
    impl WriteValue for Endless {
        const TYPE_CODE: i32 = 0;
        fn write(&self, writer: &mut Writer) {
            writer.dynamic_object("Endless", |object| {
                object.field("left", self);
                object.field("right", self);
            });
        }
    }

    let refused = RawValue::try_encode(&Endless, Default::default());

    assert_eq!(refused, Err(EncodeError::TooDeep));
}

#[test]
fn handles_that_multiply_are_refused() {
    // Each list holds the one before it ten times: ten lists stand for ten thousand million.
    let mut bytes = vec![
        tag::COLLECTION,
        12,
        0,
        0,
        0,
        1,
        tag::COLLECTION,
        0,
        0,
        0,
        0,
        1,
    ];
    let mut previous = 6;
    for _ in 0..11 {
        let start = bytes.len();
        bytes.extend([tag::COLLECTION, 10, 0, 0, 0, 1]);
        for _ in 0..10 {
            let distance = i32::try_from(bytes.len() - previous).unwrap();
            bytes.push(tag::HANDLE);
            bytes.extend(distance.to_le_bytes());
        }
        previous = start;
    }

    assert_eq!(read::<Value>(&bytes), Err(DecodeError::TooManyValues));
}

#[test]
fn a_handle_to_itself_is_refused() {
    let list = [tag::COLLECTION, 1, 0, 0, 0, 1, tag::HANDLE, 6, 0, 0, 0];

    assert_eq!(read::<Value>(&list), Err(DecodeError::TooDeep));
}

#[test]
fn a_handle_out_of_its_value_is_refused() {
    let before = [tag::COLLECTION, 1, 0, 0, 0, 1, tag::HANDLE, 7, 0, 0, 0];
    let forward = [
        tag::COLLECTION,
        1,
        0,
        0,
        0,
        1,
        tag::HANDLE,
        255,
        255,
        255,
        255,
    ];
    let alone = [tag::HANDLE, 1, 0, 0, 0];

    for bytes in [&before[..], &forward, &alone] {
        assert_eq!(raw(bytes), Err(DecodeError::HandleOutside));
        assert_eq!(read::<Value>(bytes), Err(DecodeError::HandleOutside));
    }
}

#[test]
fn an_object_whose_lengths_contradict_each_other_is_refused() {
    let object = BinaryObject::build("Any", Default::default(), |object| {
        object.field("a", &1);
    });
    let bytes = object.unwrap().as_bytes().to_vec();
    let with = |position: usize, number: i32| {
        let mut changed = bytes.clone();
        changed[position..position + 4].copy_from_slice(&number.to_le_bytes());
        raw(&changed).unwrap_err()
    };

    let malformed = DecodeError::MalformedObject;
    assert_eq!(with(12, 23), malformed("it is shorter than its header"));
    assert_eq!(with(12, -1), malformed("its length is negative"));
    assert_eq!(
        with(12, 1000),
        DecodeError::Ended {
            missing: 1000 - bytes.len()
        }
    );
    assert_eq!(with(20, 5), malformed("its footer is outside of it"));
    assert_eq!(with(20, 1000), malformed("its footer is outside of it"));
}

#[test]
fn a_field_outside_of_its_object_is_refused() {
    let object = BinaryObject::build("Any", Default::default(), |object| {
        object.field("a", &1);
    });
    let mut bytes = object.unwrap().as_bytes().to_vec();
    *bytes.last_mut().unwrap() = 200;
    let object = BinaryObject::from_bytes(bytes.into()).unwrap();
    let mut registry = portway_ignite_protocol::TypeRegistry::default();
    registry.describe("Any", None, |fields| fields.field::<i32>("a"));

    let field = object.with_types(Arc::new(registry)).field::<i32>("a");

    assert_eq!(
        field,
        Err(DecodeError::MalformedObject(
            "a field is outside of its data"
        ))
    );
}

#[test]
fn a_compact_object_without_metadata_names_its_schema() {
    let object = BinaryObject::build("Any", Default::default(), |object| {
        object.field("a", &1);
    })
    .unwrap();
    let object = BinaryObject::from_bytes(object.as_bytes().to_vec().into()).unwrap();

    let error = object.field::<i32>("a").unwrap_err();

    let header = object.header();
    let (type_id, schema_id) = (header.type_id, header.schema_id);
    assert_eq!(error, DecodeError::UnknownSchema { type_id, schema_id });
}

#[test]
fn values_of_other_types_are_named() {
    let int = [tag::INT, 1, 0, 0, 0];
    let unexpected = |expected| DecodeError::UnexpectedTag {
        expected,
        found: tag::INT,
    };

    assert_eq!(read::<i64>(&int), Err(unexpected("a long")));
    assert_eq!(read::<String>(&int), Err(unexpected("a string")));
    assert_eq!(read::<Vec<i32>>(&int), Err(unexpected("a list")));
    assert_eq!(
        read::<i32>(&[tag::NULL]),
        Err(DecodeError::UnexpectedNull { expected: "an int" })
    );
}

#[test]
fn what_is_no_key_has_no_partition() {
    assert_eq!(key_hash(&[tag::NULL]), Err(DecodeError::NotAKey(tag::NULL)));
    assert_eq!(
        key_hash(&[tag::BYTE_ARRAY]),
        Err(DecodeError::NotAKey(tag::BYTE_ARRAY))
    );
}

#[test]
fn a_first_message_that_is_no_handshake_is_named() {
    let handshake = HandshakeRequest::from_payload;
    let jdbc = [1, 1, 0, 7, 0, 0, 0, 1];
    let future = [1, 1, 0, 8, 0, 0, 0, 2, 99, 99];

    assert_eq!(
        handshake(b"GET / HTTP/1.1"),
        Err(DecodeError::NotAHandshake)
    );
    assert_eq!(handshake(&jdbc), Err(DecodeError::UnknownClient(1)));
    let version = Version {
        major: 1,
        minor: 8,
        patch: 0,
    };
    assert_eq!(
        handshake(&future),
        Err(DecodeError::UnsupportedVersion(version))
    );
}

#[test]
fn an_unknown_cache_property_is_named() {
    let properties = [1_i16, 999].map(i16::to_le_bytes).concat();
    let length = i32::try_from(properties.len()).unwrap().to_le_bytes();

    let create = request(
        Operation::CreateCache,
        &[&[0][..], &length, &properties].concat(),
    );

    assert_eq!(
        create,
        Err(DecodeError::UnknownCode {
            what: "cache property",
            value: 999
        })
    );
}

#[test]
fn an_unknown_operation_keeps_its_request_id() {
    let payload: Bytes = [&777_i16.to_le_bytes()[..], &5_i64.to_le_bytes(), b"body"]
        .concat()
        .into();

    let incoming = IncomingRequest::from_payload(&payload, everything()).unwrap();

    assert_eq!(
        (incoming.header.operation, incoming.header.request_id),
        (777, 5)
    );
    assert_eq!(incoming.request, None);
}

#[test]
fn an_unknown_isolation_is_named() {
    let start = request(Operation::StartTransaction, &[0, 3, 0, 0, 0, 0]);

    let expected = DecodeError::UnknownCode {
        what: "transaction isolation",
        value: 3,
    };
    assert_eq!(start, Err(expected));
}

#[test]
fn a_call_context_that_is_no_map_is_refused() {
    let call = [
        &[tag::STRING, 1, 0, 0, 0, b's', 0][..],
        &[0; 8],
        &[0; 4],
        &[tag::STRING, 1, 0, 0, 0, b'm'],
        &[0; 4],
        &[tag::STRING, 0, 0, 0, 0],
    ]
    .concat();

    let expected = DecodeError::UnexpectedTag {
        expected: "a call context",
        found: tag::STRING,
    };
    assert_eq!(request(Operation::InvokeService, &call), Err(expected));
}

#[test]
fn a_cache_mode_over_its_byte_is_named() {
    let create = [
        &[tag::STRING, 0, 0, 0, 0][..],
        &[0; 8],
        &[1],
        &[0; 4],
        &[9, 0, 0, 0, 0, tag::NULL],
    ]
    .concat();

    let expected = DecodeError::UnknownCode {
        what: "cache mode",
        value: 9,
    };
    assert_eq!(request(Operation::CreateAtomicLong, &create), Err(expected));
}

#[test]
fn rows_over_the_bytes_that_are_left_are_refused() {
    let rows = |bytes: &[u8], columns| Rows::decode(&mut Reader::new(bytes), columns);

    let too_many = DecodeError::CountOverBytes { count: 2, left: 3 };
    assert_eq!(rows(&[2, 0, 0, 0, 101, 101, 0], 2), Err(too_many));
    let cut = DecodeError::Ended { missing: 1 };
    assert_eq!(rows(&[1, 0, 0, 0, 101], 1), Err(cut));
    let no_value = DecodeError::UnknownTag(200);
    assert_eq!(rows(&[1, 0, 0, 0, 200, 0], 1), Err(no_value));
}

#[test]
fn a_page_of_more_values_than_positions_may_cost_is_refused() {
    let columns = 1 << 12;
    let count = (1_i32 << 12) + 1;
    let mut bytes = count.to_le_bytes().to_vec();
    bytes.resize(4 + columns * (columns + 1), tag::NULL);

    let rows = Rows::decode(&mut Reader::new(&bytes), columns);

    assert_eq!(rows, Err(DecodeError::TooManyValues));
}

#[test]
fn an_unknown_index_criterion_is_named() {
    let fields = [
        &[0; 5][..],      // the cache
        &[1, 0, 0, 0, 0], // page size, local
        &[255; 4],        // partition
        &[0; 4],          // limit
        &[101, 101],      // value type, index
        &[1, 1, 0, 0, 0], // one criterion
        &[2, 9, 0, 0, 0, 0, 0, 0, 0, 0],
    ];

    let query = request(Operation::IndexQuery, &fields.concat());

    assert_eq!(
        query,
        Err(DecodeError::UnknownCode {
            what: "index criterion",
            value: 2
        })
    );
}

#[test]
fn a_version_of_an_entry_of_another_class_is_refused() {
    let bytes = [&[tag::OPTIMIZED, 23, 0, 0, 0, 101][..], &[7; 22]].concat();

    assert_eq!(
        read::<EntryVersion>(&bytes),
        Err(DecodeError::UnexpectedType {
            expected: "GridCacheVersion",
            found: 0x0707_0707
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
        decode_all(&bytes.into());
    }

    #[test]
    fn any_bytes_behind_a_header_are_a_request_or_an_error(
        operation in prop::sample::select(Operation::ALL),
        body: Vec<u8>,
    ) {
        let _ = request(operation, &body);
    }

    #[test]
    fn any_bytes_behind_a_tag_are_a_value_or_an_error(found: u8, body: Vec<u8>) {
        let bytes = [vec![found], body].concat();
        let skipped = raw(&bytes);
        let built = read::<Value>(&bytes);
        // What can be built can be skipped.
        prop_assert!(skipped.is_ok() || built.is_err(), "{skipped:?} {built:?}");
    }

    #[test]
    fn a_damaged_object_is_read_or_refused(position: prop::sample::Index, byte: u8) {
        let object = BinaryObject::build("Any", Default::default(), |object| {
            object.field("a", &1);
            object.field("b", "text");
            object.raw().i32(5);
        });
        let mut bytes = object.unwrap().as_bytes().to_vec();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        let mut registry = portway_ignite_protocol::TypeRegistry::default();
        registry.describe("Any", None, |fields| {
            fields.field::<i32>("a");
            fields.field::<String>("b");
        });
        let mut reader = Reader::new(&bytes).with_schemas(&registry);
        let _ = reader.dynamic_object(|object| {
            let _ = object.field::<Value>("a");
            let _ = object.field::<Value>("b");
            object.raw(Reader::i32)
        });
    }
}

/// Decodes bytes as everything that a peer can send.
fn decode_all(bytes: &Bytes) {
    let dialect = everything();
    let _ = HandshakeRequest::from_payload(bytes);
    let _ = HandshakeResponse::from_payload(bytes, Version::V1_7);
    let _ = IncomingRequest::from_payload(bytes, dialect);
    let _ = IncomingRequest::to_keep(bytes, dialect);
    let _ = Incoming::from_payload(bytes, dialect);
    let _ = decode_body::<Vec<Entry>>(bytes, dialect);
    let _ = decode_body::<Cursor<Entry>>(bytes, dialect);
    let _ = decode_body::<SqlFieldsCursor>(bytes, dialect);
    let _ = Rows::from_body(bytes, 3, dialect);
    let _ = decode_body::<Vec<InvokeOutcome>>(bytes, dialect);
    let _ = decode_body::<Vec<EntryEvent>>(bytes, dialect);
    let _ = decode_body::<CacheConfiguration>(bytes, dialect);
    let _ = decode_body::<Option<BinaryType>>(bytes, dialect);
    let _ = decode_body::<CachePartitions>(bytes, dialect);
    let _ = decode_body::<Vec<NodeDetails>>(bytes, dialect);
    let _ = decode_body::<NodeEndpoints>(bytes, dialect);
    let _ = decode_body::<Vec<ServiceDescriptor>>(bytes, dialect);
    let _ = decode_body::<Option<OpenedSet>>(bytes, dialect);
    let _ = decode_body::<FirstSetPage>(bytes, dialect);
    let _ = BinaryObject::from_bytes(bytes.clone());
    let _ = read::<Value>(bytes);
    let _ = read::<EntryVersion>(bytes);
    let _ = key_hash(bytes);
    let _ = split_frame(&mut BytesMut::from(&bytes[..]), 1 << 10);
}

/// Decodes a request with this body for the cache with id 0.
fn request(operation: Operation, body: &[u8]) -> Result<IncomingRequest, DecodeError> {
    let payload = [
        &operation.code().to_le_bytes()[..],
        &1_i64.to_le_bytes(),
        body,
    ]
    .concat();
    IncomingRequest::from_payload(&payload.into(), everything())
}

fn read<T: ReadValue>(bytes: &[u8]) -> Result<T, DecodeError> {
    T::read(&mut Reader::new(bytes))
}

fn raw(bytes: &[u8]) -> Result<RawValue, DecodeError> {
    RawValue::decode(&mut Reader::new(bytes))
}

/// The latest version with each feature that changes a layout.
fn everything() -> Dialect {
    Dialect {
        version: Version::LATEST,
        features: Feature::ALL.iter().copied().collect(),
    }
}
