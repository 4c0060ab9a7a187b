//! Crashes and failing disks: what was acknowledged is there, nothing is torn, writing resumes.
//!
//! Random changes run on a grid over a disk that fails as a seed says, and on a naive model. Then
//! the process dies, or the power goes, and the next start must show what one moment of the model
//! was: the last one after a death, one not older than the last acknowledged one after a power cut.
//! A long run: `PORTWAY_CRASH_ROUNDS=2000 cargo test -p portway-grid crash`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portway_ignite_protocol::{CacheConfiguration, CacheId};
use tokio::sync::watch;

use super::faults::{Chance, Faults, FaultyDisk};
use super::recovery::{Manner, Opened, open_in};
use super::{Held, Snapshots, SyncProgress, WalMode};
use crate::engine::{Call, Condition, Engine, EngineLimits, IfExists, Position};

const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 30,
    caches: 4,
    resources_per_connection: 3,
    transactions_per_connection: 3,
    tasks_per_connection: 0,
};

/// So small that segments fill and are emptied all the time.
const SEGMENT_BYTES: u64 = 2048;

const KEYS: u64 = 30;

/// No disk of a test takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many rounds each test runs: tens in the suite, more where somebody asks for it.
fn rounds() -> u64 {
    let asked = std::env::var("PORTWAY_CRASH_ROUNDS").ok();
    asked.and_then(|rounds| rounds.parse().ok()).unwrap_or(40)
}

type Model = BTreeMap<u8, Vec<u8>>;

/// A grid under test beside its model.
struct Subject {
    engine: Engine,
    progress: watch::Receiver<SyncProgress>,
    /// The model after each change, and how far the journal was then.
    moments: Vec<(Position, Model)>,
    refused: u64,
}

fn call() -> Call {
    Call {
        cache: CacheId::of("A").0,
        policy: None,
        now: 0,
        transaction: None,
    }
}

impl Subject {
    fn start(disk: &FaultyDisk, mode: WalMode, folder: &Path, model: Model) -> Self {
        disk.set_faults(Faults::default());
        let manner = Manner {
            disk: Arc::new(disk.clone()),
            mode,
            smallest_segment: SEGMENT_BYTES,
            lazy_interval: Duration::from_millis(2),
        };
        let opened = open_in(manner, folder, &mut |_| {}).unwrap_or_else(|error| {
            panic!("the grid does not start: {error}");
        });
        let Opened {
            table,
            journal,
            progress,
        } = opened;
        let engine = Engine::new(table, Box::new(journal), LIMITS);
        let mut engine = engine.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        engine
            .create_cache(&CacheConfiguration::new("A"), IfExists::Keep)
            .unwrap();
        engine.flush().unwrap();
        let begun = engine.appended();
        let mut subject = Self {
            engine,
            progress,
            moments: vec![(begun, model)],
            refused: 0,
        };
        subject.wait_for(begun);
        subject
    }

    fn content(&mut self) -> Model {
        let keys = 0..=u8::try_from(KEYS).unwrap();
        let read = |key: u8| {
            let value = self.engine.value(call(), &[key]).unwrap();
            value.map(|value| (key, value.to_vec()))
        };
        keys.filter_map(read).collect()
    }

    /// One random change, on the grid and, if that takes it, on the model.
    fn change(&mut self, chance: &mut Chance) {
        let mut model = self.moments.last().unwrap().1.clone();
        let key = chance.below(KEYS).to_le_bytes()[0];
        let value = vec![chance.next().to_le_bytes()[0]; chance.below(200) as usize + 1];
        let result = match chance.below(20) {
            0 => {
                model.clear();
                self.engine.clear(call())
            }
            1..5 => {
                model.remove(&key);
                let removed = self.engine.update(call(), &[key], Condition::Always, None);
                removed.map(|_| ())
            }
            5..9 => {
                // Several keys in one record: all or nothing.
                let keys: Vec<_> = (key / 2..key).collect();
                model.extend(keys.iter().map(|key| (*key, value.clone())));
                let keys: Vec<_> = keys.iter().map(|key| [*key]).collect();
                let entries = keys.iter().map(|key| (&key[..], &value[..]));
                self.engine.put_all(call(), entries)
            }
            _ => {
                model.insert(key, value.clone());
                let put = self
                    .engine
                    .update(call(), &[key], Condition::Always, Some(&value));
                put.map(|_| ())
            }
        };
        match result {
            Ok(()) => self.moments.push((self.engine.appended(), model)),
            Err(_) => self.refused += 1,
        }
        let expected = self.moments.last().unwrap().1.clone();
        assert_eq!(self.content(), expected, "a refused write shows");
    }

    /// Writing resumes when the disk works again: at the second change, if an order was on its way.
    fn resume(&mut self, chance: &mut Chance, mode: WalMode) {
        let refused = self.refused;
        let attempts = (0..3).any(|_| {
            // Sure to be written.
            let value = chance.next().to_le_bytes();
            let mut model = self.moments.last().unwrap().1.clone();
            model.insert(0, value.to_vec());
            self.engine
                .update(call(), &[0], Condition::Always, Some(&value))
                .unwrap();
            self.moments.push((self.engine.appended(), model));
            let position = self.moments.last().unwrap().0;
            mode == WalMode::LogOnly || self.wait_for(position)
        });
        assert!(attempts, "the disk works, and no change becomes safe");
        assert_eq!(
            self.refused, refused,
            "the disk works, and a change is refused"
        );
    }

