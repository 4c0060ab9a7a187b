//! What a client does next.

use portway_ignite_protocol::{
    CacheHeader, Concurrency, Entry, ExpiryDuration, ExpiryPolicy, Isolation, KeyValueAction,
    KeyValueRequest, PeekMode, RawValue, Request, ScanRequest, SqlFieldsRequest, StartTransaction,
};

use crate::random::Random;

/// How long short-lived entries live, in milliseconds.
pub(crate) const SHORT: u64 = 700;

/// What no entry outlives within a round.
const LONG: u64 = 3_600_000;

fn int(value: i32) -> RawValue {
    RawValue::encode(&value, Default::default())
}

/// Few keys, so that clients meet.
fn key(random: &mut Random) -> RawValue {
    let kinds = if random.numbers_only() { 5 } else { 6 };
    match random.below(kinds) {
        5 => RawValue::encode("five", Default::default()),
        number => int(number as i32),
    }
}

/// Few values, so that some are equal.
fn value(random: &mut Random) -> RawValue {
    int(random.below(3) as i32)
}

fn keys(random: &mut Random) -> Vec<RawValue> {
    (0..random.below(4)).map(|_| key(random)).collect()
}

fn entries(random: &mut Random) -> Vec<Entry> {
    let entry = |random: &mut Random| Entry {
        key: key(random),
        value: value(random),
    };
    (0..random.below(4)).map(|_| entry(random)).collect()
}

/// An operation that may be part of a transaction.
pub(crate) fn operation(random: &mut Random, header: CacheHeader) -> Request {
    let action = action(random);
    Request::KeyValue(KeyValueRequest { header, action })
}

fn action(random: &mut Random) -> KeyValueAction {
    use KeyValueAction as Action;

    let (key, value, expected) = (key(random), value(random), value(random));
    match random.below(20) {
        0 | 1 => Action::Get { key },
        2 | 3 => Action::Put { key, value },
        4 => Action::PutIfAbsent { key, value },
        5 => Action::GetAll { keys: keys(random) },
        6 => Action::PutAll {
            entries: entries(random),
        },
        7 => Action::GetAndPut { key, value },
        8 => Action::GetAndReplace { key, value },
        9 => Action::GetAndRemove { key },
        10 => Action::GetAndPutIfAbsent { key, value },
        11 => Action::Replace { key, value },
        12 => Action::ReplaceIfEquals {
            key,
            expected,
            value,
        },
        13 => Action::ContainsKey { key },
        14 => Action::ContainsKeys { keys: keys(random) },
        15 => Action::RemoveKey { key },
        16 => Action::RemoveIfEquals { key, expected },
        17 => Action::RemoveKeys { keys: keys(random) },
        18 => Action::LocalPeek { key },
        _ => Action::Size {
            modes: vec![PeekMode::All],
        },
    }
}

/// An operation on a whole cache, outside of transactions.
pub(crate) fn sweeping(random: &mut Random, header: CacheHeader) -> Request {
    use KeyValueAction as Action;

    let action = match random.below(4) {
        0 => Action::Clear,
        1 => Action::ClearKey { key: key(random) },
        2 => Action::ClearKeys { keys: keys(random) },
        _ => Action::RemoveAll,
    };
    Request::KeyValue(KeyValueRequest { header, action })
}

/// Whether a request removes a whole cache: a node does so in the order of its partitions.
pub(crate) fn is_remove_all(request: &Request) -> bool {
    matches!(request, Request::KeyValue(request) if request.action == KeyValueAction::RemoveAll)
}

pub(crate) fn scan(header: CacheHeader) -> Request {
    Request::Scan(ScanRequest {
        header,
        filter: None,
        page_size: 1000,
        partition: -1,
        local: false,
    })
}

/// A statement about the table of a cache, whose rows are its entries.
pub(crate) fn statement(random: &mut Random, header: CacheHeader) -> Request {
    let (key, value, other) = (random.below(5), random.below(3), random.below(3));
    let sql = match random.below(14) {
        0 => "SELECT k, v FROM t ORDER BY k".to_owned(),
        1 => format!("SELECT v FROM t WHERE k = {key}"),
        2 => format!("SELECT COUNT(*), SUM(v), MIN(k), MAX(v) FROM t WHERE v >= {value}"),
        3 => "SELECT v, COUNT(*) FROM t GROUP BY v ORDER BY v".to_owned(),
        4 => format!(
            "SELECT a.k, b.k FROM t a JOIN t b ON a.v = b.v WHERE a.k < {key} ORDER BY 1, 2"
        ),
        5 => {
            format!("SELECT k FROM t WHERE v IN (SELECT v FROM t WHERE k > {key}) ORDER BY k DESC")
        }
        6 => format!("INSERT INTO t (k, v) VALUES ({key}, {value})"),
        7 => format!("INSERT INTO t (k, v) SELECT {key}, {value}"),
        8 => format!("MERGE INTO t (k, v) VALUES ({key}, {value})"),
        9 => format!("UPDATE t SET v = {value} WHERE k = {key}"),
        10 => format!("UPDATE t SET v = v + 1 WHERE v = {value}"),
        11 => format!("DELETE FROM t WHERE k = {key}"),
        12 => format!("DELETE FROM t WHERE v = {value}"),
        _ => format!(
            "MERGE INTO t (k, v) VALUES ({key}, {other}), ({}, {value})",
            (key + value % 2) % 5
        ),
    };
    Request::SqlFields(SqlFieldsRequest::new(header, sql))
}

/// Whether a request changes several entries in an order that is the server's.
pub(crate) fn is_statement(request: &Request) -> bool {
    matches!(request, Request::SqlFields(_))
}

pub(crate) fn begin(random: &mut Random) -> Request {
    Request::StartTransaction(StartTransaction {
        concurrency: *random.choose(Concurrency::ALL),
        isolation: *random.choose(Isolation::ALL),
        // Longer than a round, or none: what ends with its time is a test of its own.
        timeout: *random.choose(&[0, 60_000]),
        label: random.choose(&[None, Some("model")]).map(str::to_owned),
    })
}

/// A policy of the call, whose shortest time is [`SHORT`].
pub(crate) fn policy(random: &mut Random) -> ExpiryPolicy {
    let mut duration = || match random.below(6) {
        0 | 1 => ExpiryDuration::Unchanged,
        2 => ExpiryDuration::Eternal,
        3 => ExpiryDuration::Milliseconds(LONG),
        _ => ExpiryDuration::Milliseconds(SHORT),
    };
    ExpiryPolicy {
        create: duration(),
        update: duration(),
        access: duration(),
    }
}
