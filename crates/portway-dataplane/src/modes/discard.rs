//! Why a mode discarded a packet.

use std::{
    ops::{Index, IndexMut},
    sync::atomic::{AtomicU64, Ordering},
};

/// Makes the reasons, their names and their order from one list.
macro_rules! reasons {
    ($($(#[$meaning:meta])* $reason:ident = $name:literal,)*) => {
        /// Why a mode discarded a packet. (What a port itself drops has a [`DropReason`](crate::DropReason).)
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum DiscardReason {
            $($(#[$meaning])* $reason,)*
        }

        impl DiscardReason {
            /// All reasons, in the order of [`Discards`].
            pub const ALL: &[Self] = &[$(Self::$reason,)*];

            /// Its name in metrics: lower case, words joined by `_`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)*
                }
            }
        }
    };
}

reasons! {
    /// The mode is to discard what it receives (`drop`, `tx-only-rx`).
    AsAsked = "as_asked",
    /// Headers are cut off or contradict each other.
    Malformed = "malformed",
    /// A checksum is wrong.
    Checksum = "checksum",
    /// It is not a packet that the mode works with, such as one that is not IP in `l3fwd` and `acl-strict`.
    Unsupported = "unsupported",
    /// It asks for nothing that is answered: an address of somebody else, a protocol without an echo, an answer.
    Unanswered = "unanswered",
    /// No route leads to its destination.
    NoRoute = "no_route",
    /// Its destination or source cannot be forwarded: multicast, loopback, link-local, unspecified.
    Martian = "martian",
    /// Its time to live ended here.
    Expired = "expired",
    /// An access rule denies it.
    Denied = "denied",
    /// `acl-strict` has no rule that allows it.
    NotAllowed = "not_allowed",
    /// No pattern is in its payload.
    NoPattern = "no_pattern",
    /// The pattern in its payload says so.
    PatternDrops = "pattern_drops",
    /// The destination port does not exist, or has ended.
    NoPort = "no_port",
    /// The port that it should leave by has no room, or the ring to that port's thread.
    OutputFull = "output_full",
    /// It was being worked on when the mode of its port panicked.
    Panicked = "panicked",
}

const REASONS: usize = DiscardReason::ALL.len();

/// Discarded packets by reason.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Discards([u64; REASONS]);

impl Discards {
    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (DiscardReason, u64)> {
        let all = DiscardReason::ALL.iter().copied().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }

    /// All discarded packets.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Index<DiscardReason> for Discards {
    type Output = u64;

    fn index(&self, reason: DiscardReason) -> &u64 {
        &self.0[reason as usize]
    }
}

impl IndexMut<DiscardReason> for Discards {
    fn index_mut(&mut self, reason: DiscardReason) -> &mut u64 {
        &mut self.0[reason as usize]
    }
}

/// The same for all threads to read. One thread writes.
#[derive(Debug, Default)]
pub(crate) struct PublishedDiscards([AtomicU64; REASONS]);

impl PublishedDiscards {
    pub(crate) fn publish(&self, discards: &Discards) {
        for (place, count) in self.0.iter().zip(discards.0) {
            place.store(count, Ordering::Relaxed);
        }
    }

    pub(crate) fn read(&self) -> Discards {
        let mut discards = Discards::default();
        for (count, place) in discards.0.iter_mut().zip(&self.0) {
            *count = place.load(Ordering::Relaxed);
        }
        discards
    }
}
