//! What a group knows of a set: five bytes, a byte of flags and the id of the cache.

use portway_ignite_protocol::{CacheId, OpenedSet};

use crate::engine::EngineError;

const COLLOCATED: u8 = 1;
const WHOLE: u8 = 2;

/// A set of a group, among those of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownSet {
    /// Whether it was asked to lie on one node.
    pub(super) is_collocated: bool,
    /// Whether each node that has something of it has all: of a replicated one too.
    pub(super) is_whole: bool,
    /// The cache that a node keeps it in.
    pub(super) cache: CacheId,
}

impl KnownSet {
    pub(super) fn opened(self) -> OpenedSet {
        OpenedSet {
            collocated: self.is_whole,
            cache: self.cache,
        }
    }

    pub(super) fn encode_all(sets: &[Self]) -> Vec<u8> {
        sets.iter().flat_map(|set| set.encode()).collect()
    }

    pub(super) fn decode_all(stored: &[u8]) -> Result<Vec<Self>, EngineError> {
        let (sets, []) = stored.as_chunks::<5>() else {
            return Err(EngineError::Unreadable("a set"));
        };
        Ok(sets.iter().copied().map(Self::decode).collect())
    }

    fn encode(self) -> [u8; 5] {
        let collocated = if self.is_collocated { COLLOCATED } else { 0 };
        let whole = if self.is_whole { WHOLE } else { 0 };
        let [a, b, c, d] = self.cache.0.to_le_bytes();
        [collocated | whole, a, b, c, d]
    }

    /// What is collocated is whole, also where the second flag was not yet kept.
    fn decode([flags, a, b, c, d]: [u8; 5]) -> Self {
        Self {
            is_collocated: flags & COLLOCATED != 0,
            is_whole: flags != 0,
            cache: CacheId(i32::from_le_bytes([a, b, c, d])),
        }
    }
}
