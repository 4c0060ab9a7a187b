//! Random operations and restarts on a durable engine, and on a naive map with a clock: they must
//! agree.

use std::collections::BTreeMap;

use portway_ignite_protocol::CacheConfiguration;
use proptest::prelude::*;

use super::tests::{LIMITS, engine, id, policy as expiry_policy};
use super::*;
use crate::store::WalMode;

/// Lifetimes after creation, update and access as on the wire: -2 unchanged, -1 eternal.
type Lifetimes = [i64; 3];

/// What the engine does without a policy.
const NO_POLICY: Lifetimes = [-1, -2, -2];

#[derive(Clone, Copy, Debug)]
enum If {
    Always,
    Absent,
    Present,
    Equals(u8),
}

#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Sweep,
    Get(u8, Lifetimes),
    Update(u8, If, Option<u8>, Lifetimes),
    PutAll(Vec<(u8, u8)>),
    RemoveKeys(Vec<u8>),
    ClearKeys(Vec<u8>),
    RemoveAll,
    Clear,
    /// Ends the engine as a crash would and opens its journal again.
    Restart,
}

fn lifetimes() -> impl Strategy<Value = Lifetimes> {
    let lifetime = || prop_oneof![Just(-2i64), Just(-1), 0..20i64];
    prop_oneof![Just(NO_POLICY), [lifetime(), lifetime(), lifetime()],]
}

