//! What a transaction has read and will write, in the order it touched the keys.

use std::collections::BTreeMap;

use portway_ignite_protocol::ExpiryPolicy;

use crate::engine::{Condition, table};

/// The entries a transaction touched.
#[derive(Debug, Default)]
pub(super) struct Enlisted {
    entries: Vec<EnlistedEntry>,
    positions: BTreeMap<Box<[u8]>, usize>,
    bytes: u64,
}

/// One key of a transaction.
#[derive(Debug)]
pub(super) struct EnlistedEntry {
    pub(super) key: Box<[u8]>,
    pub(super) plan: Plan,
    /// The value as the transaction sees it: what it read or will write.
    pub(super) value: Option<Box<[u8]>>,
    /// Whether `value` is known; else the transaction looks at what others see.
    pub(super) is_known: bool,
    /// The policy of the operation that touched it last.
    pub(super) policy: ExpiryPolicy,
    /// What must hold when the transaction commits, for the plan to be carried out.
    pub(super) condition: OwnedCondition,
    /// Whether an operation gave the condition: a later condition does not replace it.
    pub(super) has_condition: bool,
    pub(super) expectation: Expectation,
    /// Whether another changed the entry since it was read.
    pub(super) is_changed: bool,
    /// Whether no operation wanted to change it: its lock is freed after those of the others.
    pub(super) is_only_read: bool,
}

/// What becomes of an entry when the transaction commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    Keep,
    Store,
    Remove,
}

/// What a serializable transaction relies on until its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    Nothing,
    /// Nobody changed the entry.
    Unchanged,
    Absent,
    Present,
}

impl EnlistedEntry {
    fn new(key: &[u8], policy: ExpiryPolicy) -> Self {
        Self {
            key: key.into(),
            plan: Plan::Keep,
            value: None,
            is_known: false,
            policy,
            condition: OwnedCondition::Always,
            has_condition: false,
            expectation: Expectation::Nothing,
            is_changed: false,
            is_only_read: false,
        }
    }

    /// Keeps what was read.
    pub(super) fn read(&mut self, value: Option<&[u8]>) {
        self.value = value.map(Box::from);
        self.is_known = true;
    }

    /// Keeps what is to be written, or removed without a value. A condition does not replace an
    /// earlier one, but an operation without one does: so a real node keeps them.
    pub(super) fn write(&mut self, value: Option<&[u8]>, condition: Condition<'_>) {
        self.plan = match value {
            Some(_) => Plan::Store,
            None => Plan::Remove,
        };
        self.is_only_read = false;
        self.read(value);
        self.set_condition(condition);
    }

    pub(super) fn set_condition(&mut self, condition: Condition<'_>) {
        if !condition.is_about_value() || !self.has_condition {
            self.condition = condition.into();
        }
        self.has_condition = true;
    }

    /// As [`write`](Self::write), of an operation that has locked the key and has seen whether its
    /// condition holds. A real node (`postLockWrite`) goes back from a refused one to the plan
    /// before, but not to that plan's condition: the next condition counts, and the commit holds it
    /// against what there was before the transaction. A second removal changes nothing.
    pub(super) fn write_locked(
        &mut self,
        value: Option<&[u8]>,
        condition: Condition<'_>,
        applied: bool,
    ) {
        if self.plan == Plan::Remove && value.is_none() {
            return;
        }
        if applied || !condition.is_about_value() {
            self.write(value, condition);
        } else {
            self.condition = OwnedCondition::Always;
            self.has_condition = false;
        }
    }

    /// Notes what the commit relies on; what was noted first stays.
    pub(super) fn expect(&mut self, expectation: Expectation) {
        if self.expectation == Expectation::Nothing {
            self.expectation = expectation;
        }
    }

    /// Whether what the transaction relies on does not hold; `is_present` is about the entry now.
    pub(super) fn is_in_conflict(&self, is_present: bool) -> bool {
        match self.expectation {
            Expectation::Nothing => false,
            Expectation::Unchanged => self.is_changed,
            Expectation::Absent => is_present,
            Expectation::Present => !is_present,
        }
    }

    /// The key is kept twice.
    fn cost(&self) -> u64 {
        let value = self.value.as_ref().map_or(0, |value| value.len());
        table::cost(2 * self.key.len(), value)
    }
}

impl Enlisted {
    pub(super) fn iter(&self) -> impl Iterator<Item = &EnlistedEntry> {
        self.entries.iter()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().map(|entry| &*entry.key)
    }

    /// The keys in the order in which a real node (`IgniteTxManager.commitTx`) frees their locks.
    pub(super) fn freed_keys(&self) -> impl Iterator<Item = &[u8]> {
        let of = |only_read| {
            let entries = self.entries.iter();
            entries.filter(move |entry| entry.is_only_read == only_read)
        };
        of(false).chain(of(true)).map(|entry| &*entry.key)
    }

    /// What its keys and values cost in memory.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&EnlistedEntry> {
        Some(&self.entries[*self.positions.get(key)?])
    }

    /// The value of `key` as the transaction sees it; the outer `None` when it has to look.
    pub(super) fn value(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        let entry = self.get(key).filter(|entry| entry.is_known)?;
        Some(entry.value.as_deref())
    }

    /// Notes that another changed an entry.
    pub(super) fn mark_changed(&mut self, key: &[u8]) {
        if let Some(position) = self.positions.get(key) {
            self.entries[*position].is_changed = true;
        }
    }

    /// Changes the entry of `key`, which is made if it is not there.
    pub(super) fn change(
        &mut self,
        key: &[u8],
        policy: ExpiryPolicy,
        change: impl FnOnce(&mut EnlistedEntry),
    ) {
        let position = match self.positions.get(key) {
            Some(position) => *position,
            None => self.append(EnlistedEntry::new(key, policy)),
        };
        let entry = &mut self.entries[position];
        self.bytes -= entry.cost();
        entry.policy = policy;
        change(entry);
        self.bytes += entry.cost();
    }

    fn append(&mut self, entry: EnlistedEntry) -> usize {
        let position = self.entries.len();
        self.bytes += entry.cost();
        self.positions.insert(entry.key.clone(), position);
        self.entries.push(entry);
        position
    }
}

/// A [`Condition`] that outlives its request.
#[derive(Clone, Debug)]
pub(super) enum OwnedCondition {
    Always,
    Absent,
    Present,
    Equals(Box<[u8]>),
}

impl OwnedCondition {
    pub(super) fn holds(&self, value: Option<&[u8]>) -> bool {
        match self {
            Self::Always => true,
            Self::Absent => value.is_none(),
            Self::Present => value.is_some(),
            Self::Equals(expected) => value == Some(expected),
        }
    }
}

impl From<Condition<'_>> for OwnedCondition {
    fn from(condition: Condition<'_>) -> Self {
        match condition {
            Condition::Always | Condition::AlwaysUnread => Self::Always,
            Condition::Absent => Self::Absent,
            Condition::Present => Self::Present,
            Condition::Equals(expected) => Self::Equals(expected.into()),
        }
    }
}
