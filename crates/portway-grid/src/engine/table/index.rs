//! The entries by the hashes of their keys: finding one so costs a look or two, where the order
//! compares some twenty keys, each of which lies elsewhere in memory.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::arena::Handle;

/// All handles. Clients choose the keys, so that the hashes are seeded.
#[derive(Default)]
pub(super) struct Index {
    handles: HashTable<Handle>,
    hashes: RandomState,
}

impl Index {
    /// The handle of `key`, where `key_of` tells the key of a handle.
    pub(super) fn find<'a>(
        &self,
        key: &[u8],
        key_of: impl Fn(Handle) -> &'a [u8],
    ) -> Option<Handle> {
        let same = |handle: &Handle| key_of(*handle) == key;
        self.handles.find(self.hashes.hash_one(key), same).copied()
    }

    /// Adds the handle of a key that is not there.
    pub(super) fn insert<'a>(
        &mut self,
        key: &[u8],
        handle: Handle,
        key_of: impl Fn(Handle) -> &'a [u8],
    ) {
        let hash = |handle: &Handle| self.hashes.hash_one(key_of(*handle));
        let hashed = self.hashes.hash_one(key);
        self.handles.insert_unique(hashed, handle, hash);
    }

    /// Puts another handle in the place of a key's own.
    pub(super) fn replace(&mut self, key: &[u8], old: Handle, new: Handle) {
        let hash = self.hashes.hash_one(key);
        if let Some(handle) = self.handles.find_mut(hash, |handle| *handle == old) {
            *handle = new;
        }
    }

    pub(super) fn remove(&mut self, key: &[u8], old: Handle) {
        let hash = self.hashes.hash_one(key);
        if let Ok(handle) = self.handles.find_entry(hash, |handle| *handle == old) {
            handle.remove();
        }
    }

    /// Gives memory back that so many handles less do not need.
    pub(super) fn shrink<'a>(&mut self, key_of: impl Fn(Handle) -> &'a [u8]) {
        if self.handles.len() < self.handles.capacity() / 4 {
            let hashes = &self.hashes;
            let hash = |handle: &Handle| hashes.hash_one(key_of(*handle));
            self.handles.shrink_to(self.handles.len() * 2, hash);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.handles.len()
    }
}
