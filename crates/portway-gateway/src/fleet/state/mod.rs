//! What a gateway believes of its fleet: rows and events in, changes to the data path out.
//!
//! Sans-IO: no clock, no socket. The driver registers the continuous query, begins a sync, gives
//! every row of a scan and every event that arrives meanwhile, and ends the sync; then events.
//! After each call it takes the changes with [`FleetState::poll_changes`] and asks
//! [`FleetState::next_timeout`] again.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod changes;
mod news;
mod removals;
mod routes;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    FleetKey, PeerRecord, Refusal, RefusalCounts, UnixSeconds, Version, peer::SEAL_KIND,
    row::PeerRow, seal::SealKey,
};
use crate::{Change, PeerNewsKind, PublicKey};
use changes::Changes;
use news::News;
use removals::Removals;
use routes::{Routes, Transfer};

/// As many as the kernel's own WireGuard serves on one device.
pub const MAX_FLEET_PEERS: usize = 1 << 20;
/// For how many seconds after a sync an event may still be older than what the scan showed.
const SETTLING_SECONDS: u64 = 10;

/// The believed copy of `PEER`, and what of it the data path was told.
pub struct FleetState {
    seals: SealKey,
    own_key: PublicKey,
    peers: BTreeMap<PublicKey, Held>,
    /// When which enabled peer expires.
    expiries: BTreeSet<(UnixSeconds, PublicKey)>,
    routes: Routes,
    removals: Removals,
    sync: Option<Sync>,
    /// Until when events may be older than the last scan.
    settled_from: UnixSeconds,
    refused: RefusalCounts,
    changes: Changes,
    news: News,
}

/// One peer as it was last believed.
struct Held {
    record: PeerRecord,
    /// When the data path loses it; nothing where it does not have it.
    expires: Option<UnixSeconds>,
    /// Whether the data path has it.
    active: bool,
}

impl Held {
    fn prefixes(&self) -> &[ipnet::IpNet] {
        self.record.prefixes.as_slice()
    }
}

/// A sync under way.
#[derive(Default)]
struct Sync {
    /// Keys of held peers that the scan showed: they stay.
    scanned: BTreeSet<PublicKey>,
    /// Keys that an event named since the sync began: events are newer than the scan.
    by_event: BTreeSet<PublicKey>,
}

impl FleetState {
    /// Begins empty. A row with the gateway's `own_key` is malformed: nobody peers with himself.
    #[must_use]
    pub fn new(key: &FleetKey, own_key: PublicKey) -> Self {
        Self {
            seals: key.seal_key(SEAL_KIND),
            own_key,
            peers: BTreeMap::new(),
            expiries: BTreeSet::new(),
            routes: Routes::default(),
            removals: Removals::default(),
            sync: None,
            settled_from: UnixSeconds::new(0),
            refused: RefusalCounts::default(),
            changes: Changes::default(),
            news: News::default(),
        }
    }

    /// Begins to compare with the grid; call it after the continuous query was registered and
    /// before the scan. A sync that was under way is given up.
    pub fn begin_sync(&mut self) {
        self.sync = Some(Sync::default());
    }

    /// Takes a row of the scan.
    ///
    /// # Errors
    ///
    /// Tells why the row is not believed; it is counted, and an earlier copy stays.
    pub fn handle_scanned(
        &mut self,
        key: &str,
        row: &PeerRow,
        now: UnixSeconds,
    ) -> Result<(), Refusal> {
        let parsed = key.parse().ok();
        let is_superseded = |sync: &Sync| parsed.is_some_and(|key| sync.by_event.contains(&key));
        if self.sync.as_ref().is_some_and(is_superseded) {
            return Ok(());
        }
        let outcome = self.accept(key, row, now);
        // Whether it is believed or not: an earlier copy of it stays.
        let held = parsed.filter(|key| self.peers.contains_key(key));
        if let (Some(sync), Some(key)) = (&mut self.sync, held) {
            sync.scanned.insert(key);
        }
        outcome.inspect_err(|reason| self.refused.count(*reason))
    }

    /// Ends the sync: what neither the scan nor an event named was removed while nobody listened.
    ///
    /// Where the grid lost rows and a backup brings them back as they were, they are believed;
    /// an earlier state of them is not.
    pub fn end_sync(&mut self, now: UnixSeconds) {
        let Some(sync) = self.sync.take() else { return };
        self.settled_from = now.plus(SETTLING_SECONDS);
        let named = |key: &PublicKey| sync.scanned.contains(key) || sync.by_event.contains(key);
        let vanished: Vec<_> = self
            .peers
            .keys()
            .filter(|key| !named(key))
            .copied()
            .collect();
        for key in vanished {
            if let Some(held) = self.forget(&key) {
                self.removals.remember(key, held.before());
            }
        }
    }

    /// Takes a row that was made or changed.
    ///
    /// # Errors
    ///
    /// Tells why the row is not believed; it is counted, and an earlier copy stays.
    pub fn handle_written(
        &mut self,
        key: &str,
        row: &PeerRow,
        now: UnixSeconds,
    ) -> Result<(), Refusal> {
        self.note_event(key);
        self.accept(key, row, now)
            .inspect_err(|reason| self.refused.count(*reason))
    }

