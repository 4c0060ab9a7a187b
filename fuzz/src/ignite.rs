//! The Ignite codec, both directions.

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::{
    BinaryConfiguration, BinaryObject, BinaryType, CacheConfiguration, CachePartitions, Cursor,
    Dialect, EntryEvent, Features, HandshakeRequest, HandshakeResponse, Incoming, IncomingRequest,
    InvokeOutcome, Layout, NoSchemas, NodeEndpoints, NodeIds, Page, RawValue, Rows,
    SqlFieldsCursor, TypeRegistry, Value, Version, decode_body, encode_request, split_frame,
};

/// Small, so that the limit itself is met often.
const FRAME_LIMIT: usize = 4096;

/// What a grid does with the bytes of a connection: cut frames, read a handshake or requests.
///
/// A request that was understood must say the same after it was written and read again.
pub fn grid_requests(input: &[u8]) {
    let Some((dialect, input)) = split_dialect(input) else {
        return;
    };
    let mut stream = BytesMut::from(input);
    while let Ok(Some(payload)) = split_frame(&mut stream, FRAME_LIMIT) {
        assert!(
            payload.len() <= FRAME_LIMIT,
            "a frame is never longer than its limit"
        );
        let _ = HandshakeRequest::from_payload(&payload);
        if let Ok(incoming) = IncomingRequest::from_payload(&payload, dialect) {
            assert_writes_the_same(&incoming, dialect);
        }
        if let Ok(kept) = IncomingRequest::to_keep(&payload, dialect) {
            assert_writes_the_same(&kept, dialect);
        }
    }
}

fn assert_writes_the_same(incoming: &IncomingRequest, dialect: Dialect) {
    let Some(request) = &incoming.request else {
        return;
    };
    let frame = encode_request(request, incoming.header.request_id, dialect)
        .expect("what fitted a frame fits one again");
    let payload = split_frame(&mut BytesMut::from(&frame[..]), frame.len())
        .expect("our own frame is well-formed")
        .expect("our own frame is whole");
    let again = IncomingRequest::from_payload(&payload, dialect);
    assert_eq!(
        again.as_ref(),
        Ok(incoming),
        "a request survives being written"
    );
}

/// What a client does with the bytes of a server: a handshake's answer, then responses and
/// notifications, whose body is read as what the second byte names.
pub fn client_responses(input: &[u8]) {
    let Some((dialect, input)) = split_dialect(input) else {
        return;
    };
    let Some((kind, input)) = input.split_first() else {
        return;
    };
    let payload = Bytes::copy_from_slice(input);
    let _ = HandshakeResponse::from_payload(&payload, dialect.version);
    let Ok((_, body)) = Incoming::from_payload(&payload, dialect) else {
        return;
    };
    let decoders = BODIES;
    decoders[usize::from(*kind) % decoders.len()](&body, dialect);
}

type Decoder = fn(&Bytes, Dialect);

const BODIES: [Decoder; 14] = [
    decode::<RawValue>,
    decode::<Vec<RawValue>>,
    decode::<Page<RawValue>>,
    decode::<Cursor<RawValue>>,
    decode::<SqlFieldsCursor>,
    decode_rows,
    decode::<Vec<InvokeOutcome>>,
    decode::<Vec<EntryEvent>>,
    decode::<CacheConfiguration>,
    decode::<CachePartitions>,
    decode::<Option<BinaryType>>,
    decode::<NodeIds>,
    decode::<NodeEndpoints>,
    decode::<Vec<String>>,
];

fn decode<T: Layout>(body: &Bytes, dialect: Dialect) {
    let _ = decode_body::<T>(body, dialect);
}

/// The first byte says how many columns were announced before.
fn decode_rows(body: &Bytes, dialect: Dialect) {
    let columns = usize::from(body.first().copied().unwrap_or(0));
    let Ok(rows) = Rows::from_body(&body.slice(1.min(body.len())..), columns, dialect) else {
        return;
    };
    for row in 0..rows.len() {
        let _ = rows.read::<Value>(row, columns / 2, &NoSchemas);
    }
}

/// Any value, as both sides store and read them; what was read must say the same after it was
/// written and read again.
pub fn ignite_values(input: &[u8]) {
    let Ok(raw) = RawValue::from_bytes(&Bytes::copy_from_slice(input)) else {
        return;
    };
    let _ = raw.read_with::<Value>(&TypeRegistry::default());
    let _ = raw.read::<String>();
    let _ = raw.read::<Vec<u8>>();
    let _ = BinaryObject::from_bytes(raw.clone().into_bytes());
    let Ok(value) = raw.read::<Value>() else {
        return;
    };
    let written = RawValue::encode(&value, BinaryConfiguration::default());
    let again = written.read::<Value>().expect("what we wrote can be read");
    let rewritten = RawValue::encode(&again, BinaryConfiguration::default());
    // Bytes are compared, not values: a floating-point NaN differs from itself.
    assert_eq!(
        rewritten.as_bytes(),
        written.as_bytes(),
        "a value survives being written"
    );
}

/// The first byte chooses one of the versions, and the features with the newest of them.
fn split_dialect(input: &[u8]) -> Option<(Dialect, &[u8])> {
    let (choice, rest) = input.split_first()?;
    let minor = i16::from(choice % 9);
    let version = Version {
        minor: minor.min(7),
        ..Version::LATEST
    };
    let features = if minor == 8 {
        Features::SUPPORTED
    } else {
        Features::default()
    };
    Some((Dialect { version, features }, rest))
}
