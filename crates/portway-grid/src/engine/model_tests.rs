//! Random operations on the engine and on a naive map with a clock: they must agree.

use std::collections::BTreeMap;

use portway_ignite_protocol::CacheConfiguration;
use proptest::prelude::*;

use super::caches::IfExists;
use super::tests::{engine, id, policy as expiry_policy};
use super::*;

/// A map that does what the specification says, slowly.
#[derive(Default)]
struct Model {
    entries: BTreeMap<u8, (u8, Option<i64>)>,
}

impl Model {
    fn live(&self, key: u8, now: i64) -> Option<u8> {
        let (value, expires) = self.entries.get(&key)?;
        expires.is_none_or(|at| at > now).then_some(*value)
    }

    fn put(&mut self, key: u8, value: u8, policy: [i64; 3], now: i64) {
        let live = self.live(key, now).is_some();
        let before = self
            .entries
            .get(&key)
            .filter(|_| live)
            .and_then(|(_, expires)| *expires);
        let lifetime = if live { policy[1] } else { policy[0] };
        let expires = after(lifetime, before, now);
        self.entries.insert(key, (value, expires));
    }

    fn get(&mut self, key: u8, policy: [i64; 3], now: i64) -> Option<u8> {
        let value = self.live(key, now)?;
        if let Some((_, expires)) = self.entries.get_mut(&key) {
            *expires = after(policy[2], *expires, now);
        }
        Some(value)
    }

    fn all(&self, now: i64) -> Vec<(u8, u8)> {
        let live = |key: &u8| self.live(*key, now).map(|value| (*key, value));
        self.entries.keys().filter_map(live).collect()
    }
}

fn after(lifetime: i64, before: Option<i64>, now: i64) -> Option<i64> {
    match lifetime {
        -2 => before,
        -1 => None,
        lifetime => Some(now + lifetime),
    }
}

#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Sweep,
    Get(u8, [i64; 3]),
    Put(u8, u8, [i64; 3]),
    PutIfAbsent(u8, u8),
    Replace(u8, u8),
    ReplaceIfEquals(u8, u8, u8),
    Remove(u8),
    RemoveIfEquals(u8, u8),
    PutAll(Vec<(u8, u8)>),
    RemoveKeys(Vec<u8>),
    ClearKeys(Vec<u8>),
    Clear,
}

fn policies() -> impl Strategy<Value = [i64; 3]> {
    let lifetime = || prop_oneof![Just(-2i64), Just(-1), 0..20i64];
    (lifetime(), lifetime(), lifetime())
        .prop_map(|(create, update, access)| [create, update, access])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..6u8;
    let value = || 0..4u8;
    let step = prop_oneof![
        4 => (1..15i64).prop_map(Step::Wait),
        2 => Just(Step::Sweep),
        4 => (key(), policies()).prop_map(|(key, policy)| Step::Get(key, policy)),
        6 => (key(), value(), policies()).prop_map(|(key, value, policy)| Step::Put(key, value, policy)),
        2 => (key(), value()).prop_map(|(key, value)| Step::PutIfAbsent(key, value)),
        2 => (key(), value()).prop_map(|(key, value)| Step::Replace(key, value)),
        2 => (key(), value(), value()).prop_map(|(key, old, new)| Step::ReplaceIfEquals(key, old, new)),
        2 => key().prop_map(Step::Remove),
        2 => (key(), value()).prop_map(|(key, value)| Step::RemoveIfEquals(key, value)),
        1 => prop::collection::vec((key(), value()), 0..4).prop_map(Step::PutAll),
        1 => prop::collection::vec(key(), 0..4).prop_map(Step::RemoveKeys),
        1 => prop::collection::vec(key(), 0..4).prop_map(Step::ClearKeys),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..60)
}

const NO_POLICY: [i64; 3] = [-1, -2, -2];

/// Both sides and their clock.
struct Pair {
    engine: Engine,
    model: Model,
    now: i64,
}

