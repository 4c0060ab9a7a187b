//! Random writes, removals, forgeries, replays and outages on one side; on the other a naive
//! device that does what it is told. In the end it must be what the grid's rows say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ipnet::IpNet;

use super::{
    tests::{fleet_key, public_key, record, seal},
    *,
};
use crate::{PeerChange, PresharedKey};

const PEERS: u8 = 6;
const PREFIXES: [&str; 5] = [
    "10.1.0.0/16",
    "10.2.0.0/16",
    "10.2.3.0/24",
    "fd00::2/128",
    "0.0.0.0/0",
];
/// Marks forged rows for the model; to the gateway it is one more wrong column.
const FORGED: i32 = 999;
const SEEDS: u64 = 400;
const STEPS: usize = 120;

#[test]
fn whatever_happens_the_device_becomes_what_the_grid_says() {
    for seed in 1..=SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        world.calm_down();
        assert_eq!(world.device.peers, world.expected(), "seed {seed}");
        world.resync_quietly(seed);
    }
}

/// A small generator (xorshift), so that a seed replays.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone)]
enum Event {
    Written(u8, PeerRow),
    Removed(u8, PeerRow),
}

#[derive(Debug, Default, Eq, PartialEq)]
struct DevicePeer {
    preshared_key: Option<PresharedKey>,
    keepalive: u16,
    prefixes: BTreeSet<IpNet>,
}

/// Does what a device does with changes, in the plainest way.
#[derive(Default)]
struct Device {
    peers: BTreeMap<PublicKey, DevicePeer>,
}

impl Device {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::RemovePeer(key) => {
                assert!(self.peers.remove(key).is_some(), "a peer is removed once");
            }
            Change::Peer(change) => self.apply_peer(change),
            other => panic!("the fleet never says {other:?}"),
        }
    }

    fn apply_peer(&mut self, change: &PeerChange) {
        assert_eq!(
            change.update_only,
            self.peers.contains_key(&change.public_key)
        );
        for (prefix, added) in &change.allowed_prefixes {
            for (key, peer) in &mut self.peers {
                let takes = *added && peer.prefixes.contains(prefix);
                assert!(!takes, "{key} was not told first that it loses {prefix}");
            }
            let peer = self.peers.entry(change.public_key).or_default();
            let changed = if *added {
                peer.prefixes.insert(*prefix)
            } else {
                peer.prefixes.remove(prefix)
            };
            assert!(changed, "{prefix} changes with every word about it");
        }
        let peer = self.peers.entry(change.public_key).or_default();
        if let Some(key) = &change.preshared_key {
            peer.preshared_key.clone_from(key);
        }
        peer.keepalive = change.keepalive.unwrap_or(peer.keepalive);
    }
}

