//! Whether the cluster serves all, reads only, or no caches at all.
//!
//! A real node forgets the state when it ends: with or without data on disk it starts active. So does
//! this one.

use portway_ignite_protocol::{CacheConfiguration, ClusterState};

use super::batch::Batch;
use super::layout;
use super::{Engine, EngineError};

/// The name of a cache and that of its group, as errors show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CacheInGroup {
    pub(crate) cache: String,
    pub(crate) group: Option<String>,
}

impl std::fmt::Display for CacheInGroup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let group = self.group.as_deref().unwrap_or("null");
        write!(formatter, "[cacheGrp={group}, cache={}]", self.cache)
    }
}

impl From<&CacheConfiguration> for CacheInGroup {
    fn from(configuration: &CacheConfiguration) -> Self {
        Self {
            cache: configuration.name.clone(),
            group: configuration.group.clone(),
        }
    }
}

impl Engine {
    pub(crate) fn cluster_state(&self) -> ClusterState {
        self.cluster_state
    }

    /// Changes the state. Without a disk to keep them on, entries do not outlive a deactivation,
    /// which has to be forced then; nor does any transaction.
    ///
    /// # Errors
    /// [`EngineError::Waits`] while transactions hold keys that began before.
    pub(crate) fn change_cluster_state(
        &mut self,
        state: ClusterState,
        force: bool,
        durable: bool,
        now: i64,
    ) -> Result<(), EngineError> {
        if state == self.cluster_state {
            return Ok(());
        }
        if state == ClusterState::Inactive {
            self.check_deactivation(force, durable)?;
        }
        self.drain_transactions()?;
        if state == ClusterState::Inactive {
            self.deactivate(durable)?;
            self.roll_everything_back();
        }
        self.roll_holders_back(now);
        self.cluster_state = state;
        self.topology.minor += 1;
        self.sql_changes.note_definition();
        Ok(())
    }

    fn check_deactivation(&self, force: bool, durable: bool) -> Result<(), EngineError> {
        let caches: Vec<_> = self.cache_names().collect();
        if durable || force || caches.is_empty() {
            return Ok(());
        }
        let caches = caches.join(", ");
        Err(EngineError::DeactivationLosesData { caches })
    }

    fn deactivate(&mut self, durable: bool) -> Result<(), EngineError> {
        if !durable {
            self.lose_entries()?;
        }
        // The caches stop, and begin anew: nobody listens to what they will be.
        let caches: Vec<_> = self.caches.keys().copied().collect();
        for cache in caches {
            self.listeners.remove_cache(cache);
        }
        Ok(())
    }

    /// Caches stay, empty; numbers and sets go.
    fn lose_entries(&mut self) -> Result<(), EngineError> {
        let mut batch = Batch::default();
        batch.delete_prefix(layout::ALL_STRUCTURES);
        let prefixes: Vec<_> = self
            .caches
            .keys()
            .map(|id| layout::entry_prefix(*id))
            .collect();
        for prefix in &prefixes {
            batch.delete_prefix(*prefix);
        }
        self.commit(&batch)?;
        for prefix in &prefixes {
            self.expiry.remove_prefix(prefix);
        }
        for cache in self.caches.values_mut() {
            cache.entries = 0;
        }
        Ok(())
    }

    /// # Errors
    /// [`EngineError::ReadOnly`] where the entries of a cache may only be read.
    pub(crate) fn check_writable(&self, cache: i32) -> Result<(), EngineError> {
        if self.cluster_state != ClusterState::ActiveReadOnly {
            return Ok(());
        }
        let configuration = self.cache_configuration(cache)?;
        Err(EngineError::ReadOnly(CacheInGroup::from(&configuration)))
    }

    /// # Errors
    /// [`EngineError::ReadOnlyCaches`] where no cache may be made, emptied or destroyed.
    pub(crate) fn check_changeable_cache(
        &self,
        operation: &'static str,
        configuration: &CacheConfiguration,
    ) -> Result<(), EngineError> {
        if self.cluster_state != ClusterState::ActiveReadOnly {
            return Ok(());
        }
        let cache = CacheInGroup::from(configuration);
        Err(EngineError::ReadOnlyCaches { operation, cache })
    }
}
