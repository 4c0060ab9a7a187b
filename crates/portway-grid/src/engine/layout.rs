//! How keys of the table are made up, so that one ordered map holds everything.
//!
//! ```text
//! 1 | cache id (4, big-endian)                      -> configuration of the cache
//! 2 | cache id (4, big-endian) | key (raw object)   -> expiry time (8, little-endian) | value
//! 3 | type id (4, big-endian)                       -> binary type metadata
//! 4 | platform (1) | type id (4, big-endian)        -> type name (UTF-8)
//! 6 | name (UTF-8)                                  -> what is kept of a user's password
//! 8 | 1 | group name | name                         -> atomic number (8, little-endian)
//! 8 | 2 | group name | name                         -> collocated (1) | cache id (4) of a set
//! 8 | 3 | cache id (4, big-endian) | name           -> the key of the set in its group
//! 8 | 4 | cache id (4, big-endian) | name | value   -> nothing: a value of a set
//! 9 | schema | name                              -> has columns (1) | text of a view | its columns
//! ```
//!
//! Names and texts stand behind their lengths (4, big-endian); version 2 had no views. This layout and the journal's records are the format on disk: a change of either raises
//! `store::FORMAT_VERSION`.

const CACHE: u8 = 1;
const ENTRY: u8 = 2;
const TYPE: u8 = 3;
const TYPE_NAME: u8 = 4;
const USER: u8 = 6;
const STRUCTURE: u8 = 8;
const SQL_VIEW: u8 = 9;

/// What follows the tag of a structure.
pub(crate) const NUMBER: u8 = 1;
pub(crate) const SET_OF_GROUP: u8 = 2;
pub(crate) const SET: u8 = 3;
pub(crate) const SET_VALUE: u8 = 4;
pub(crate) const GROUP: u8 = 5;

/// Bytes before the object in the key of an entry.
const ENTRY_PREFIX_LENGTH: usize = 5;

/// All cache configurations begin with it.
pub(crate) const ALL_CACHES: &[u8] = &[CACHE];
/// All entries of all caches begin with it.
pub(crate) const ALL_ENTRIES: &[u8] = &[ENTRY];

/// All numbers and sets begin with it.
pub(crate) const ALL_STRUCTURES: &[u8] = &[STRUCTURE];
/// All views begin with it.
pub(crate) const ALL_SQL_VIEWS: &[u8] = &[SQL_VIEW];
/// The metadata of all binary types begins with it.
pub(crate) const ALL_TYPES: &[u8] = &[TYPE];
/// All users begin with it.
pub(crate) const ALL_USERS: &[u8] = &[USER];

pub(crate) fn user_key(name: &str) -> Vec<u8> {
    [&[USER], name.as_bytes()].concat()
}

pub(crate) fn cache_key(cache: i32) -> [u8; 5] {
    tagged(CACHE, cache)
}

/// What the entries of one cache begin with.
pub(crate) fn entry_prefix(cache: i32) -> [u8; ENTRY_PREFIX_LENGTH] {
    tagged(ENTRY, cache)
}

pub(crate) fn entry_key(cache: i32, key: &[u8]) -> Vec<u8> {
    [&entry_prefix(cache), key].concat()
}

pub(crate) fn type_key(type_id: i32) -> [u8; 5] {
    tagged(TYPE, type_id)
}

pub(crate) fn type_name_key(platform: u8, type_id: i32) -> [u8; 6] {
    let [a, b, c, d] = type_id.to_be_bytes();
    [TYPE_NAME, platform, a, b, c, d]
}

pub(crate) fn sql_view_key(name: &[u8]) -> Vec<u8> {
    [&[SQL_VIEW], name].concat()
}

pub(crate) fn structure_key(kind: u8, name: &[u8]) -> Vec<u8> {
    [&[STRUCTURE, kind], name].concat()
}

/// The cache and the object of the key of an entry.
pub(crate) fn split_entry_key(key: &[u8]) -> Option<(i32, &[u8])> {
    let (prefix, object) = key.split_at_checked(ENTRY_PREFIX_LENGTH)?;
    let [ENTRY, a, b, c, d] = *prefix else {
        return None;
    };
    Some((i32::from_be_bytes([a, b, c, d]), object))
}

fn tagged(tag: u8, id: i32) -> [u8; 5] {
    let [a, b, c, d] = id.to_be_bytes();
    [tag, a, b, c, d]
}

/// The expiry time of an entry that never expires.
pub(crate) const NEVER: i64 = i64::MAX;

/// An entry as it lies in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored<'a> {
    /// Milliseconds since the epoch, [`NEVER`] for an eternal entry.
    pub(crate) expires_at: i64,
    pub(crate) value: &'a [u8],
}

impl<'a> Stored<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (expires_at, value) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            expires_at: i64::from_le_bytes(*expires_at),
            value,
        })
    }

    pub(crate) fn encode(self) -> Vec<u8> {
        [&self.expires_at.to_le_bytes(), self.value].concat()
    }

    pub(crate) fn is_expired(self, now: i64) -> bool {
        self.expires_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_key_gives_back_its_cache_and_object() {
        let key = entry_key(-7, &[9, 1, 2]);
        assert_eq!(split_entry_key(&key), Some((-7, &[9u8, 1, 2][..])));
        assert_eq!(split_entry_key(&cache_key(-7)), None);
        assert_eq!(split_entry_key(&[ENTRY, 0]), None);
    }

    #[test]
    fn an_entry_keeps_its_expiry_time() {
        let stored = Stored {
            expires_at: 5,
            value: &[1, 2],
        };
        assert_eq!(Stored::decode(&stored.encode()), Some(stored));
        assert!(stored.is_expired(5) && !stored.is_expired(4));
    }
}