struct World {
    random: Random,
    now: UnixSeconds,
    version: i64,
    /// What the grid shows.
    rows: BTreeMap<u8, PeerRow>,
    /// What of it was really written by somebody with the fleet key.
    genuine: BTreeMap<u8, PeerRecord>,
    /// Earlier genuine rows, for replays.
    history: Vec<(u8, PeerRow)>,
    /// Peers whose removal the gateway has seen.
    witnessed: BTreeSet<u8>,
    listening: bool,
    events: VecDeque<Event>,
    state: FleetState,
    device: Device,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            now: UnixSeconds::new(1_000),
            version: 0,
            rows: BTreeMap::new(),
            genuine: BTreeMap::new(),
            history: Vec::new(),
            witnessed: BTreeSet::new(),
            listening: false,
            events: VecDeque::new(),
            state: FleetState::new(&fleet_key(), public_key(255)),
            device: Device::default(),
        }
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0 => self.tick(),
            1 if self.listening => self.lose_the_grid(),
            2 | 3 if !self.listening => self.resync(),
            4..=6 => self.deliver_one(),
            _ => self.touch_the_grid(),
        }
    }

    fn touch_the_grid(&mut self) {
        let peer = self.random.below(u64::from(PEERS)) as u8 + 1;
        match self.random.below(10) {
            0..=4 => self.write_genuine(peer),
            5..=7 => self.remove(peer),
            8 if self.listening => self.forge(peer),
            9 if self.listening => self.replay(),
            _ => {}
        }
    }

    fn write_genuine(&mut self, peer: u8) {
        // The same version twice happens only to two peers, never to one.
        if self.random.chance(80)
            || self
                .genuine
                .get(&peer)
                .is_some_and(|last| last.version.to_column() == self.version)
        {
            self.version += 1;
        }
        let wanted: Vec<&str> = PREFIXES
            .into_iter()
            .filter(|_| self.random.chance(40))
            .collect();
        let record = PeerRecord {
            keepalive: self.random.below(2) as u16,
            enabled: self.random.chance(85),
            expires: self
                .random
                .chance(30)
                .then(|| self.now.plus(self.random.below(9))),
            preshared_key: self
                .random
                .chance(30)
                .then(|| PresharedKey::from_bytes([7; 32])),
            ..record(peer, self.version, &wanted.join(","))
        };
        let row = seal(&record);
        self.history.push((peer, row.clone()));
        self.genuine.insert(peer, record);
        self.put(peer, row);
    }

    fn put(&mut self, peer: u8, row: PeerRow) {
        self.rows.insert(peer, row.clone());
        self.notify(Event::Written(peer, row));
    }

    fn remove(&mut self, peer: u8) {
        self.genuine.remove(&peer);
        self.witnessed.remove(&peer);
        // A peer that comes back has a version that no earlier row had.
        self.version += 1;
        if let Some(row) = self.rows.remove(&peer) {
            self.notify(Event::Removed(peer, row));
        }
    }

    fn forge(&mut self, peer: u8) {
        let Some(row) = self.rows.get(&peer) else {
            return;
        };
        let forged = PeerRow {
            prefixes: "0.0.0.0/0".into(),
            keepalive: FORGED,
            ..row.clone()
        };
        self.put(peer, forged);
    }

    /// Puts back any row that the gateway must know to be older.
    fn replay(&mut self) {
        let usable = |(peer, row): &&(u8, PeerRow)| match self.genuine.get(peer) {
            Some(record) => row.version < record.version.to_column(),
            None => self.witnessed.contains(peer),
        };
        let candidates: Vec<_> = self.history.iter().filter(usable).cloned().collect();
        if !candidates.is_empty() {
            let chosen = self.random.below(candidates.len() as u64) as usize;
            let (peer, row) = candidates[chosen].clone();
            self.put(peer, row);
        }
    }

    fn notify(&mut self, event: Event) {
        if self.listening {
            self.events.push_back(event);
        }
    }

    fn deliver_one(&mut self) {
        match self.events.pop_front() {
            Some(Event::Written(peer, row)) => {
                let _ = self
                    .state
                    .handle_written(&public_key(peer).to_base64(), &row, self.now);
            }
            Some(Event::Removed(peer, row)) => {
                self.state
                    .handle_removed(&public_key(peer).to_base64(), Some(&row), self.now);
                self.witness(peer, &row);
            }
            None => {}
        }
        self.tell_device();
    }

    /// Right after a scan a removal tells no more than the row in it; a removal that tells less
    /// than the newest row does not count as seen.
    fn witness(&mut self, peer: u8, last: &PeerRow) {
        let mut versions = self.history.iter().filter(|(other, _)| *other == peer);
        if versions.all(|(_, row)| row.version <= last.version) && last.keepalive != FORGED {
            self.witnessed.insert(peer);
        }
    }

    fn tick(&mut self) {
        // Events are never later than the state allows for.
        self.deliver_all();
        self.now = self.now.plus(self.random.below(4));
        if self
            .state
            .next_timeout()
            .is_some_and(|deadline| deadline <= self.now)
        {
            self.state.handle_timeout(self.now);
        }
        self.tell_device();
    }

    fn deliver_all(&mut self) {
        while !self.events.is_empty() {
            self.deliver_one();
        }
    }

    /// Not while a row is false: what the gateway then holds depends on what it heard.
    fn lose_the_grid(&mut self) {
        let shown: Vec<_> = self.rows.keys().collect();
        let honest = self
            .genuine
            .iter()
            .all(|(peer, record)| self.rows[peer] == seal(record))
            && shown.len() == self.genuine.len();
        if honest {
            self.listening = false;
            self.events.clear();
        }
    }

    /// Registers, then reads row by row while the grid goes on changing.
    fn resync(&mut self) {
        self.listening = true;
        self.state.begin_sync();
        let mut read = VecDeque::new();
        for peer in 1..=PEERS {
            while self.random.chance(40) {
                let peer = self.random.below(u64::from(PEERS)) as u8 + 1;
                if self.random.chance(60) {
                    self.write_genuine(peer)
                } else {
                    self.remove(peer)
                }
            }
            while self.random.chance(40) {
                self.deliver_one();
            }
            read.extend(self.rows.get(&peer).map(|row| (peer, row.clone())));
            while self.random.chance(50) {
                self.take_scanned(read.pop_front());
            }
        }
        while !read.is_empty() {
            self.take_scanned(read.pop_front());
        }
        self.state.end_sync(self.now);
        self.tell_device();
    }

    fn take_scanned(&mut self, read: Option<(u8, PeerRow)>) {
        if let Some((peer, row)) = read {
            let _ = self
                .state
                .handle_scanned(&public_key(peer).to_base64(), &row, self.now);
        }
    }

    fn tell_device(&mut self) {
        for change in self.state.poll_changes() {
            self.device.apply(&change);
        }
    }

    fn calm_down(&mut self) {
        if !self.listening {
            self.resync();
        }
        self.deliver_all();
        self.state.handle_timeout(self.now);
        self.tell_device();
    }

    /// A sync on a grid that did not change says nothing to the device.
    fn resync_quietly(&mut self, seed: u64) {
        self.state.begin_sync();
        for (peer, row) in &self.rows {
            let _ = self
                .state
                .handle_scanned(&public_key(*peer).to_base64(), row, self.now);
        }
        self.state.end_sync(self.now);
        assert_eq!(self.state.poll_changes(), [], "seed {seed}");
    }

    fn expected(&self) -> BTreeMap<PublicKey, DevicePeer> {
        let served = || {
            self.genuine
                .values()
                .filter(|record| record.is_active(self.now))
        };
        let owner = |prefix: &IpNet| {
            let claims = served().filter(|record| record.prefixes.contains(prefix));
            claims
                .map(|record| (record.version, record.public_key))
                .max()
                .map(|(_, key)| key)
        };
        let device_peer = |record: &PeerRecord| DevicePeer {
            preshared_key: record.preshared_key.clone(),
            keepalive: record.keepalive,
            prefixes: record
                .prefixes
                .as_slice()
                .iter()
                .copied()
                .filter(|prefix| owner(prefix) == Some(record.public_key))
                .collect(),
        };
        served()
            .map(|record| (record.public_key, device_peer(record)))
            .collect()
    }
}
