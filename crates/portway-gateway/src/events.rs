//! What happens to peers and sessions, told in this process to whoever listens; nobody is waited for.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use portway_rpc::pattern::{
    AtMostOnce, Missed, Notify as _, Received, Subscriber,
    local::{LocalSubscriber, LocalTopic, topic},
};

use crate::{PeerEvent, PublicKey, fleet::PeerRecord};

/// Events that are kept for the slowest subscriber; it is told how many more it missed. At a few hundred
/// bytes each the memory stays below a megabyte, for all subscribers together.
const BACKLOG: usize = 2048;

/// One event, with its place among all that this gateway has told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GatewayEvent {
    /// Counts from 1 since the gateway started, without gaps.
    pub sequence: u64,
    /// When the gateway heard of it.
    pub at: SystemTime,
    /// What happened.
    pub kind: GatewayEventKind,
}

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum GatewayEventKind {
    /// To a peer of the fleet; the record is as it is now, or as it was last.
    Peer(PeerNews),
    /// To a session of a peer.
    Session {
        /// What the data path says.
        event: PeerEvent,
        /// What the peer is called; nothing for one that `wg` gave to the interface.
        name: Option<String>,
    },
}

/// What became of a peer of the fleet.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PeerNews {
    /// What became of it.
    pub kind: PeerNewsKind,
    /// The peer as it is now, or as it was last.
    pub record: PeerRecord,
}

/// What became of a peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PeerNewsKind {
    /// It was not known before.
    Added,
    /// Its row was written anew.
    Changed,
    /// Its row is gone.
    Removed,
    /// Its time is over.
    Expired,
}

/// Where a gateway publishes its events. Cloning is cheap; clones are the same hub.
#[derive(Clone, Debug)]
pub struct EventHub {
    topic: LocalTopic<Arc<GatewayEvent>>,
    /// Held while an event is published, so that numbers come in order.
    sequence: Arc<Mutex<u64>>,
}

impl EventHub {
    pub(crate) fn new() -> Self {
        Self {
            topic: topic(BACKLOG),
            sequence: Arc::default(),
        }
    }

    /// Publishes one event; never waits.
    pub(crate) fn publish(&self, at: SystemTime, kind: GatewayEventKind) {
        let mut sequence = self.sequence.lock().unwrap_or_else(PoisonError::into_inner);
        *sequence += 1;
        let event = GatewayEvent {
            sequence: *sequence,
            at,
            kind,
        };
        // The topic drops for slow subscribers, and tells them; it refuses nothing.
        let _ = self.topic.notify(Arc::new(event));
    }

    /// Hears of what is published from now on.
    #[must_use]
    pub fn subscribe(&self) -> EventSubscription {
        EventSubscription(self.topic.subscribe())
    }
}

/// What a subscriber is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Heard {
    /// The next event.
    Event(Arc<GatewayEvent>),
    /// So many events were dropped, because this subscriber was too slow for them.
    Missed(u64),
}

/// One who hears of the events of a gateway.
#[derive(Debug)]
pub struct EventSubscription(LocalSubscriber<Arc<GatewayEvent>>);

impl EventSubscription {
    /// Waits for the next event; nothing once the gateway has ended.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Heard> {
        let received = Subscriber::<_, AtMostOnce>::next(&mut self.0).await;
        Some(match received.ok()? {
            Received::Message(message) => Heard::Event(message.body),
            Received::Missed(Missed::Counted(count)) => Heard::Missed(count),
            // Within a process all that is dropped is counted.
            Received::Missed(_) => Heard::Missed(0),
        })
    }
}

impl PeerEvent {
    /// Which peer it is about.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        match self {
            Self::Handshake { public_key, .. } | Self::Roamed { public_key, .. } => public_key,
        }
    }

    /// What events of all kinds say of the peer.
    pub(crate) fn sighting(&self) -> Sighting {
        let (Self::Handshake {
            public_key,
            endpoint,
            receiver_index,
            sent_bytes,
            received_bytes,
            at,
        }
        | Self::Roamed {
            public_key,
            endpoint,
            receiver_index,
            sent_bytes,
            received_bytes,
            at,
        }) = *self;
        Sighting {
            public_key,
            endpoint,
            handshake: matches!(self, Self::Handshake { .. }).then_some(at),
            receiver_index,
            sent_bytes,
            received_bytes,
        }
    }
}

/// What the data path saw of a peer; the fields are those of [`PeerEvent`].
pub(crate) struct Sighting {
    pub(crate) public_key: PublicKey,
    pub(crate) endpoint: Option<SocketAddr>,
    /// When the handshake was completed, if that is what was seen.
    pub(crate) handshake: Option<SystemTime>,
    pub(crate) receiver_index: u32,
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn publish(hub: &EventHub) {
        let event = PeerEvent::Handshake {
            public_key: PublicKey::from_bytes([1; 32]),
            endpoint: Some(SocketAddr::from(([127, 0, 0, 1], 1))),
            receiver_index: 1,
            sent_bytes: 0,
            received_bytes: 0,
            at: SystemTime::UNIX_EPOCH,
        };
        let kind = GatewayEventKind::Session { event, name: None };
        hub.publish(SystemTime::UNIX_EPOCH, kind);
    }

    #[tokio::test]
    async fn a_slow_subscriber_is_told_how_much_it_missed_and_the_numbers_agree() {
        let hub = EventHub::new();
        let mut slow = hub.subscribe();
        let published = 3 * BACKLOG as u64;
        (0..published).for_each(|_| publish(&hub));
        let Some(Heard::Missed(missed)) = slow.next().await else {
            panic!("it must be told first");
        };
        let Some(Heard::Event(event)) = slow.next().await else {
            panic!("the rest must come");
        };
        assert_eq!(event.sequence, missed + 1);
        assert_eq!(missed, published - BACKLOG as u64);
    }

    #[tokio::test]
    async fn a_subscriber_hears_what_is_published_after_it_came() {
        let hub = EventHub::new();
        publish(&hub);
        let mut late = hub.subscribe();
        publish(&hub);
        let Some(Heard::Event(event)) = late.next().await else {
            panic!("an event must come");
        };
        assert_eq!(event.sequence, 2);
        drop(hub);
        assert!(late.next().await.is_none());
    }
}