fn conditions() -> impl Strategy<Value = If> {
    prop_oneof![
        Just(If::Always),
        Just(If::Absent),
        Just(If::Present),
        (0..4u8).prop_map(If::Equals)
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..6u8;
    let keys = || prop::collection::vec(key(), 0..4);
    let entries = prop::collection::vec((key(), 0..4u8), 0..4);
    let update = (key(), conditions(), prop::option::of(0..4u8), lifetimes());
    let step = prop_oneof![
        4 => (1..15i64).prop_map(Step::Wait),
        2 => Just(Step::Sweep),
        4 => (key(), lifetimes()).prop_map(|(key, policy)| Step::Get(key, policy)),
        12 => update.prop_map(|(key, when, new, policy)| Step::Update(key, when, new, policy)),
        1 => entries.prop_map(Step::PutAll),
        1 => keys().prop_map(Step::RemoveKeys),
        1 => keys().prop_map(Step::ClearKeys),
        1 => Just(Step::RemoveAll),
        1 => Just(Step::Clear),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

/// A map that does what the specification says, slowly: values with their expiry times.
#[derive(Default)]
struct Model {
    entries: BTreeMap<u8, (u8, Option<i64>)>,
}

impl Model {
    fn live(&self, key: u8, now: i64) -> Option<(u8, Option<i64>)> {
        let entry = *self.entries.get(&key)?;
        entry.1.is_none_or(|at| at > now).then_some(entry)
    }

    fn all(&self, now: i64) -> Vec<(u8, u8)> {
        let live = |key: &u8| self.live(*key, now).map(|(value, _)| (*key, value));
        self.entries.keys().filter_map(live).collect()
    }

    fn get(&mut self, key: u8, lifetimes: Lifetimes, now: i64) -> Option<u8> {
        let (value, expires) = self.live(key, now)?;
        self.entries
            .insert(key, (value, after(lifetimes[2], expires, now)));
        Some(value)
    }

    fn put(&mut self, key: u8, value: u8, lifetimes: Lifetimes, now: i64) {
        let expires = match self.live(key, now) {
            Some((_, expires)) => after(lifetimes[1], expires, now),
            None => after(lifetimes[0], None, now),
        };
        self.entries.insert(key, (value, expires));
    }

    /// Answers whether the condition held and the value before.
    fn update(
        &mut self,
        key: u8,
        (when, new): (If, Option<u8>),
        lifetimes: Lifetimes,
        now: i64,
    ) -> (bool, Option<u8>) {
        let old = self.live(key, now).map(|(value, _)| value);
        let holds = match when {
            If::Always => old.is_some() || new.is_some(),
            If::Absent => old.is_none(),
            If::Present => old.is_some(),
            If::Equals(expected) => old == Some(expected),
        };
        match new {
            Some(value) if holds => self.put(key, value, lifetimes, now),
            None if holds => drop(self.entries.remove(&key)),
            _ if matches!(when, If::Equals(_)) => drop(self.get(key, lifetimes, now)),
            _ => {}
        }
        let vanishes = matches!(when, If::Absent) && new.is_some() && lifetimes[0] == 0;
        (holds && !vanishes, old)
    }
}

fn after(lifetime: i64, before: Option<i64>, now: i64) -> Option<i64> {
    match lifetime {
        -2 => before,
        -1 => None,
        lifetime => Some(now + lifetime),
    }
}

fn durable_engine(folder: &std::path::Path) -> Engine {
    let opened = crate::store::open(folder, WalMode::LogOnly, &mut |_| {}).unwrap();
    let (table, journal) = (opened.table, opened.journal);
    Engine::new(table, Box::new(journal), LIMITS).unwrap()
}

/// Both sides and their clock.
struct Pair {
    folder: tempfile::TempDir,
    engine: Engine,
    model: Model,
    now: i64,
}

impl Pair {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = durable_engine(folder.path());
        engine
            .create_cache(&CacheConfiguration::new("A"), IfExists::Fail)
            .unwrap();
        let model = Model::default();
        Self {
            folder,
            engine,
            model,
            now: 1000,
        }
    }

    fn restart(&mut self) {
        // Only when the old one is gone is the folder free.
        self.engine = engine();
        self.engine = durable_engine(self.folder.path());
    }

    fn call(&self, [create, update, access]: Lifetimes) -> Call {
        let policy = Some(expiry_policy(create, update, access));
        Call {
            cache: id("A"),
            policy,
            transaction: None,
            now: self.now,
        }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let call = self.call(NO_POLICY);
        match step {
            Step::Wait(milliseconds) => self.now += milliseconds,
            Step::Restart => self.restart(),
            Step::Sweep => self.engine.handle_timeout(self.now),
            Step::Get(key, policy) => self.get(key, policy)?,
            Step::Update(key, when, new, policy) => self.update(key, (when, new), policy)?,
            Step::PutAll(entries) => self.put_all(&entries),
            Step::RemoveKeys(keys) => {
                self.engine.remove_all(call, slices(&keys)).unwrap();
                self.forget(&keys);
            }
            Step::ClearKeys(keys) => {
                self.engine.clear_keys(call, slices(&keys)).unwrap();
                self.forget(&keys);
            }
            Step::RemoveAll => {
                self.engine.remove_everything(call).unwrap();
                self.model.entries.clear();
            }
            Step::Clear => {
                self.engine.clear(call).unwrap();
                self.model.entries.clear();
            }
        }
        self.compare()
    }

    fn forget(&mut self, keys: &[u8]) {
        self.model.entries.retain(|key, _| !keys.contains(key));
    }

    fn get(&mut self, key: u8, lifetimes: Lifetimes) -> Result<(), TestCaseError> {
        let found = self.engine.value(self.call(lifetimes), &[key]).unwrap();
        let found = found.map(|value| value[0]);
        prop_assert_eq!(found, self.model.get(key, lifetimes, self.now));
        Ok(())
    }

    fn update(
        &mut self,
        key: u8,
        (when, new): (If, Option<u8>),
        lifetimes: Lifetimes,
    ) -> Result<(), TestCaseError> {
        let expected;
        let condition = match when {
            If::Always => Condition::Always,
            If::Absent => Condition::Absent,
            If::Present => Condition::Present,
            If::Equals(value) => {
                expected = [value];
                Condition::Equals(&expected)
            }
        };
        let call = self.call(lifetimes);
        let value = new.map(|value| [value]);
        let value = value.as_ref().map(|value| &value[..]);
        let outcome = self.engine.update(call, &[key], condition, value).unwrap();
        let (applied, old) = self.model.update(key, (when, new), lifetimes, self.now);
        prop_assert_eq!(
            outcome,
            Outcome {
                applied,
                old: old.map(|value| Box::from([value]))
            }
        );
        Ok(())
    }

    /// Of equal keys the last counts.
    fn put_all(&mut self, entries: &[(u8, u8)]) {
        let slices = entries
            .iter()
            .map(|(key, value)| (std::slice::from_ref(key), std::slice::from_ref(value)));
        self.engine.put_all(self.call(NO_POLICY), slices).unwrap();
        for (key, value) in entries.iter().copied().collect::<BTreeMap<_, _>>() {
            self.model.put(key, value, NO_POLICY, self.now);
        }
    }

    /// Size and scan see the same as the model.
    fn compare(&mut self) -> Result<(), TestCaseError> {
        let expected = self.model.all(self.now);
        let call = self.call(NO_POLICY);
        prop_assert_eq!(self.engine.size(call).unwrap(), expected.len() as u64);
        let options = ScanOptions {
            begun: 0,
            cache: call.cache,
            page_size: 100,
            partition: None,
        };
        let (_, page) = self
            .engine
            .scan(ConnectionId(1), options, self.now)
            .unwrap();
        let found: Vec<_> = page
            .rows
            .iter()
            .map(|row| (row.key[0], row.value[0]))
            .collect();
        prop_assert_eq!(found, expected);
        Ok(())
    }
}

fn slices(keys: &[u8]) -> impl Iterator<Item = &[u8]> {
    keys.iter().map(std::slice::from_ref)
}

proptest! {
    #[test]
    fn the_engine_does_what_a_naive_map_with_a_clock_does(steps in steps()) {
        let mut pair = Pair::new();
        for step in steps {
            pair.step(step)?;
        }
    }
}
