//! What a watch tells.

use crate::cache::standing::Doubts;
use crate::cache::{ContinuousQuery, ScanQuery};

/// What a [`Watch`](super::Watch) tells.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WatchOptions {
    pub(super) query: ContinuousQuery,
    pub(super) at_start: Option<ScanQuery>,
    pub(super) after_gap: Option<ScanQuery>,
    pub(super) in_doubt: InDoubt,
}

/// What becomes of a query of which nobody knows whether it tells all changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum InDoubt {
    /// It tells what it does until another one is registered; then the gap is told.
    #[default]
    Renewed,
    /// It is over, and the gap is told.
    Gap,
    /// It goes on.
    Passed,
}

impl WatchOptions {
    /// All changes from now on, and nothing of entries that are there already.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which changes are told, and how. Default: all, each at once.
    #[must_use]
    pub fn query(mut self, query: ContinuousQuery) -> Self {
        self.query = query;
        self
    }

    /// Tells the entries that are there at the beginning, too. A filter of the changes does not
    /// hold for them: give the scan its own.
    #[must_use]
    pub fn scan_at_start(mut self, scan: ScanQuery) -> Self {
        self.at_start = Some(scan);
        self
    }

    /// Tells the entries that are there after each gap, so that no change of them stays hidden.
    #[must_use]
    pub fn scan_after_gaps(mut self, scan: ScanQuery) -> Self {
        self.after_gap = Some(scan);
        self
    }

    /// Tells gaps only where the query is known to be lost, or the cache to be gone.
    ///
    /// Otherwise it is renewed, and a gap told, also where nobody can know whether all changes were
    /// told: a node came or went, which may have taken partitions with all their copies along, or so
    /// many caches were made and destroyed that this one may be among them. So it is again when the
    /// partitions have moved behind that node: a node of 2.17 does not tell a query that began
    /// meanwhile of each change in some of them, and says so to nobody. The old query tells changes
    /// until the new one is registered, which a scan under way is not cut short for.
    ///
    /// A doubt is noticed with the next answer of the node that tells the changes, that to a heartbeat
    /// at the latest.
    #[must_use]
    pub fn only_certain_gaps(mut self) -> Self {
        self.in_doubt = InDoubt::Passed;
        self
    }

    /// Tells gaps as soon as there is a doubt, and nothing from then on until the query is
    /// registered again.
    pub(crate) fn gaps_at_once(mut self) -> Self {
        self.in_doubt = InDoubt::Gap;
        self
    }

    pub(super) fn doubts(&self) -> Doubts {
        match self.in_doubt {
            InDoubt::Passed => Doubts::Ignored,
            InDoubt::Renewed | InDoubt::Gap => Doubts::Told,
        }
    }
}
