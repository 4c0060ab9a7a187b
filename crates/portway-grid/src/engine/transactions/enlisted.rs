//! What a transaction has read and will write, in the order it touched the keys.

use std::collections::BTreeMap;

use portway_ignite_protocol::ExpiryPolicy;

use crate::engine::Condition;
use crate::engine::table;

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
    /// What it found, where that must stay as it was.
    pub(super) read: Option<Option<Box<[u8]>>>,
    pub(super) write: Option<Write>,
    /// The policy of the read, whose access counts at the commit.
    pub(super) policy: ExpiryPolicy,
}

/// What a transaction does to a key when it commits.
#[derive(Debug)]
pub(super) struct Write {
    /// `None` removes the entry.
    pub(super) value: Option<Box<[u8]>>,
    pub(super) policy: ExpiryPolicy,
    /// What an optimistic transaction finds out again when it holds the lock.
    pub(super) condition: OwnedCondition,
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
            Condition::Always => Self::Always,
            Condition::Absent => Self::Absent,
            Condition::Present => Self::Present,
            Condition::Equals(expected) => Self::Equals(expected.into()),
        }
    }
}

impl Enlisted {
    pub(super) fn iter(&self) -> impl Iterator<Item = &EnlistedEntry> {
        self.entries.iter()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().map(|entry| &*entry.key)
    }

    /// What its keys and values cost in memory.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The value of `key` as the transaction sees it; the outer `None` when it has to look.
    pub(super) fn value(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        let entry = &self.entries[*self.positions.get(key)?];
        match (&entry.write, &entry.read) {
            (Some(write), _) => Some(write.value.as_deref()),
            (None, Some(read)) => Some(read.as_deref()),
            (None, None) => None,
        }
    }

    /// Keeps what was read.
    pub(super) fn read(&mut self, key: &[u8], value: Option<&[u8]>, policy: ExpiryPolicy) {
        self.change(key, policy, |entry| {
            if entry.read.is_none() {
                entry.read = Some(value.map(Box::from));
            }
        });
    }

    /// Keeps what is to be written. The condition of the first write stays: it is the one about
    /// what others see.
    pub(super) fn write(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        condition: Condition<'_>,
        policy: ExpiryPolicy,
    ) {
        self.change(key, policy, |entry| {
            let condition = match entry.write.take() {
                Some(earlier) => earlier.condition,
                None => condition.into(),
            };
            entry.write = Some(Write {
                value: value.map(Box::from),
                policy,
                condition,
            });
        });
    }

    fn change(
        &mut self,
        key: &[u8],
        policy: ExpiryPolicy,
        change: impl FnOnce(&mut EnlistedEntry),
    ) {
        let position = match self.positions.get(key) {
            Some(position) => *position,
            None => self.append(key, policy),
        };
        let entry = &mut self.entries[position];
        self.bytes -= entry.cost();
        change(entry);
        self.bytes += entry.cost();
    }

    fn append(&mut self, key: &[u8], policy: ExpiryPolicy) -> usize {
        let position = self.entries.len();
        let entry = EnlistedEntry {
            key: key.into(),
            read: None,
            write: None,
            policy,
        };
        self.bytes += entry.cost();
        self.positions.insert(key.into(), position);
        self.entries.push(entry);
        position
    }
}

impl EnlistedEntry {
    /// The key is kept twice.
    fn cost(&self) -> u64 {
        let read = self.read.iter().flatten().map(|value| value.len());
        let written = self.write.iter().flat_map(|write| &write.value);
        let values: usize = read.chain(written.map(|value| value.len())).sum();
        table::cost(2 * self.key.len(), values)
    }
}
