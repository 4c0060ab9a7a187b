//! Whatever is written is read again as it was.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod answers;
mod in_place;
mod queries;
mod remote;
mod requests;
mod values;

use bytes::BytesMut;
use portway_ignite_protocol::{
    BinaryConfiguration, BinaryObjectBuilder, Dialect, EntryBatchWriter, EntryVersion, Feature,
    Features, Incoming, IncomingRequest, Layout, NameMapper, RawValue, Reader, Rows, Value,
    Version, Writer, decode_body, encode_request, encode_response, split_frame,
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_value_reads_as_it_was_written(value in values::any_value()) {
        let raw = RawValue::encode(&value, BinaryConfiguration::default());

        prop_assert_eq!(raw.read::<Value>().unwrap(), value);
    }

    #[test]
    fn a_built_object_is_taken_apart_and_built_again(
        fields in prop::collection::btree_map("[a-zA-Z][a-z0-9_]{0,9}", values::any_value(), 0..8),
        raw: Option<Vec<u8>>,
        configuration in any_configuration(),
    ) {
        let mut builder = BinaryObjectBuilder::new("com.example.Built");
        for (name, value) in &fields {
            builder = builder.set(name.clone(), value.clone());
        }
        if let Some(raw) = raw.filter(|raw| !raw.is_empty()) {
            builder = builder.raw(raw);
        }
        let object = builder.build(configuration).unwrap();

        for (name, value) in &fields {
            let expected = object.field::<Value>(name).unwrap().unwrap_or_default();
            // Names do not tell upper from lower case: the last one counts.
            let twin = fields.keys().filter(|other| other.eq_ignore_ascii_case(name)).count() > 1;
            prop_assert!(twin || &expected == value);
        }
        prop_assert_eq!(object.to_builder().unwrap().build(configuration).unwrap(), object.clone());
        prop_assert_eq!(object.to_string(), format!("{object:?}"));
    }

    #[test]
    fn a_value_ends_where_it_is_skipped(value in values::any_value(), tail: Vec<u8>) {
        let raw = RawValue::encode(&value, BinaryConfiguration::default());
        let mut bytes = BytesMut::from(raw.as_bytes());
        bytes.extend_from_slice(&tail);
        let bytes = bytes.freeze();
        let mut reader = Reader::shared(&bytes);

        let taken = RawValue::decode(&mut reader).unwrap();

        prop_assert_eq!(taken, raw);
        prop_assert_eq!(reader.left(), tail.len());
    }

    #[test]
    fn a_request_reads_as_it_was_written(request in requests::any_request(), id: i64) {
        let frame = encode_request(&request, id, everything()).unwrap();
        let payload = split_frame(&mut frame.into(), 1 << 20).unwrap().unwrap();

        let incoming = IncomingRequest::from_payload(&payload, everything()).unwrap();

        prop_assert_eq!(incoming.header.request_id, id);
        prop_assert_eq!(incoming.request, Some(request));
    }

    #[test]
    fn what_a_dialect_cannot_say_is_left_out(
        request in requests::any_request(),
        dialect in any_dialect(),
    ) {
        let written = encode_request(&request, 1, dialect).unwrap();
        let read = IncomingRequest::from_payload(&written.slice(4..), dialect).unwrap();

        let again = encode_request(&read.request.unwrap(), 1, dialect).unwrap();

        prop_assert_eq!(again, written);
    }

    #[test]
    fn a_batch_gives_its_entries_back(
        entries in prop::collection::vec(requests::entry(), 0..8),
    ) {
        let mut writer = EntryBatchWriter::new(BinaryConfiguration::default());
        for entry in &entries {
            writer.put(&entry.key, &entry.value);
        }

        let batch = writer.take();

        prop_assert_eq!(batch.len(), entries.len());
        prop_assert_eq!(batch.entries().collect::<Vec<_>>(), entries);
        prop_assert!(writer.is_empty());
    }

    #[test]
    fn an_answer_reads_as_it_was_written(answer in answers::any_answer()) {
        answer.check(everything());
    }

    #[test]
    fn a_page_of_rows_reads_as_it_was_written(rows in answers::rows(), tail: Vec<u8>) {
        let mut writer = Writer::new();
        rows.encode(&mut writer);
        let written = writer.position();
        writer.bytes(&tail);
        let bytes = writer.into_bytes();

        let mut reader = Reader::shared(&bytes);
        let read = Rows::decode(&mut reader, rows.columns()).unwrap();

        prop_assert_eq!(reader.left(), tail.len());
        prop_assert_eq!(&read, &rows);
        let body = bytes.slice(..written);
        prop_assert_eq!(Rows::from_body(&body, rows.columns(), everything()).unwrap(), rows);
    }

    #[test]
    fn a_version_of_an_entry_reads_as_it_was_written(
        topology: i32,
        order: i64,
        node_order in 0_u32..1 << 27,
        data_center in 0_u8..32,
    ) {
        let version = EntryVersion { topology, order, node_order, data_center };
        let raw = RawValue::encode(&version, BinaryConfiguration::default());

        prop_assert_eq!(raw.read::<EntryVersion>().unwrap(), version);
    }

    #[test]
    fn a_frame_can_arrive_in_pieces(payload: Vec<u8>, rest: Vec<u8>, cut in 0_usize..64) {
        let length = i32::try_from(payload.len()).unwrap().to_le_bytes();
        let stream = [&length[..], &payload, &rest].concat();
        let cut = cut.min(4 + payload.len()).min(stream.len());
        let mut buffer = BytesMut::from(&stream[..cut]);

        let early = split_frame(&mut buffer, 1 << 20).unwrap();
        let late = if early.is_some() { early } else {
            buffer.extend_from_slice(&stream[cut..]);
            split_frame(&mut buffer, 1 << 20).unwrap()
        };

        prop_assert_eq!(late.unwrap(), payload);
    }
}

/// Writes an answer, reads it, and compares.
fn check<T: Layout + PartialEq + std::fmt::Debug>(answer: &T, dialect: Dialect) {
    let frame = encode_response(answer, 5, None, dialect).unwrap();
    let (header, body) = Incoming::from_payload(&frame.slice(4..), dialect).unwrap();
    assert!(matches!(header, Incoming::Response(_)));
    assert!(
        body.len() >= T::MINIMUM_SIZE,
        "a count would be refused that is true"
    );
    assert_eq!(&decode_body::<T>(&body, dialect).unwrap(), answer);
}

/// The latest version with each feature that changes a layout.
fn everything() -> Dialect {
    Dialect {
        version: Version::LATEST,
        features: Feature::ALL.iter().copied().collect(),
    }
}

fn any_dialect() -> impl Strategy<Value = Dialect> {
    let versions = [
        Version::V1_0,
        Version::V1_1,
        Version::V1_2,
        Version::V1_4,
        Version::V1_6,
        Version::V1_7,
    ];
    let features = prop::sample::subsequence(Feature::ALL, 0..=Feature::ALL.len());
    (prop::sample::select(versions.to_vec()), features).prop_map(|(version, features)| Dialect {
        version,
        features: Features::from_iter(features),
    })
}

fn any_configuration() -> impl Strategy<Value = BinaryConfiguration> {
    (any::<bool>(), prop::sample::select(NameMapper::ALL)).prop_map(
        |(compact_footer, name_mapper)| BinaryConfiguration {
            compact_footer,
            name_mapper,
        },
    )
}
