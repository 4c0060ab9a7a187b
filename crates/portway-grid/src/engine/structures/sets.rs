//! Sets of values: each value is a key of the table, so that a set may grow as a cache may.

use std::ops::Bound;

use portway_ignite_protocol::{
    AtomicityMode, CacheId, CacheMode, OpenedSet, ResourceId, SetConfiguration, SetName,
};

use super::{DEFAULT_GROUP, joined};
use crate::engine::batch::Batch;
use crate::engine::{ConnectionId, Engine, EngineError, layout};

/// A page ends once it holds this many bytes.
const PAGE_BYTES: usize = 1024 * 1024;

/// How a set is changed by values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetChange {
    Add,
    Remove,
    /// Removes all others.
    Retain,
}

/// Some values of a set.
#[derive(Debug)]
pub(crate) struct SetPage {
    pub(crate) values: Vec<Box<[u8]>>,
    pub(crate) has_more: bool,
}

/// A walk over a set.
#[derive(Debug)]
pub(in crate::engine) struct Walk {
    /// What the values of the set begin with.
    prefix: Vec<u8>,
    /// The last key that was told.
    position: Vec<u8>,
}

impl Engine {
    /// Looks for a set of a group, and makes it if it is told how.
    pub(crate) fn open_set(
        &mut self,
        name: &str,
        configuration: Option<&SetConfiguration>,
    ) -> Result<Option<OpenedSet>, EngineError> {
        let group = configuration.and_then(|configuration| configuration.group.as_deref());
        let group = group.unwrap_or(DEFAULT_GROUP);
        let by_group = layout::structure_key(layout::SET_OF_GROUP, &joined(&[group, name]));
        if let Some(stored) = self.table.get(&by_group) {
            return decode_opened(stored).map(Some);
        }
        let Some(configuration) = configuration else {
            return Ok(None);
        };
        let opened = OpenedSet {
            collocated: configuration.collocated,
            cache: cache_of(name, group, configuration),
        };
        let mut batch = Batch::default();
        batch.put(set_key(name, opened.cache), by_group.clone());
        batch.put(by_group, encode_opened(opened));
        self.commit(&batch)?;
        Ok(Some(opened))
    }

    /// Whether opening a set would find it.
    pub(crate) fn finds_set(&self, name: &str, configuration: &SetConfiguration) -> bool {
        let group = configuration.group.as_deref().unwrap_or(DEFAULT_GROUP);
        let key = layout::structure_key(layout::SET_OF_GROUP, &joined(&[group, name]));
        self.table.get(&key).is_some()
    }

    pub(crate) fn set_exists(&self, set: &SetName) -> bool {
        self.table.get(&set_key(&set.name, set.cache)).is_some()
    }

    /// Removes a set with its values, if it is there.
    pub(crate) fn remove_set(&mut self, set: &SetName) -> Result<(), EngineError> {
        let key = set_key(&set.name, set.cache);
        let mut batch = Batch::default();
        if let Some(by_group) = self.table.get(&key) {
            batch.delete(by_group);
            batch.delete(key);
            batch.delete_prefix(values_prefix(set));
        }
        self.commit(&batch)
    }

    pub(crate) fn clear_set(&mut self, set: &SetName) -> Result<(), EngineError> {
        self.check_set(set)?;
        let mut batch = Batch::default();
        batch.delete_prefix(values_prefix(set));
        self.commit(&batch)
    }

    pub(crate) fn set_size(&self, set: &SetName) -> Result<usize, EngineError> {
        self.check_set(set)?;
        Ok(self.table.with_prefix(&values_prefix(set)).count())
    }

