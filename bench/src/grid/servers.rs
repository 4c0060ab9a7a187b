//! The servers that take turns.

use super::IGNITE;
use crate::{
    fleet::{Fleet, Keeping},
    report::PORTWAY,
};

/// One server of each kind, which end with this.
#[derive(Debug)]
pub(super) struct Servers(Vec<(&'static str, Fleet)>);

impl Servers {
    /// Starts those of these names, all of which keep the same.
    pub(super) fn start(names: &[&'static str], keeping: Keeping) -> anyhow::Result<Self> {
        let start = |name: &&'static str| Ok((*name, start(name, keeping)?));
        names
            .iter()
            .map(start)
            .collect::<anyhow::Result<_>>()
            .map(Self)
    }

    pub(super) fn fleets(&self) -> impl Iterator<Item = &Fleet> {
        self.0.iter().map(|(_, fleet)| fleet)
    }

    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, &Fleet)> {
        self.0.iter().map(|(name, fleet)| (*name, fleet))
    }

    pub(super) fn have_ignite(&self) -> bool {
        self.0.iter().any(|(name, _)| *name == IGNITE)
    }
}

/// Starts one server.
pub(super) fn start(name: &str, keeping: Keeping) -> anyhow::Result<Fleet> {
    match name {
        PORTWAY => Fleet::grid(keeping),
        _ => Fleet::node(keeping),
    }
}
