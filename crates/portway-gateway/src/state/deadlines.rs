//! When each peer next wants attention: an ordered queue, so that idle peers cost nothing.

use std::{collections::BTreeSet, time::Instant};

use crate::PeerId;

/// At most one deadline per peer, the earliest first.
///
/// A deadline that moves later is left where it is: the peer is woken once too early and then
/// queued again. That keeps the queue untouched while packets flow.
#[derive(Default)]
pub(crate) struct Deadlines(BTreeSet<(Instant, PeerId)>);

impl Deadlines {
    /// Sees to it that a peer is woken at `wanted` or earlier; `queued` is the peer's own note
    /// of its place in the queue.
    pub(crate) fn wake(&mut self, peer: PeerId, wanted: Instant, queued: &mut Option<Instant>) {
        match *queued {
            Some(earlier) if earlier <= wanted => return,
            Some(later) => self.0.remove(&(later, peer)),
            None => false,
        };
        self.0.insert((wanted, peer));
        *queued = Some(wanted);
    }

    /// Forgets a peer.
    pub(crate) fn remove(&mut self, peer: PeerId, queued: &mut Option<Instant>) {
        if let Some(at) = queued.take() {
            self.0.remove(&(at, peer));
        }
    }

    /// The next peer that is due; its own note must then be cleared.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<PeerId> {
        let first = self.0.first().copied().filter(|(at, _)| *at <= now)?;
        self.0.remove(&first);
        Some(first.1)
    }

    /// When the first peer is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }
}
