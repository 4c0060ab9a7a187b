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
    pub(super) doubts: Doubts,
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

    /// Tells a gap, and registers again, also where nobody can know whether changes were told:
    /// a node came or went, which may have taken partitions with all their copies along, or so many
    /// caches were made and destroyed that this one may be among them. Default: it goes on.
    ///
    /// So it is again when the partitions have moved behind that node: a node of 2.17 does not tell a
    /// query that began meanwhile of each change in some of them, and says so to nobody.
    ///
    /// It is noticed with the next answer of the node that tells the changes, that to a heartbeat
    /// at the latest. A cache that is not there is a gap in any case.
    #[must_use]
    pub fn gaps_when_in_doubt(mut self) -> Self {
        self.doubts = Doubts::Told;
        self
    }
}
