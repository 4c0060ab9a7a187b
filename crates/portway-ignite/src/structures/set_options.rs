//! How a set is made.

use portway_ignite_protocol::{AtomicityMode, CacheMode, SetConfiguration};

/// How a set is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOptions {
    pub(super) configuration: SetConfiguration,
}

impl SetOptions {
    /// Spread over the nodes with one copy of each value, like Ignite's other data structures.
    #[must_use]
    pub fn new() -> Self {
        let configuration = SetConfiguration {
            atomicity: AtomicityMode::Atomic,
            mode: CacheMode::Partitioned,
            backups: 1,
            group: None,
            collocated: false,
        };
        Self { configuration }
    }

    /// Keeps so many copies of each value besides the first. Default: 1, where Ignite's own clients
    /// say 0: all that is kept in one [group](Self::group) must have the same number, and that of
    /// atomic numbers is 1.
    #[must_use]
    pub fn backups(mut self, copies: u16) -> Self {
        self.configuration.backups = copies.into();
        self
    }

    /// Keeps all values on each node.
    #[must_use]
    pub fn replicated(mut self) -> Self {
        self.configuration.mode = CacheMode::Replicated;
        self
    }

    /// Keeps it in a transactional cache.
    #[must_use]
    pub fn transactional(mut self) -> Self {
        self.configuration.atomicity = AtomicityMode::Transactional;
        self
    }

    /// Keeps it in this group of caches.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.configuration.group = Some(name.into());
        self
    }

    /// Keeps the whole set on one node: for many small sets.
    #[must_use]
    pub fn collocated(mut self) -> Self {
        self.configuration.collocated = true;
        self
    }
}

impl Default for SetOptions {
    fn default() -> Self {
        Self::new()
    }
}
