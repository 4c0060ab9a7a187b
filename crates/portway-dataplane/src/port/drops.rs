//! Why packets were dropped.

use std::{
    ops::{Index, IndexMut},
    sync::atomic::{AtomicU64, Ordering},
};

/// Why a port dropped a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DropReason {
    /// There was no free frame to receive it into: make the region larger.
    NoFreeFrame,
    /// The ring that it came or went through was full.
    RingFull,
    /// It is longer than a frame, or than what the other side takes.
    TooLong,
    /// Its headers are not what the back end needs to send it.
    BadHeaders,
    /// It can never be sent: it is empty, too long for the interface, or the beginning of one whose end is missing.
    Unsendable,
    /// The interface is down or gone.
    InterfaceDown,
    /// The system refused it for another reason.
    Refused,
    /// A link for tests lost it, as it was asked to.
    LinkLoss,
}

impl DropReason {
    /// All reasons, in the order of [`Drops`].
    pub const ALL: [Self; 8] = [
        Self::NoFreeFrame,
        Self::RingFull,
        Self::TooLong,
        Self::BadHeaders,
        Self::Unsendable,
        Self::InterfaceDown,
        Self::Refused,
        Self::LinkLoss,
    ];

    /// Its name in metrics: lower case, words joined by `_`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoFreeFrame => "no_free_frame",
            Self::RingFull => "ring_full",
            Self::TooLong => "too_long",
            Self::BadHeaders => "bad_headers",
            Self::Unsendable => "unsendable",
            Self::InterfaceDown => "interface_down",
            Self::Refused => "refused",
            Self::LinkLoss => "link_loss",
        }
    }
}

/// Dropped packets by reason.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Drops([u64; DropReason::ALL.len()]);

impl Drops {
    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> {
        let all = DropReason::ALL.into_iter().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }

    /// All drops.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(super) fn plus(mut self, other: Self) -> Self {
        for (sum, addend) in self.0.iter_mut().zip(other.0) {
            *sum += addend;
        }
        self
    }
}

impl Index<DropReason> for Drops {
    type Output = u64;

    fn index(&self, reason: DropReason) -> &u64 {
        &self.0[reason as usize]
    }
}

impl IndexMut<DropReason> for Drops {
    fn index_mut(&mut self, reason: DropReason) -> &mut u64 {
        &mut self.0[reason as usize]
    }
}

/// The same for all threads to read.
#[derive(Debug, Default)]
pub(super) struct PublishedDrops([AtomicU64; DropReason::ALL.len()]);

impl PublishedDrops {
    pub(super) fn publish(&self, drops: &Drops) {
        for (place, count) in self.0.iter().zip(drops.0) {
            place.store(count, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> Drops {
        let mut drops = Drops::default();
        for (count, place) in drops.0.iter_mut().zip(&self.0) {
            *count = place.load(Ordering::Relaxed);
        }
        drops
    }
}
