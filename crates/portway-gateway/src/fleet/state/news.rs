//! What becomes of peers, gathered for whoever wants to know.

use super::FleetState;
use crate::{
    PeerNews, PeerNewsKind, PublicKey,
    fleet::{PeerName, PeerRecord},
};

/// Gathers nothing until somebody wants to know: the first copy of a fleet is no news.
#[derive(Default)]
pub(super) struct News(Option<Vec<PeerNews>>);

impl News {
    pub(super) fn gather(&mut self) {
        self.0.get_or_insert_default();
    }

    pub(super) fn take(&mut self) -> Vec<PeerNews> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn add(&mut self, kind: PeerNewsKind, record: &PeerRecord) {
        if let Some(news) = &mut self.0 {
            let record = record.clone();
            news.push(PeerNews { kind, record });
        }
    }
}

impl FleetState {
    /// Begins to gather what becomes of peers, for [`poll_news`](Self::poll_news).
    pub fn gather_news(&mut self) {
        self.news.gather();
    }

    /// Takes what became of peers since it was last asked.
    #[must_use]
    pub fn poll_news(&mut self) -> Vec<PeerNews> {
        self.news.take()
    }

    /// What a peer of the fleet is called, served or not.
    #[must_use]
    pub fn name(&self, key: &PublicKey) -> Option<&PeerName> {
        self.peers.get(key).map(|held| &held.record.name)
    }

    pub(super) fn tell_of_held(&mut self, kind: PeerNewsKind, key: &PublicKey) {
        if let Some(held) = self.peers.get(key) {
            self.news.add(kind, &held.record);
        }
    }
}
