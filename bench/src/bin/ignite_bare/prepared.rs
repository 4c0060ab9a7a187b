//! Requests that are encoded before the measurement.

use bench_client::{CACHE, IN_FLIGHT, KEYS, PAGE, POINT_QUERY, QUERY, ROWS, VALUE};
use portway_ignite::{
    WriteValue,
    protocol::{
        BinaryConfiguration, CacheHeader, CacheId, Dialect, Features, KeyValueAction,
        KeyValueRequest, RawValue, Request, SqlFieldsRequest, Version, encode_request,
    },
};

const DIALECT: Dialect = Dialect {
    version: Version::LATEST,
    features: Features::NONE,
};
/// Where the table of the SQL lines is.
const SCHEMA: &str = "PUBLIC";

/// One frame for each key, all equally long.
pub(crate) struct Prepared {
    frames: Vec<u8>,
    length: usize,
    next: usize,
}

impl Prepared {
    /// The same value for each key.
    pub(crate) fn puts() -> anyhow::Result<Self> {
        Self::of_actions(|key| KeyValueAction::Put {
            key,
            value: raw(VALUE),
        })
    }

    /// The value of each key.
    pub(crate) fn gets() -> anyhow::Result<Self> {
        Self::of_actions(|key| KeyValueAction::Get { key })
    }

    /// The row of each key.
    pub(crate) fn points() -> anyhow::Result<Self> {
        Self::of_requests(|key| {
            let mut request = query(POINT_QUERY);
            request.arguments = vec![raw(&(key % ROWS as i64))];
            Request::SqlFields(request)
        })
    }

    /// All rows.
    pub(crate) fn rows() -> anyhow::Result<Self> {
        Self::of_requests(|_| Request::SqlFields(query(QUERY)))
    }

    fn of_actions(action: impl Fn(RawValue) -> KeyValueAction) -> anyhow::Result<Self> {
        let header = CacheHeader::new(CacheId::of(CACHE));
        Self::of_requests(|key| {
            let action = action(raw(&key));
            Request::KeyValue(KeyValueRequest { header, action })
        })
    }

    fn of_requests(request: impl Fn(i64) -> Request) -> anyhow::Result<Self> {
        let mut frames = Vec::new();
        for key in 0..KEYS {
            frames.extend_from_slice(&encode_request(&request(key), key, DIALECT)?);
        }
        let length = frames.len() / KEYS as usize;
        // The first ones once more, so that any number up to the limit is one slice.
        frames.extend_from_within(..IN_FLIGHT * length);
        Ok(Self {
            frames,
            length,
            next: 0,
        })
    }

    /// The next frames, at most [`IN_FLIGHT`].
    pub(crate) fn take(&mut self, count: usize) -> &[u8] {
        let start = self.next;
        self.next = (start + count) % KEYS as usize;
        &self.frames[start * self.length..(start + count) * self.length]
    }

    /// The frame of one key, in turn.
    pub(crate) fn frame(&self, key: usize) -> &[u8] {
        let start = key % KEYS as usize * self.length;
        &self.frames[start..start + self.length]
    }
}

fn query(sql: &str) -> SqlFieldsRequest {
    SqlFieldsRequest {
        schema: Some(SCHEMA.to_owned()),
        page_size: PAGE.get().cast_signed(),
        ..SqlFieldsRequest::new(CacheHeader::new(CacheId(0)), sql)
    }
}

fn raw<T: WriteValue + ?Sized>(value: &T) -> RawValue {
    RawValue::encode(value, BinaryConfiguration::default())
}
