//! A follower as others see it: how it stands to its grid, and what it holds.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use ipnet::IpNet;
use tokio::sync::{Notify, watch};

use super::{FleetError, FleetKey, FleetState, ForeignText, PeerName, Refusal, RefusalCounts};
use crate::{EventHub, PublicKey};

/// How a follower stands to its grid.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FollowerStatus {
    /// It has caught up and hears of every change.
    Following,
    /// The grid is away; the last copy is served.
    Away {
        /// Since when.
        since: Instant,
        /// Why the last attempt failed.
        reason: FleetError,
    },
}

/// Looks at a follower from outside. Cloning is cheap.
#[derive(Clone)]
pub struct FollowerView {
    pub(super) shared: Arc<Shared>,
}

/// What a follower and its views share.
pub(super) struct Shared {
    state: Mutex<FleetState>,
    status: watch::Sender<FollowerStatus>,
    /// Told when the next deadline may have changed.
    pub(super) changed: Notify,
    /// Told when the data path has taken changes.
    pub(super) applied: watch::Sender<()>,
    /// Told what becomes of peers and sessions.
    pub(super) events: EventHub,
}

impl FollowerView {
    /// How the follower stands to its grid.
    #[must_use]
    pub fn status(&self) -> FollowerStatus {
        self.shared.status.borrow().clone()
    }

    /// Waits until the follower has caught up; at once if it has.
    pub async fn following(&self) {
        let mut status = self.shared.status.subscribe();
        // Without a follower there is nothing left to wait for.
        let _ = status
            .wait_for(|status| matches!(status, FollowerStatus::Following))
            .await;
    }

    /// How many peers the last copy has, served or not.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.shared.state().peers()
    }

    /// Whether the data path has this peer from the fleet.
    #[must_use]
    pub fn serves(&self, key: &PublicKey) -> bool {
        self.shared.state().serves(key)
    }

    /// What a peer of the fleet is called, served or not.
    #[must_use]
    pub fn name(&self, key: &PublicKey) -> Option<PeerName> {
        self.shared.state().name(key).cloned()
    }

    /// Where the gateway publishes what becomes of peers and sessions; peers that were there before the
    /// follower started are no news.
    #[must_use]
    pub fn events(&self) -> &EventHub {
        &self.shared.events
    }

    /// The prefixes that are routed to some peer of the fleet.
    #[must_use]
    pub fn routed(&self) -> BTreeSet<IpNet> {
        self.shared.state().routed().collect()
    }

    /// Is told each time the data path has taken changes; several at once are told once.
    #[must_use]
    pub fn applied(&self) -> watch::Receiver<()> {
        self.shared.applied.subscribe()
    }

    /// How many rows were refused, by reason.
    #[must_use]
    pub fn refused(&self) -> RefusalCounts {
        *self.shared.state().refused()
    }
}

impl Shared {
    pub(super) fn new(key: &FleetKey, own_key: PublicKey) -> Self {
        Self {
            state: Mutex::new(FleetState::new(key, own_key)),
            status: watch::Sender::new(FollowerStatus::Following),
            changed: Notify::new(),
            applied: watch::Sender::default(),
            events: EventHub::new(),
        }
    }

    /// The state is whole whenever the lock is free: its methods do not panic half way.
    pub(super) fn state(&self) -> MutexGuard<'_, FleetState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn report(&self, key: &str, outcome: Result<(), Refusal>) {
        let Err(reason) = outcome else { return };
        // An attacker who writes the grid must not fill the log.
        if self.state().refused().of(reason).is_power_of_two() {
            let key = ForeignText(key);
            tracing::warn!(%key, %reason, "a row of the grid is not believed");
        }
    }

    /// One entry that cannot be read is refused; any other error ends the turn.
    pub(super) fn unreadable(&self, error: portway_ignite::Error) -> Result<(), FleetError> {
        if !matches!(error, portway_ignite::Error::Decode { .. }) {
            return Err(error.into());
        }
        self.state().refuse_unreadable();
        self.report("?", Err(Refusal::Malformed));
        Ok(())
    }

    pub(super) fn note_absence(&self, reason: FleetError) {
        let peers = self.state().peers();
        self.status.send_modify(|status| match status {
            FollowerStatus::Away { reason: last, .. } => *last = reason,
            _ => {
                tracing::warn!(%reason, peers, "the grid is away; the last copy is served");
                *status = FollowerStatus::Away {
                    since: Instant::now(),
                    reason,
                };
            }
        });
    }

    pub(super) fn note_return(&self) {
        let peers = self.state().peers();
        self.status.send_modify(|status| {
            if let FollowerStatus::Away { since, .. } = status {
                let away = since.elapsed();
                tracing::warn!(
                    ?away,
                    peers,
                    "the grid is back and its changes are caught up"
                );
            }
            *status = FollowerStatus::Following;
        });
    }
}
