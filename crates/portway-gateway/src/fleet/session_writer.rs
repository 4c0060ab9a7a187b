//! The way back: what the data path saw of a peer goes to `SESSION`, without ever making the data
//! path wait.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::sync::{Notify, mpsc};

use super::{
    Fleet, FleetError, FollowerView, GatewayId,
    session::{Observation, Totals},
};
use crate::{GatewayEventKind, PeerEvent, PublicKey};

/// Peers whose observation waits for the grid. One more is dropped: the next observation of that
/// peer carries the totals.
const MAX_WAITING: usize = 65_536;
/// The pause after a failed write; the grid is then usually away.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Peers that are remembered beyond those that the fleet has, before the memory is swept.
const SLACK: usize = 1_024;

/// Writes what `events` tell of the fleet's peers, until the data path ends.
///
/// Each peer has at most one observation waiting, however many events came since its last write,
/// and one write is under way at a time. While the grid is away the newest observations wait.
pub async fn write_sessions(
    fleet: Fleet,
    follower: FollowerView,
    gateway: GatewayId,
    events: mpsc::Receiver<PeerEvent>,
) {
    let desk = Desk::default();
    let mut writer = Writer {
        fleet,
        follower: follower.clone(),
        gateway,
        told: BTreeMap::new(),
    };
    tokio::select! {
        () = collect(&desk, &follower, events) => {}
        () = writer.run(&desk) => {}
    }
}

/// Takes events as they come, so that the data path's queue stays empty however slow the grid is.
async fn collect(desk: &Desk, follower: &FollowerView, mut events: mpsc::Receiver<PeerEvent>) {
    while let Some(event) = events.recv().await {
        let name = follower.name(event.public_key());
        let kind = GatewayEventKind::Session {
            event,
            name: name.map(|name| name.to_string()),
        };
        follower.events().publish(SystemTime::now(), kind);
        // What `wg` gave to the data path does not belong into the grid.
        let (key, seen) = observe(&event);
        if follower.serves(&key) {
            desk.waiting().add(key, seen);
            desk.arrived.notify_one();
        }
    }
}

/// Where observations wait to be written.
#[derive(Default)]
struct Desk {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

impl Desk {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest observation of each peer, in the order in which the peers first had one.
#[derive(Default)]
struct Waiting {
    order: VecDeque<PublicKey>,
    newest: BTreeMap<PublicKey, Observation>,
}

impl Waiting {
    fn add(&mut self, key: PublicKey, seen: Observation) {
        if let Some(earlier) = self.newest.get_mut(&key) {
            *earlier = earlier.followed_by(seen);
        } else if self.order.len() < MAX_WAITING {
            self.order.push_back(key);
            self.newest.insert(key, seen);
        } else {
            tracing::debug!(%key, "too many sessions wait for the grid; this one is not written");
        }
    }

    /// Puts back what could not be written; what came meanwhile is newer.
    fn add_again(&mut self, key: PublicKey, seen: Observation) {
        let newer = self.newest.remove(&key);
        if newer.is_none() {
            self.order.push_back(key);
        }
        self.newest
            .insert(key, newer.map_or(seen, |newer| seen.followed_by(newer)));
    }

    fn pop(&mut self) -> Option<(PublicKey, Observation)> {
        let key = self.order.pop_front()?;
        Some((key, self.newest.remove(&key)?))
    }
}

struct Writer {
    fleet: Fleet,
    follower: FollowerView,
    gateway: GatewayId,
    /// What of each peer's totals the grid has.
    told: BTreeMap<PublicKey, Totals>,
}

impl Writer {
    async fn run(&mut self, desk: &Desk) {
        loop {
            let next = desk.waiting().pop();
            let Some((key, seen)) = next else {
                desk.arrived.notified().await;
                continue;
            };
            if let Err(error) = self.write(key, seen).await {
                tracing::debug!(%key, %error, "a session is not written yet");
                desk.waiting().add_again(key, seen);
                tokio::time::sleep(RETRY_PAUSE).await;
                self.follower.following().await;
            }
        }
    }

    async fn write(&mut self, key: PublicKey, seen: Observation) -> Result<(), FleetError> {
        // Removed meanwhile: its row must not come back.
        if !self.follower.serves(&key) {
            self.told.remove(&key);
            return Ok(());
        }
        let text = key.to_base64();
        let known = match self.fleet.sessions.get(&text).await {
            // Somebody wrote something else there: what was seen takes its place.
            Err(portway_ignite::Error::Decode { .. }) => None,
            known => known?,
        };
        let told = self.told.get(&key).copied().unwrap_or_default();
        let row = seen.onto(known, told, self.gateway.as_str());
        self.fleet.sessions.put(&text, &row).await?;
        self.told.insert(key, seen.totals);
        if self.told.len() > self.follower.peers() + SLACK {
            self.told.retain(|key, _| self.follower.serves(key));
        }
        Ok(())
    }
}

/// What an event says of a peer.
fn observe(event: &PeerEvent) -> (PublicKey, Observation) {
    let sighting = event.sighting();
    let seen = Observation {
        endpoint: sighting.endpoint,
        handshake: sighting.handshake,
        receiver_index: sighting.receiver_index,
        totals: Totals {
            sent: sighting.sent_bytes,
            received: sighting.received_bytes,
        },
    };
    (sighting.public_key, seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(index: usize) -> PublicKey {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&index.to_be_bytes());
        PublicKey::from_bytes(bytes)
    }

    fn seen(sent: u64) -> Observation {
        let totals = Totals { sent, received: 0 };
        Observation {
            endpoint: None,
            handshake: None,
            receiver_index: 0,
            totals,
        }
    }

    #[test]
    fn many_events_of_one_peer_are_one_write_with_the_newest_totals() {
        let mut waiting = Waiting::default();
        for (peer, sent) in [(1, 10), (2, 5), (1, 20), (1, 30)] {
            waiting.add(key(peer), seen(sent));
        }
        assert_eq!(waiting.pop(), Some((key(1), seen(30))));
        assert_eq!(waiting.pop(), Some((key(2), seen(5))));
        assert_eq!(waiting.pop(), None);
    }

    #[test]
    fn a_failed_write_does_not_hide_what_came_meanwhile() {
        let mut waiting = Waiting::default();
        waiting.add(key(1), seen(10));
        let (first, failed) = waiting.pop().unwrap();
        waiting.add(key(1), seen(20));
        waiting.add_again(first, failed);
        assert_eq!(waiting.pop(), Some((key(1), seen(20))));
        assert_eq!(waiting.pop(), None);
    }

    #[test]
    fn the_memory_of_what_waits_is_bounded() {
        let mut waiting = Waiting::default();
        for index in 0..MAX_WAITING + 10 {
            waiting.add(key(index), seen(1));
        }
        assert_eq!(
            (waiting.order.len(), waiting.newest.len()),
            (MAX_WAITING, MAX_WAITING)
        );
    }
}
