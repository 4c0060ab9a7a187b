//! Scans and continuous queries (operations 2000, 2001, 2006, 2007).

use crate::cache::CacheHeader;
use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum, sequence};
use crate::resource::ResourceId;
use crate::value::RawValue;

/// Code of the user's that runs on the server: a binary object of a class known there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFilter {
    /// The filter.
    pub object: RawValue,
    /// Its language: 1 Java, 2 .NET, 3 C++.
    pub platform: u8,
}

/// The object and its platform, or null.
impl Layout for Option<RemoteFilter> {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Some(filter) => {
                filter.object.encode(writer);
                writer.u8(filter.platform);
            }
            None => writer.null(),
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.take_null() {
            return Ok(None);
        }
        let object = RawValue::decode(reader)?;
        Ok(Some(RemoteFilter {
            object,
            platform: reader.u8()?,
        }))
    }
}

/// Walks over the entries of a cache. Answers a [`Cursor`] of
/// [`Entry`](crate::Entry).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRequest {
    /// The cache.
    pub header: CacheHeader,
    /// Which entries, if not all.
    pub filter: Option<RemoteFilter>,
    /// How many entries a page has.
    pub page_size: i32,
    /// The only partition to look at, or -1 for all.
    pub partition: i32,
    /// Whether only the entries of the node itself count.
    pub local: bool,
}

sequence!(ScanRequest {
    header: CacheHeader,
    filter: Option<RemoteFilter>,
    page_size: i32,
    partition: i32,
    local: bool,
});

/// A part of the rows of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more. If not, the server has already closed the cursor.
    pub has_more: bool,
}

impl<T: Layout> Layout for Page<T> {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        self.rows.encode(writer);
        writer.bool(self.has_more);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            rows: Layout::decode(reader)?,
            has_more: reader.bool()?,
        })
    }
}

/// The answer to a query: the first page and how to get the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<T> {
    /// Names the cursor; it is open only if the page says there is more.
    pub id: ResourceId,
    /// The first page.
    pub page: Page<T>,
}

impl<T: Layout> Layout for Cursor<T> {
    const MINIMUM_SIZE: usize = 13;

    fn encode(&self, writer: &mut Writer) {
        self.id.encode(writer);
        self.page.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: Layout::decode(reader)?,
            page: Layout::decode(reader)?,
        })
    }
}

/// Notifies of changes of a cache until it is closed. Answers a [`ResourceId`]; notifications
/// carry a `Vec` of [`EntryEvent`]. There is no notification about entries that are there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContinuousQueryRequest {
    /// The cache.
    pub header: CacheHeader,
    /// How many events a notification has at most.
    pub page_size: i32,
    /// How many milliseconds an incomplete page waits; 0 for ever.
    pub time_interval: i64,
    /// Whether expired entries are told.
    pub include_expired: bool,
    /// Which events, if not all.
    pub filter: Option<RemoteFilter>,
}

sequence!(ContinuousQueryRequest {
    header: CacheHeader,
    page_size: i32,
    time_interval: i64,
    include_expired: bool,
    filter: Option<RemoteFilter>,
});

code_enum! {
    /// What happened to an entry.
    pub enum EventKind: u8, "event kind" {
        /// It is new.
        Created = 0,
        /// It has a new value.
        Updated = 1,
        /// It was removed.
        Removed = 2,
        /// Its time was over.
        Expired = 3,
    }
}

/// A change of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryEvent {
    /// The key.
    pub key: RawValue,
    /// The value before, or null.
    pub old_value: RawValue,
    /// The value now; null after a removal or expiry.
    pub value: RawValue,
    /// What happened.
    pub kind: EventKind,
}

sequence!(EntryEvent {
    key: RawValue,
    old_value: RawValue,
    value: RawValue,
    kind: EventKind,
});
