//! The data streamer (operations 8000, 8001): many entries at once, faster than by `PutAll`.
//!
//! ```text
//! 8000 start  cache i32 | flags u8 | per node i32 | per thread i32 | receiver, platform u8 or null | entries
//! 8001 data   streamer i64 | flags u8 | entries
//! entries     count i32 | count x (key, value or null)
//! ```
//!
//! Source: `ClientDataStreamerStartRequest` and `ClientDataStreamerAddDataRequest`.

use bytes::Bytes;

use crate::cache::CacheId;
use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::key_value::Entry;
use crate::metadata::BinaryConfiguration;
use crate::resource::ResourceId;
use crate::typed::WriteValue;
use crate::value::RawValue;

/// How a streamer treats entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamerFlags(u8);

impl StreamerFlags {
    /// None of the others.
    pub const NONE: Self = Self(0);
    /// Entries replace those that are there.
    pub const ALLOW_OVERWRITE: Self = Self(1);
    /// Entries do not go to the store behind the cache.
    pub const SKIP_STORE: Self = Self(2);
    /// The receiver is given binary objects as they are.
    pub const KEEP_BINARY: Self = Self(4);
    /// The answer says that all entries are stored.
    pub const FLUSH: Self = Self(8);
    /// The streamer ends with this request.
    pub const CLOSE: Self = Self(16);

    /// Both these and the `other` flags.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of the `other` flags are among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Layout for StreamerFlags {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.u8().map(Self)
    }
}

/// Code of the user's that puts streamed entries into the cache, in place of the grid's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReceiver {
    /// An object of a class known to the server, which is a `StreamReceiver` there.
    pub object: RawValue,
    /// Its language: 1 Java, 2 .NET.
    pub platform: u8,
}

/// The object and its platform, or null.
impl Layout for Option<StreamReceiver> {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Some(receiver) => {
                receiver.object.encode(writer);
                writer.u8(receiver.platform);
            }
            None => writer.null(),
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.take_null() {
            return Ok(None);
        }
        Ok(Some(StreamReceiver {
            object: RawValue::decode(reader)?,
            platform: reader.u8()?,
        }))
    }
}

/// Entries as they travel: encoded once, however often they are sent. A null value removes its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryBatch {
    count: usize,
    bytes: Bytes,
}

impl EntryBatch {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entries one by one. They share the memory of the batch.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let mut position = 0;
        (0..self.count).map_while(move |_| {
            let rest = self.bytes.slice(position..);
            let mut reader = Reader::shared(&rest);
            // What was written or read as entries is read as such again.
            let entry = Entry::decode(&mut reader).ok()?;
            position += reader.position();
            Some(entry)
        })
    }
}

impl Layout for EntryBatch {
    const MINIMUM_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer) {
        writer.count(self.count);
        writer.bytes(&self.bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.count(Entry::MINIMUM_SIZE)?;
        let start = reader.position();
        for _ in 0..count {
            Entry::decode(reader)?;
        }
        let bytes = reader.share(&reader.all()[start..reader.position()]);
        Ok(Self { count, bytes })
    }
}

/// Writes entries one behind the other into an [`EntryBatch`].
#[derive(Debug)]
pub struct EntryBatchWriter {
    count: usize,
    writer: Writer,
}

impl EntryBatchWriter {
    /// Starts empty; objects will be written as `configuration` says.
    pub fn new(configuration: BinaryConfiguration) -> Self {
        Self {
            count: 0,
            writer: Writer::new().with_binary(configuration),
        }
    }

    /// The number of entries so far.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none so far.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of bytes so far.
    pub fn size(&self) -> usize {
        self.writer.position()
    }

    /// Appends an entry.
    pub fn put<K, V>(&mut self, key: &K, value: &V)
    where
        K: WriteValue + ?Sized,
        V: WriteValue + ?Sized,
    {
        key.write(&mut self.writer);
        value.write(&mut self.writer);
        self.count += 1;
    }

    /// Appends the removal of a key.
    pub fn remove<K: WriteValue + ?Sized>(&mut self, key: &K) {
        key.write(&mut self.writer);
        self.writer.null();
        self.count += 1;
    }

    /// Takes the entries out, and starts empty again.
    pub fn take(&mut self) -> EntryBatch {
        let fresh = Self::new(self.writer.binary());
        let Self { count, writer } = std::mem::replace(self, fresh);
        EntryBatch {
            count,
            bytes: writer.into_bytes(),
        }
    }
}

/// Starts a streamer and gives it its first entries. Answers the [`ResourceId`] of the streamer,
/// which is 0 if the request closed it: with [`FLUSH`](StreamerFlags::FLUSH) and
/// [`CLOSE`](StreamerFlags::CLOSE) one request stores a batch and leaves nothing on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamerStartRequest {
    /// The cache.
    pub cache: CacheId,
    /// How to treat the entries.
    pub flags: StreamerFlags,
    /// How many entries for one node the server sends there at once; -1 for its default.
    pub per_node_buffer: i32,
    /// How many entries a thread of the server collects first; -1 for its default.
    pub per_thread_buffer: i32,
    /// Who puts the entries into the cache, if not the grid itself.
    pub receiver: Option<StreamReceiver>,
    /// The first entries.
    pub entries: EntryBatch,
}

sequence!(StreamerStartRequest {
    cache: CacheId,
    flags: StreamerFlags,
    per_node_buffer: i32,
    per_thread_buffer: i32,
    receiver: Option<StreamReceiver>,
    entries: EntryBatch,
});

/// Gives a streamer more entries. Answers `()`, which says that they are stored only with
/// [`FLUSH`](StreamerFlags::FLUSH).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamerDataRequest {
    /// The streamer, which belongs to this connection.
    pub streamer: ResourceId,
    /// Whether to flush or close it afterwards.
    pub flags: StreamerFlags,
    /// The entries.
    pub entries: EntryBatch,
}

sequence!(StreamerDataRequest {
    streamer: ResourceId,
    flags: StreamerFlags,
    entries: EntryBatch,
});