    /// Takes the removal of a row, with the row as it last was, if the event tells.
    pub fn handle_removed(&mut self, key: &str, last: Option<&PeerRow>, now: UnixSeconds) {
        self.note_event(key);
        let Ok(public_key) = key.parse() else { return };
        let told = last.and_then(|row| PeerRecord::from_row(key, row, &self.seals).ok());
        let told = told.map(|record| record.version);
        let held = self.forget(&public_key);
        // Right after a scan the event may be older than the row that the scan showed; that row
        // comes once more, as an event, and must be believed.
        let may_be_stale = self.sync.is_some() || now < self.settled_from;
        if let Some(version) = if may_be_stale { told } else { told.max(held) } {
            self.removals.remember(public_key, version);
        }
    }

    /// Cuts off the peers whose time is over.
    pub fn handle_timeout(&mut self, now: UnixSeconds) {
        while let Some((expires, key)) = self.expiries.first().copied() {
            if expires > now {
                break;
            }
            self.expiries.pop_first();
            self.cut(&key);
            self.tell_of_held(PeerNewsKind::Expired, &key);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<UnixSeconds> {
        self.expiries.first().map(|(expires, _)| *expires)
    }

    /// Takes what the data path must be told, in order.
    #[must_use]
    pub fn poll_changes(&mut self) -> Vec<Change> {
        self.changes.take()
    }

    /// Whether the data path has this peer from the fleet.
    #[must_use]
    pub fn serves(&self, key: &PublicKey) -> bool {
        self.peers.get(key).is_some_and(|held| held.active)
    }

    /// The prefixes that are routed to some peer.
    pub fn routed(&self) -> impl Iterator<Item = ipnet::IpNet> {
        self.routes.owned()
    }

    /// How many peers are believed, served or not.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    /// How many rows were refused, by reason.
    #[must_use]
    pub const fn refused(&self) -> &RefusalCounts {
        &self.refused
    }

    /// Counts an entry that is no row of a peer at all.
    pub fn refuse_unreadable(&mut self) {
        self.refused.count(Refusal::Malformed);
    }

    fn note_event(&mut self, key: &str) {
        if let (Some(sync), Ok(key)) = (&mut self.sync, key.parse()) {
            sync.by_event.insert(key);
        }
    }

    fn accept(&mut self, key: &str, row: &PeerRow, now: UnixSeconds) -> Result<(), Refusal> {
        let record = PeerRecord::from_row(key, row, &self.seals)?;
        let key = record.public_key;
        let known = self.peers.get(&key).map(|held| held.record.version);
        if known.is_some_and(|version| record.version < version)
            || self.removals.is_older(&key, record.version)
        {
            return Err(Refusal::Older);
        }
        if key == self.own_key {
            return Err(Refusal::Malformed);
        }
        if known.is_none() && self.peers.len() >= MAX_FLEET_PEERS {
            return Err(Refusal::TooMany);
        }
        if known != Some(record.version) {
            let kind = match known {
                Some(_) => PeerNewsKind::Changed,
                None => PeerNewsKind::Added,
            };
            self.news.add(kind, &record);
        }
        self.hold(&record, record.is_active(now));
        Ok(())
    }

    /// Replaces what is held of a peer and tells the data path the difference.
    fn hold(&mut self, record: &PeerRecord, active: bool) {
        let key = record.public_key;
        let held = Held {
            record: record.clone(),
            expires: record.expires.filter(|_| active),
            active,
        };
        if !active {
            self.cut(&key);
            self.peers.insert(key, held);
            return;
        }
        if let Some(expires) = held.expires {
            self.expiries.insert((expires, key));
        }
        let claims = held.prefixes().to_vec();
        let earlier = self.peers.insert(key, held);
        if let Some(expires) = earlier.as_ref().and_then(|earlier| earlier.expires)
            && Some(expires) != record.expires
        {
            self.expiries.remove(&(expires, key));
        }
        match earlier.as_ref().filter(|earlier| earlier.active) {
            None => self.changes.add(record),
            Some(earlier) => self.changes.set(record, &earlier.record),
        }
        let before = earlier
            .filter(|earlier| earlier.active)
            .map(|held| (held.record.version, held.prefixes().to_vec()));
        let transfers = self.routes.replace(key, before, record.version, claims);
        self.tell_transfers(transfers);
    }

    fn tell_transfers(&mut self, transfers: Vec<Transfer>) {
        for Transfer { prefix, from, to } in transfers {
            if let Some(from) = from.filter(|from| self.serves(from)) {
                self.changes.withdraw(&from, prefix);
            }
            if let Some(to) = to {
                self.changes.route(&to, prefix);
            }
        }
    }

    /// Drops what is held of a peer, cut off, and tells its version.
    fn forget(&mut self, key: &PublicKey) -> Option<Version> {
        self.cut(key);
        self.tell_of_held(PeerNewsKind::Removed, key);
        self.peers.remove(key).map(|held| held.record.version)
    }

    /// Takes a peer off the data path; what it claimed goes to the next in line.
    fn cut(&mut self, key: &PublicKey) {
        let Some(held) = self.peers.get_mut(key).filter(|held| held.active) else {
            return;
        };
        held.active = false;
        if let Some(expires) = held.expires.take() {
            self.expiries.remove(&(expires, *key));
        }
        self.changes.remove(*key);
        let transfers = self
            .routes
            .withdraw(*key, held.record.version, held.prefixes());
        self.tell_transfers(transfers);
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
