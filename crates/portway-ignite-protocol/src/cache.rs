//! What stands before the body of each cache operation.

use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::java;

const FLAG_KEEP_BINARY: u8 = 1;
const FLAG_TRANSACTIONAL: u8 = 2;
const FLAG_EXPIRY_POLICY: u8 = 4;

/// A cache's id: the hash code of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheId(pub i32);

impl CacheId {
    /// The id of the cache with this name.
    pub fn of(name: &str) -> Self {
        Self(java::cache_id(name))
    }
}

impl Layout for CacheId {
    const MINIMUM_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer) {
        writer.i32(self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.i32().map(Self)
    }
}

/// How long an entry lives after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ExpiryDuration {
    /// The time it had left stays.
    #[default]
    Unchanged,
    /// For ever.
    Eternal,
    /// So many milliseconds; with zero it expires at once.
    Milliseconds(u64),
}

impl ExpiryDuration {
    const UNCHANGED: i64 = -2;
    const ETERNAL: i64 = -1;
}

/// One number: milliseconds, or -2 for unchanged, or -1 for ever.
impl Layout for ExpiryDuration {
    const MINIMUM_SIZE: usize = 8;

    fn encode(&self, writer: &mut Writer) {
        writer.i64(match self {
            Self::Unchanged => Self::UNCHANGED,
            Self::Eternal => Self::ETERNAL,
            Self::Milliseconds(milliseconds) => i64::try_from(*milliseconds).unwrap_or(i64::MAX),
        });
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.i64()? {
            Self::UNCHANGED => Ok(Self::Unchanged),
            Self::ETERNAL => Ok(Self::Eternal),
            value => {
                u64::try_from(value)
                    .map(Self::Milliseconds)
                    .map_err(|_| DecodeError::UnknownCode {
                        what: "expiry duration",
                        value,
                    })
            }
        }
    }
}

/// When entries expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ExpiryPolicy {
    /// After the entry was created.
    pub create: ExpiryDuration,
    /// After its value was replaced.
    pub update: ExpiryDuration,
    /// After it was read.
    pub access: ExpiryDuration,
}

crate::codec::sequence!(ExpiryPolicy {
    create: ExpiryDuration,
    update: ExpiryDuration,
    access: ExpiryDuration,
});

/// What stands before the body of each cache operation:
/// cache id i32, flags u8, `[expiry: i64 x 3]`, `[transaction: i32]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheHeader {
    /// The cache.
    pub cache: CacheId,
    /// Whether the server leaves objects as they are; it matters only to code that runs there.
    pub keep_binary: bool,
    /// When the entries that this operation writes expire, if not as the cache says.
    /// Needs version 1.6.
    pub expiry: Option<ExpiryPolicy>,
    /// The transaction this operation belongs to. Needs version 1.5.
    pub transaction: Option<i32>,
}

impl CacheHeader {
    /// A header without expiry policy and transaction.
    pub fn new(cache: CacheId) -> Self {
        Self {
            cache,
            keep_binary: true,
            expiry: None,
            transaction: None,
        }
    }

    fn flags(&self) -> u8 {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        flag(self.keep_binary, FLAG_KEEP_BINARY)
            | flag(self.transaction.is_some(), FLAG_TRANSACTIONAL)
            | flag(self.expiry.is_some(), FLAG_EXPIRY_POLICY)
    }
}

impl Layout for CacheHeader {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        self.cache.encode(writer);
        writer.u8(self.flags());
        if let Some(expiry) = &self.expiry {
            expiry.encode(writer);
        }
        if let Some(transaction) = self.transaction {
            writer.i32(transaction);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let cache = CacheId::decode(reader)?;
        let flags = reader.u8()?;
        let has_expiry = flags & FLAG_EXPIRY_POLICY != 0;
        let has_transaction = flags & FLAG_TRANSACTIONAL != 0;
        Ok(Self {
            cache,
            keep_binary: flags & FLAG_KEEP_BINARY != 0,
            expiry: if has_expiry {
                Some(ExpiryPolicy::decode(reader)?)
            } else {
                None
            },
            transaction: if has_transaction {
                Some(reader.i32()?)
            } else {
                None
            },
        })
    }
}

/// A byte that says whether there is a policy, then the policy.
impl Layout for Option<ExpiryPolicy> {
    fn encode(&self, writer: &mut Writer) {
        writer.bool(self.is_some());
        if let Some(policy) = self {
            policy.encode(writer);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.bool()? {
            ExpiryPolicy::decode(reader).map(Some)
        } else {
            Ok(None)
        }
    }
}
