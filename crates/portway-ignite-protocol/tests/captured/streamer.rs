//! The data streamer.

use portway_ignite_protocol::{
    CacheId, EntryBatchWriter, Request, ResourceId, StreamerDataRequest, StreamerFlags,
    StreamerStartRequest, decode_body, encode_request,
};

use crate::hex;

/// It answered with 0 and stored the entry.
#[test]
fn a_batch_in_one_request_is_what_the_server_accepted() {
    let mut entries = EntryBatchWriter::new(Default::default());
    entries.put(&1_i32, "a");
    entries.remove(&2_i32);
    let flags = StreamerFlags::ALLOW_OVERWRITE
        .with(StreamerFlags::FLUSH)
        .with(StreamerFlags::CLOSE);

    let frame = encode_request(&start(flags, entries), 2, Default::default()).unwrap();

    let expected = "401f02000000000000001f7cbf6a19ffffffffffffffff6502000000030100000009010000006103\
                    0200000065";
    assert_eq!(frame.slice(4..), hex(expected));
    let answer: ResourceId = decode_body(&hex("0000000000000000"), Default::default()).unwrap();
    assert_eq!(answer, ResourceId(0));
}

/// It answered with 1, the id of a streamer that stays open.
#[test]
fn an_empty_start_is_what_the_server_accepted() {
    let entries = EntryBatchWriter::new(Default::default());
    let request = start(StreamerFlags::ALLOW_OVERWRITE, entries);

    let frame = encode_request(&request, 3, Default::default()).unwrap();

    let expected = "401f03000000000000001f7cbf6a01ffffffffffffffff6500000000";
    assert_eq!(frame.slice(4..), hex(expected));
}

#[test]
fn more_entries_are_what_the_server_accepted() {
    let mut entries = EntryBatchWriter::new(Default::default());
    entries.put(&3_i32, "b");
    let request = Request::StreamerData(StreamerDataRequest {
        streamer: ResourceId(1),
        flags: StreamerFlags::FLUSH.with(StreamerFlags::CLOSE),
        entries: entries.take(),
    });

    let frame = encode_request(&request, 4, Default::default()).unwrap();

    let expected = "411f0400000000000000010000000000000018010000000303000000090100000062";
    assert_eq!(frame.slice(4..), hex(expected));
}

fn start(flags: StreamerFlags, mut entries: EntryBatchWriter) -> Request {
    Request::StreamerStart(StreamerStartRequest {
        cache: CacheId::of("streamed"),
        flags,
        per_node_buffer: -1,
        per_thread_buffer: -1,
        receiver: None,
        entries: entries.take(),
    })
}
