//! How long and how often things are measured.

use std::time::Duration;

/// One size of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// How often each contender has its turn.
    pub(crate) rounds: usize,
    /// How long traffic flows in one turn.
    pub(crate) traffic: Duration,
    /// Starts of `portway up` on a folder that is there already.
    pub(crate) starts: usize,
    /// Peers of a plain interface.
    pub(crate) peers: usize,
    /// Peers in the grid of `portway up`; each is added by a process of its own.
    pub(crate) grid_peers: usize,
    /// From the last peer to the look at the memory.
    pub(crate) settle: Duration,
}

impl Scale {
    /// Shows that everything runs; its figures mean little.
    pub(crate) const SMOKE: Self = Self {
        rounds: 1,
        traffic: Duration::from_secs(1),
        starts: 5,
        peers: 500,
        grid_peers: 20,
        settle: Duration::from_secs(1),
    };

    /// A first look.
    pub(crate) const QUICK: Self = Self {
        rounds: 2,
        traffic: Duration::from_secs(3),
        starts: 20,
        peers: 10_000,
        grid_peers: 1_000,
        settle: Duration::from_secs(5),
    };

    /// What figures are quoted from.
    pub(crate) const FULL: Self = Self {
        rounds: 5,
        traffic: Duration::from_secs(5),
        starts: 20,
        peers: 10_000,
        grid_peers: 10_000,
        settle: Duration::from_secs(60),
    };
}