impl Pair {
    fn call(&self, policy: Option<[i64; 3]>) -> Call {
        let policy = policy.map(|[create, update, access]| expiry_policy(create, update, access));
        Call {
            cache: id("A"),
            policy,
            now: self.now,
        }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let now = self.now;
        let live = |model: &Model, key| model.live(key, now);
        match step {
            Step::Wait(milliseconds) => self.now += milliseconds,
            Step::Sweep => self.engine.handle_timeout(now),
            Step::Get(key, policy) => {
                let call = self.call(Some(policy));
                let found = self
                    .engine
                    .value(call, &[key])
                    .unwrap()
                    .map(|value| value[0]);
                prop_assert_eq!(found, self.model.get(key, policy, now));
            }
            Step::Put(key, value, policy) => {
                let old = live(&self.model, key);
                self.model.put(key, value, policy, now);
                self.update(
                    key,
                    Condition::Always,
                    Some(value),
                    Some(policy),
                    (true, old),
                )?;
            }
            Step::PutIfAbsent(key, value) => {
                let old = live(&self.model, key);
                if old.is_none() {
                    self.model.put(key, value, NO_POLICY, now);
                }
                self.update(
                    key,
                    Condition::Absent,
                    Some(value),
                    None,
                    (old.is_none(), old),
                )?;
            }
            Step::Replace(key, value) => {
                let old = live(&self.model, key);
                if old.is_some() {
                    self.model.put(key, value, NO_POLICY, now);
                }
                self.update(
                    key,
                    Condition::Present,
                    Some(value),
                    None,
                    (old.is_some(), old),
                )?;
            }
            Step::ReplaceIfEquals(key, expected, value) => {
                let old = live(&self.model, key);
                if old == Some(expected) {
                    self.model.put(key, value, NO_POLICY, now);
                }
                let applied = (old == Some(expected), old);
                self.update(
                    key,
                    Condition::Equals(&[expected]),
                    Some(value),
                    None,
                    applied,
                )?;
            }
            Step::Remove(key) => {
                let old = live(&self.model, key);
                self.model.entries.remove(&key);
                self.update(key, Condition::Always, None, None, (old.is_some(), old))?;
            }
            Step::RemoveIfEquals(key, expected) => {
                let old = live(&self.model, key);
                if old == Some(expected) {
                    self.model.entries.remove(&key);
                }
                let applied = (old == Some(expected), old);
                self.update(key, Condition::Equals(&[expected]), None, None, applied)?;
            }
            Step::PutAll(entries) => {
                let last: BTreeMap<_, _> = entries.iter().copied().collect();
                for (key, value) in last {
                    self.model.put(key, value, NO_POLICY, now);
                }
                let entries: Vec<_> = entries.into_iter().map(|(k, v)| ([k], [v])).collect();
                let slices = entries.iter().map(|(key, value)| (&key[..], &value[..]));
                self.engine.put_all(self.call(None), slices).unwrap();
            }
            Step::RemoveKeys(keys) => {
                let slices = keys.iter().map(std::slice::from_ref);
                self.engine.remove_all(self.call(None), slices).unwrap();
                self.model.entries.retain(|key, _| !keys.contains(key));
            }
            Step::ClearKeys(keys) => {
                let slices = keys.iter().map(std::slice::from_ref);
                self.engine.clear_keys(self.call(None), slices).unwrap();
                self.model.entries.retain(|key, _| !keys.contains(key));
            }
            Step::Clear => {
                self.engine.clear(self.call(None)).unwrap();
                self.model.entries.clear();
            }
        }
        self.compare()
    }

    fn update(
        &mut self,
        key: u8,
        condition: Condition<'_>,
        new: Option<u8>,
        policy: Option<[i64; 3]>,
        (applied, old): (bool, Option<u8>),
    ) -> Result<(), TestCaseError> {
        let call = self.call(policy);
        let new = new.map(|value| [value]);
        let new = new.as_ref().map(|value| &value[..]);
        let outcome = self.engine.update(call, &[key], condition, new).unwrap();
        let expected = Outcome {
            applied,
            old: old.map(|value| Box::from([value])),
        };
        prop_assert_eq!(outcome, expected);
        Ok(())
    }

    /// Size and scan see the same as the model.
    fn compare(&mut self) -> Result<(), TestCaseError> {
        let expected = self.model.all(self.now);
        let call = self.call(None);
        prop_assert_eq!(self.engine.size(call).unwrap(), expected.len() as u64);
        let options = ScanOptions {
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

proptest! {
    #[test]
    fn the_engine_does_what_a_naive_map_with_a_clock_does(steps in steps()) {
        let mut engine = engine();
        engine.create_cache(&CacheConfiguration::new("A"), IfExists::Fail).unwrap();
        let mut pair = Pair { engine, model: Model::default(), now: 1000 };
        for step in steps {
            pair.step(step)?;
        }
    }
}
