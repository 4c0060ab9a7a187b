//! Sets of values: each value is a key of the table, so that a set may grow as a cache may.

use std::ops::Bound;

use portway_ignite_protocol::{
    AtomicityMode, CacheId, CacheMode, OpenedSet, ResourceId, SetConfiguration, SetName,
};

use super::groups::{Placement, other_kind};
use super::known_sets::KnownSet;
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
    /// Looks for a set of a group, and makes it if it is told how. One that is to be kept
    /// otherwise, in another cache, is another set.
    ///
    /// # Errors
    /// When a number has the name, or a set that lies otherwise on nodes, or when the caches of
    /// the group are of another mode or have another number of copies.
    pub(crate) fn open_set(
        &mut self,
        name: &str,
        configuration: Option<&SetConfiguration>,
    ) -> Result<Option<OpenedSet>, EngineError> {
        let Some(configuration) = configuration else {
            self.check_no_number(name, None)?;
            let sets = self.sets_of_group(name, DEFAULT_GROUP)?;
            return Ok(sets.first().map(|known| known.opened()));
        };
        let group = configuration.group.as_deref().unwrap_or(DEFAULT_GROUP);
        let cache = cache_of(name, group, configuration);
        let placement = Placement::of_set(configuration);
        self.check_placement(group, placement, &cache)?;
        self.check_no_number(name, configuration.group.as_deref())?;
        let mut sets = self.sets_of_group(name, group)?;
        check_collocation(name, &sets, configuration)?;
        let asked = known(&cache, configuration);
        if !sets.contains(&asked) {
            sets.push(asked);
            let by_group = by_group(name, group);
            let mut batch = Batch::default();
            self.place_group(group, placement, &mut batch);
            batch.put(set_key(name, asked.cache), by_group.clone());
            batch.put(by_group, KnownSet::encode_all(&sets));
            self.commit(&batch)?;
        }
        Ok(Some(asked.opened()))
    }

    /// Whether opening a set would find it.
    pub(crate) fn finds_set(&self, name: &str, configuration: &SetConfiguration) -> bool {
        let group = configuration.group.as_deref().unwrap_or(DEFAULT_GROUP);
        let asked = known(&cache_of(name, group, configuration), configuration);
        let sets = self.sets_of_group(name, group);
        sets.is_ok_and(|sets| sets.contains(&asked))
    }

    pub(super) fn is_set_of_group(&self, name: &str, group: &str) -> bool {
        self.table.get(&by_group(name, group)).is_some()
    }

    /// The sets of one name in a group, in the order in which they were made.
    fn sets_of_group(&self, name: &str, group: &str) -> Result<Vec<KnownSet>, EngineError> {
        let stored = self.table.get(&by_group(name, group));
        KnownSet::decode_all(stored.unwrap_or_default())
    }

    fn check_no_number(&self, name: &str, group: Option<&str>) -> Result<(), EngineError> {
        match self.is_number(name, group) {
            true => Err(other_kind(name, "SET", "ATOMIC_LONG")),
            false => Ok(()),
        }
    }

    pub(crate) fn set_exists(&self, set: &SetName) -> bool {
        self.table.get(&set_key(&set.name, set.cache)).is_some()
    }

    /// Removes a set with its values, if it is there. As on a node its name is forgotten for all
    /// sets of this name in the group: those that others hold stay, and are found again when
    /// they are asked for by their configuration.
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
fn cache_of(name: &str, group: &str, configuration: &SetConfiguration) -> String {
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
    match is_whole(configuration) {
        true => shared,
        false => format!("{shared}#SET_{name}"),
    }
}

/// Whether each node that has something of the set has all of it.
fn is_whole(configuration: &SetConfiguration) -> bool {
    configuration.collocated || configuration.mode == CacheMode::Replicated
}

fn known(cache: &str, configuration: &SetConfiguration) -> KnownSet {
    KnownSet {
        is_collocated: configuration.collocated,
        is_whole: is_whole(configuration),
        cache: CacheId::of(cache),
    }
}

fn by_group(name: &str, group: &str) -> Vec<u8> {
    layout::structure_key(layout::SET_OF_GROUP, &joined(&[group, name]))
}

fn check_collocation(
    name: &str,
    sets: &[KnownSet],
    asked: &SetConfiguration,
) -> Result<(), EngineError> {
    let (new, Some(existing)) = (asked.collocated, sets.first()) else {
        return Ok(());
    };
    let existing = existing.is_collocated;
    if new == existing {
        return Ok(());
    }
    Err(EngineError::StructureRefused(format!(
        "Another collection with the same name but different configuration already created \
         [name={name}, newCollocated={new}, existingCollocated={existing}]"
    )))
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
