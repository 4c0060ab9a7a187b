//! What becomes of peers, gathered for whoever wants to know.

use crate::{PeerNews, PeerNewsKind, fleet::PeerRecord};

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