    /// Whether the set has all of these values.
    pub(crate) fn set_contains<'a>(
        &self,
        set: &SetName,
        mut values: impl Iterator<Item = &'a [u8]>,
    ) -> Result<bool, EngineError> {
        self.check_set(set)?;
        Ok(values.all(|value| self.table.get(&value_key(set, value)).is_some()))
    }

    /// Changes a set; all values or none. Answers whether it changed.
    pub(crate) fn change_set<'a>(
        &mut self,
        set: &SetName,
        change: SetChange,
        values: impl Iterator<Item = &'a [u8]>,
    ) -> Result<bool, EngineError> {
        self.check_set(set)?;
        let mut keys: Vec<_> = values.map(|value| value_key(set, value)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut batch = Batch::default();
        match change {
            SetChange::Add => {
                let new = keys.into_iter().filter(|key| self.table.get(key).is_none());
                new.for_each(|key| batch.put(key, []));
            }
            SetChange::Remove => {
                let known = keys.into_iter().filter(|key| self.table.get(key).is_some());
                known.for_each(|key| batch.delete(key));
            }
            SetChange::Retain => {
                let prefix = values_prefix(set);
                let all = self.table.with_prefix(&prefix).map(|(key, _)| key);
                let others =
                    all.filter(|key| keys.binary_search_by(|kept| (**kept).cmp(key)).is_err());
                others.for_each(|key| batch.delete(key));
            }
        }
        let changes = !batch.is_empty();
        self.commit(&batch)?;
        Ok(changes)
    }

    /// Begins to walk over a set. Without more to come there is no walk to go on with.
    pub(crate) fn walk_set(
        &mut self,
        connection: ConnectionId,
        set: &SetName,
        page_size: usize,
    ) -> Result<(SetPage, Option<ResourceId>), EngineError> {
        self.check_set(set)?;
        let prefix = values_prefix(set);
        let mut walk = Walk {
            position: prefix.clone(),
            prefix,
        };
        let page = self.page_of(&mut walk, page_size);
        if !page.has_more {
            return Ok((page, None));
        }
        let id = self.reserve_resource(connection)?;
        self.set_walks.insert(connection, id, walk);
        Ok((page, Some(id)))
    }

    /// Goes on with a walk.
    pub(crate) fn next_set_page(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        page_size: usize,
    ) -> Result<SetPage, EngineError> {
        let walk = self.set_walks.take(connection, id);
        let mut walk = walk.ok_or(EngineError::ResourceNotFound(id))?;
        let page = self.page_of(&mut walk, page_size);
        if page.has_more {
            self.set_walks.insert(connection, id, walk);
        } else {
            self.release_resource(connection);
        }
        Ok(page)
    }

    fn page_of(&self, walk: &mut Walk, page_size: usize) -> SetPage {
        let mut values = Vec::new();
        let mut bytes = 0;
        let keys = self.table.range_from(Bound::Excluded(&walk.position));
        let mine = keys.take_while(|(key, _)| key.starts_with(&walk.prefix));
        for (key, _) in mine {
            if values.len() >= page_size || bytes >= PAGE_BYTES {
                let has_more = true;
                return SetPage { values, has_more };
            }
            bytes += key.len();
            values.push(key[walk.prefix.len()..].into());
            walk.position = key.to_vec();
        }
        SetPage {
            values,
            has_more: false,
        }
    }

    fn check_set(&self, set: &SetName) -> Result<(), EngineError> {
        if self.set_exists(set) {
            return Ok(());
        }
        Err(EngineError::SetNotFound(set.name.clone()))
    }
}

/// The cache that a real node keeps such a set in: its id is part of the set's name for clients.
fn cache_of(name: &str, group: &str, configuration: &SetConfiguration) -> CacheId {
    let atomicity = match configuration.atomicity {
        AtomicityMode::Transactional => "TRANSACTIONAL",
        _ => "ATOMIC",
    };
    let mode = match configuration.mode {
        CacheMode::Replicated => "REPLICATED",
        _ => "PARTITIONED",
    };
    let backups = configuration.backups;
    let shared = format!("datastructures_{atomicity}_{mode}_{backups}@{group}");
    if configuration.collocated {
        CacheId::of(&shared)
    } else {
        CacheId::of(&format!("{shared}#SET_{name}"))
    }
}

fn encode_opened(opened: OpenedSet) -> [u8; 5] {
    let [a, b, c, d] = opened.cache.0.to_le_bytes();
    [opened.collocated.into(), a, b, c, d]
}

fn decode_opened(stored: &[u8]) -> Result<OpenedSet, EngineError> {
    let [collocated, a, b, c, d] = *stored else {
        return Err(EngineError::Unreadable("a set"));
    };
    Ok(OpenedSet {
        collocated: collocated != 0,
        cache: CacheId(i32::from_le_bytes([a, b, c, d])),
    })
}

fn set_key(name: &str, cache: CacheId) -> Vec<u8> {
    layout::structure_key(layout::SET, &named(name, cache))
}

fn values_prefix(set: &SetName) -> Vec<u8> {
    layout::structure_key(layout::SET_VALUE, &named(&set.name, set.cache))
}

fn value_key(set: &SetName, value: &[u8]) -> Vec<u8> {
    [&values_prefix(set), value].concat()
}

fn named(name: &str, cache: CacheId) -> Vec<u8> {
    [&cache.0.to_be_bytes()[..], &joined(&[name])].concat()
}
