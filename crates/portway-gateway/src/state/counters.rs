//! Why a packet was dropped, and how many were not.

use std::sync::atomic::{AtomicU64, Ordering};

/// Declares the reasons once: variant, label and meaning cannot drift apart.
macro_rules! drop_reasons {
    ($($(#[$meaning:meta])* $reason:ident = $label:literal,)+) => {
        /// Why a packet or a message was dropped.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum DropReason {
            $($(#[$meaning])* $reason,)+
        }

        impl DropReason {
            /// Every reason, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$reason,)+];

            /// The reason as a metric label, in snake case.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$reason => $label,)+
                }
            }
        }
    };
}

drop_reasons! {
    /// An outer datagram that is no WireGuard message: wrong type, reserved bytes or length.
    Malformed = "malformed",
    /// A message for a receiver index that nobody has.
    UnknownIndex = "unknown_index",
    /// A transport message of a session older than 180 s.
    ExpiredSession = "expired_session",
    /// A transport message whose authentication failed.
    Unauthentic = "unauthentic",
    /// A transport message that was seen before, or is too old to tell.
    Replayed = "replayed",
    /// An authentic transport message that holds no whole IP packet.
    MalformedInner = "malformed_inner",
    /// An inner packet whose source address is not one of the peer's prefixes.
    BadSource = "bad_source",
    /// An inner packet marked by a router on its way, whose transport knows loss alone.
    Congestion = "congestion",
    /// An inner packet to a destination that no peer's prefix covers.
    NoRoute = "no_route",
    /// An inner packet to a peer whose address is not known.
    NoEndpoint = "no_endpoint",
    /// A packet or a handshake while the device has no private key.
    NoIdentity = "no_identity",
    /// A handshake message whose first MAC is wrong: it was not made for this device.
    BadMac = "bad_mac",
    /// A handshake initiation of a key that is no peer, or a handshake that failed.
    RefusedHandshake = "refused_handshake",
    /// A handshake initiation that came too soon after the last one of the same peer.
    HandshakeTooSoon = "handshake_too_soon",
    /// A handshake message that was answered by a cookie, or refused because its source sends
    /// too many, while many arrive.
    UnderLoad = "under_load",
    /// A packet that waited for a session when too many already did.
    QueueFull = "queue_full",
    /// A packet that waited for a session which never came.
    HandshakeFailed = "handshake_failed",
    /// A packet from one peer to another that has come too far (its hops are used up).
    HopLimit = "hop_limit",
    /// An inner packet that is longer than the way on and must not be cut; its sender was told.
    TooBig = "too_big",
    /// An inner packet to a neighbour behind the gateway that was not found.
    NoNeighbour = "no_neighbour",
    /// An outer datagram that the system did not take.
    SendFailed = "send_failed",
    /// An inner packet that the interface did not take.
    InnerFailed = "inner_failed",
    /// An event that nobody took in time; a later one carries the totals.
    EventLost = "event_lost",
}

/// What a data path has done so far; reading never disturbs it.
#[derive(Debug, Default)]
pub struct Counters {
    drops: [AtomicU64; DropReason::ALL.len()],
    received_datagrams: AtomicU64,
    received_bytes: AtomicU64,
    sent_datagrams: AtomicU64,
    sent_bytes: AtomicU64,
    handshakes: AtomicU64,
    roamed: AtomicU64,
}

impl Counters {
    /// Packets dropped for one reason.
    #[must_use]
    pub fn drops(&self, reason: DropReason) -> u64 {
        self.drops[reason as usize].load(Ordering::Relaxed)
    }

    /// Outer datagrams received, valid or not.
    #[must_use]
    pub fn received_datagrams(&self) -> u64 {
        self.received_datagrams.load(Ordering::Relaxed)
    }

    /// Bytes of the outer datagrams received.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.received_bytes.load(Ordering::Relaxed)
    }

    /// Outer datagrams that the system took.
    #[must_use]
    pub fn sent_datagrams(&self) -> u64 {
        self.sent_datagrams.load(Ordering::Relaxed)
    }

    /// Bytes of the outer datagrams that the system took.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        self.sent_bytes.load(Ordering::Relaxed)
    }

    /// Handshakes completed, as initiator or responder.
    #[must_use]
    pub fn handshakes(&self) -> u64 {
        self.handshakes.load(Ordering::Relaxed)
    }

    /// Times that a peer was heard from a new address.
    #[must_use]
    pub fn roamed(&self) -> u64 {
        self.roamed.load(Ordering::Relaxed)
    }

    pub(crate) fn count_drop(&self, reason: DropReason) {
        self.count_drops(reason, 1);
    }

    pub(crate) fn count_drops(&self, reason: DropReason, packets: u64) {
        self.drops[reason as usize].fetch_add(packets, Ordering::Relaxed);
    }

    pub(crate) fn count_received(&self, datagrams: u64, bytes: u64) {
        self.received_datagrams
            .fetch_add(datagrams, Ordering::Relaxed);
        self.received_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn count_sent(&self, datagrams: u64, bytes: u64) {
        self.sent_datagrams.fetch_add(datagrams, Ordering::Relaxed);
        self.sent_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn count_handshake(&self) {
        self.handshakes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_roamed(&self) {
        self.roamed.fetch_add(1, Ordering::Relaxed);
    }
}
