//! Writes with versions of another cluster, as the Java client sends them.

use portway_ignite_protocol::{
    CacheHeader, CacheId, ConflictEntry, ConflictRemoval, Dialect, EntryVersion, KeyValueAction,
    KeyValueRequest, RawValue, Request, WriteValue, encode_request,
};

use crate::hex;

#[test]
fn a_put_carries_a_version_and_an_expiry_time() {
    let version = EntryVersion {
        topology: 5,
        order: 6,
        node_order: 3,
        data_center: 2,
    };
    let entry = ConflictEntry {
        key: raw(&7),
        value: raw(&70),
        version: raw(&version),
        expire_time: 0,
    };

    let sent = hex(concat!(
        "fe030300000000000000d27f010000010000000307000000",
        "0346000000fe170000006548d6811d00000500000006000000000000000300001000000000",
        "00000000",
    ));
    let action = KeyValueAction::PutAllConflict {
        entries: vec![entry],
    };
    assert_eq!(encoded(action, 3), sent);
}

#[test]
fn a_removal_carries_a_version() {
    let version = EntryVersion {
        topology: 0x0102_0304,
        order: 0x0506_0708_090a_0b0c,
        node_order: 0x000d_0e0f,
        data_center: 31,
    };
    let removal = ConflictRemoval {
        key: raw(&7),
        version: raw(&version),
    };

    let sent = hex(concat!(
        "ff030500000000000000d27f010000010000000307000000",
        "fe170000006548d6811d0000040302010c0b0a09080706050f0e0df8",
    ));
    let action = KeyValueAction::RemoveAllConflict {
        entries: vec![removal],
    };
    assert_eq!(encoded(action, 5), sent);
    assert_eq!(raw(&version).read(), Ok(version));
}

fn raw<T: WriteValue>(value: &T) -> RawValue {
    RawValue::encode(value, Default::default())
}

fn encoded(action: KeyValueAction, id: i64) -> bytes::Bytes {
    let header = CacheHeader {
        keep_binary: false,
        ..CacheHeader::new(CacheId::of("cap"))
    };
    let request = Request::KeyValue(KeyValueRequest { header, action });
    let frame = encode_request(&request, id, Dialect::default()).unwrap();
    frame.slice(4..)
}