    /// Waits until the disk has decided about `position`.
    fn wait_for(&mut self, position: Position) -> bool {
        let start = Instant::now();
        loop {
            let progress = self.progress.borrow().clone();
            if progress.synced >= position {
                return true;
            }
            if progress.refused.is_some_and(|no| no.up_to >= position) {
                return false;
            }
            assert!(start.elapsed() < PATIENCE, "the disk decides nothing");
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// The moments that a start may show after a power cut now: none before what was acknowledged.
    fn possible_after_power_cut(&self) -> Vec<Model> {
        let synced = self.progress.borrow().synced;
        let acknowledged = self.moments.iter().rposition(|(at, _)| *at <= synced);
        self.models_from(acknowledged.unwrap_or(0))
    }

    /// The model at one moment and at all later ones.
    fn models_from(&self, moment: usize) -> Vec<Model> {
        let moments = self.moments[moment..].iter();
        moments.map(|(_, model)| model.clone()).collect()
    }
}

/// What a start shows.
fn found_after(disk: &FaultyDisk, mode: WalMode, folder: &Path) -> Model {
    Subject::start(disk, mode, folder, Model::new()).content()
}

fn random_faults(chance: &mut Chance) -> Faults {
    let mut rate = || [0, 0, 5, 30][usize::try_from(chance.below(4)).unwrap()];
    Faults {
        append: rate(),
        cut: rate(),
        sync: rate(),
        create: rate(),
        remove: rate(),
    }
}

#[test]
fn a_start_after_a_crash_shows_the_last_change_however_the_disk_failed() {
    for seed in 0..rounds() {
        for mode in [WalMode::LogOnly, WalMode::Fsync] {
            let mut chance = Chance::new(seed);
            let mut folder = tempfile::tempdir().unwrap();
            let mut model = Model::new();
            for _ in 0..3 {
                let disk = FaultyDisk::new(seed);
                let mut subject = Subject::start(&disk, mode, folder.path(), model.clone());
                assert_eq!(subject.content(), model, "seed {seed}, {mode:?}");
                disk.set_faults(random_faults(&mut chance));
                for _ in 0..chance.below(60) {
                    subject.change(&mut chance);
                }
                disk.set_faults(Faults::default());
                subject.resume(&mut chance, mode);
                let last = subject.moments.last().unwrap().1.clone();
                let next = tempfile::tempdir().unwrap();
                disk.copy(folder.path(), next.path());
                model = last;
                drop(subject);
                folder = next;
            }
        }
    }
}

#[test]
fn a_start_after_a_crash_shows_all_that_was_written_before_an_answer_left() {
    for seed in 0..rounds() {
        let mut chance = Chance::new(seed);
        let mut folder = tempfile::tempdir().unwrap();
        let mut model = Model::new();
        for round in 0..3 {
            let disk = FaultyDisk::reserving(seed);
            let mode = WalMode::LogOnly;
            let mut subject = Subject::start(&disk, mode, folder.path(), model.clone());
            disk.set_faults(random_faults(&mut chance));
            let mut answered = 0;
            for _ in 0..chance.below(60) {
                subject.change(&mut chance);
                if chance.happens(40) && subject.engine.flush().is_ok() {
                    answered = subject.moments.len() - 1;
                }
            }
            let next = tempfile::tempdir().unwrap();
            disk.copy(folder.path(), next.path());
            let possible = subject.models_from(answered);
            drop(subject);
            folder = next;
            model = found_after(&FaultyDisk::reserving(seed), mode, folder.path());
            assert!(
                possible.contains(&model),
                "seed {seed}, round {round}: found {model:?}, possible are {possible:?}"
            );
        }
    }
}

#[test]
fn a_snapshot_shows_the_moment_it_was_asked_for_however_the_disk_failed() {
    for seed in 0..rounds() {
        for mode in [WalMode::LogOnly, WalMode::Fsync] {
            let mut chance = Chance::new(seed);
            let folder = tempfile::tempdir().unwrap();
            let disk = FaultyDisk::new(seed);
            let mut subject = Subject::start(&disk, mode, folder.path(), Model::new());
            disk.set_faults(random_faults(&mut chance));
            for _ in 0..chance.below(100) {
                subject.change(&mut chance);
            }
            let Ok(extent) = subject.engine.journal_extent() else {
                continue;
            };
            let held = Held::open(folder.path(), &extent).unwrap();
            let expected = subject.moments.last().unwrap().1.clone();
            // Segments of that moment go meanwhile.
            for _ in 0..chance.below(200) {
                subject.change(&mut chance);
            }
            let snapshots = Snapshots::new(folder.path(), 1);
            let made = snapshots.make("moment", |_| Ok(held), &|| true).unwrap();
            let found = found_after(&FaultyDisk::new(seed), mode, &made.folder);
            assert_eq!(found, expected, "seed {seed}, {mode:?}");
        }
    }
}

#[test]
fn a_power_cut_takes_nothing_that_was_acknowledged_and_tears_nothing() {
    for seed in 0..rounds() {
        let mut chance = Chance::new(seed);
        let mut folder = tempfile::tempdir().unwrap();
        let mut model = Model::new();
        for round in 0..3 {
            let disk = FaultyDisk::new(seed);
            let mut subject = Subject::start(&disk, WalMode::Fsync, folder.path(), model.clone());
            assert_eq!(subject.content(), model, "seed {seed}, round {round}");
            disk.set_faults(random_faults(&mut chance));
            for _ in 0..chance.below(60) {
                subject.change(&mut chance);
                if chance.happens(30) {
                    subject.wait_for(subject.moments.last().unwrap().0);
                }
            }
            let possible = subject.possible_after_power_cut();
            let next = tempfile::tempdir().unwrap();
            disk.cut_power(folder.path(), next.path());
            drop(subject);
            folder = next;
            model = found_after(&FaultyDisk::new(seed), WalMode::Fsync, folder.path());
            assert!(
                possible.contains(&model),
                "seed {seed}, round {round}: found {model:?}, possible are {possible:?}"
            );
        }
    }
}
