//! When to ask which partitions, and what the answers mean. Without I/O.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{CacheId, CachePartitions, PartitionGroup, TopologyVersion};
use tokio::time::Instant;

use super::mapping::Mappings;

/// The least time between two questions. Each new cache changes the topology: a program that
/// makes a thousand of them must not ask a thousand times.
const PAUSE: Duration = Duration::from_millis(50);
/// The pause after a node refused to answer, as it does while the cluster is inactive. It doubles
/// with each refusal in a row, up to five times.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(1);
const LONGEST_DOUBLING: u32 = 5;
/// Keys of further caches go to any node. The answer for one cache has some kilobytes.
const CACHES_LIMIT: usize = 4096;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The connection was lost: another node may answer at once.
    Lost,
    /// The node does not want to.
    Refused,
}

/// What is known of the partitions, and what is to be asked.
///
/// What was known stays in use until a newer answer is here: it is true for nearly all keys, and
/// a node that does not hold a key passes the request on.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    newest: Option<TopologyVersion>,
    interest: BTreeSet<CacheId>,
    mappings: Option<Arc<Mappings>>,
    asked: Option<Box<[CacheId]>>,
    not_before: Option<Instant>,
    refusals: u32,
}

impl Questions {
    /// Notes the version that a node told of.
    pub(crate) fn saw(&mut self, version: TopologyVersion) {
        if self.newest < Some(version) {
            self.newest = Some(version);
            self.refusals = 0;
        }
    }

    /// Notes that somebody has keys of this cache.
    pub(crate) fn want(&mut self, cache: CacheId) {
        if self.interest.len() < CACHES_LIMIT {
            self.interest.insert(cache);
        }
    }

    /// The newest version that a node told of.
    pub(crate) fn newest(&self) -> Option<TopologyVersion> {
        self.newest
    }

    /// What is known; `None` before the first answer.
    pub(crate) fn mappings(&self) -> Option<&Arc<Mappings>> {
        self.mappings.as_ref()
    }

    /// When there will be something to ask; `None` while there is nothing.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        if self.asked.is_some() || self.missing().is_empty() {
            return None;
        }
        Some(self.not_before.unwrap_or(now))
    }

    /// The caches to ask for now: one question for all of them, and one question at a time.
    pub(crate) fn ask(&mut self, now: Instant) -> Option<Box<[CacheId]>> {
        if self.due(now)? > now {
            return None;
        }
        let caches = self.missing();
        self.asked = Some(caches.clone());
        self.not_before = Some(now + PAUSE);
        Some(caches)
    }

    /// Takes an answer. Returns whether it was news.
    pub(crate) fn answered(&mut self, answer: CachePartitions) -> bool {
        let Some(asked) = self.asked.take() else {
            return false;
        };
        self.refusals = 0;
        // A node that lags behind tells what was true before.
        if self.newest.is_some_and(|newest| answer.topology < newest) {
            return false;
        }
        self.newest = Some(answer.topology);
        self.forget_unknown(&answer, &asked);
        let mut news = Mappings::from_answer(answer, &asked);
        if let Some(known) = self
            .mappings
            .take()
            .filter(|known| known.topology() == news.topology())
        {
            let mut merged = (*known).clone();
            merged.extend(news);
            news = merged;
        }
        self.mappings = Some(Arc::new(news));
        true
    }

    /// Asks no more for caches that the grid does not have, until somebody has keys of them again:
    /// a program that makes and destroys caches must not fill up the interest.
    fn forget_unknown(&mut self, answer: &CachePartitions, asked: &[CacheId]) {
        let told: BTreeSet<CacheId> = answer.groups.iter().flat_map(caches_of).collect();
        for cache in asked.iter().filter(|cache| !told.contains(cache)) {
            self.interest.remove(cache);
        }
    }

    /// Notes that there will be no answer.
    pub(crate) fn failed(&mut self, reason: NoAnswer, now: Instant) {
        self.asked = None;
        let pause = match reason {
            NoAnswer::Lost => PAUSE,
            NoAnswer::Refused => {
                let doublings = self.refusals.min(LONGEST_DOUBLING);
                self.refusals += 1;
                PAUSE_AFTER_REFUSAL * 2_u32.pow(doublings)
            }
        };
        self.not_before = Some(now + pause);
    }

    /// Forgets all versions: no node is left, and behind the same addresses a cluster may come up
    /// that counts from the beginning.
    pub(crate) fn reset(&mut self) {
        let interest = std::mem::take(&mut self.interest);
        *self = Self {
            interest,
            ..Self::default()
        };
    }

    /// The caches whose partitions are not known for the newest version.
    fn missing(&self) -> Box<[CacheId]> {
        let Some(newest) = self.newest else {
            return Box::default();
        };
        let current = self
            .mappings
            .as_ref()
            .filter(|known| known.topology() >= newest);
        let is_known = |cache: &CacheId| current.is_some_and(|known| known.of(*cache).is_some());
        self.interest
            .iter()
            .filter(|cache| !is_known(cache))
            .copied()
            .collect()
    }
}

/// The caches that a part of an answer is about.
fn caches_of(group: &PartitionGroup) -> Vec<CacheId> {
    match group {
        PartitionGroup::Mapped { caches, .. } => caches.iter().map(|mapped| mapped.cache).collect(),
        PartitionGroup::Unmapped { caches } => caches.clone(),
    }
}

#[cfg(test)]
mod tests;
