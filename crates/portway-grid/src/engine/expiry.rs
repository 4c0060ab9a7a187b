//! When entries expire, and the index that finds the expired ones without a search.

use std::collections::BTreeSet;

use portway_ignite_protocol::{ExpiryDuration, ExpiryPolicy};

use super::layout::NEVER;

/// What holds where neither the call nor the cache names a policy.
pub(super) const NO_POLICY: ExpiryPolicy = ExpiryPolicy {
    create: ExpiryDuration::Eternal,
    update: ExpiryDuration::Unchanged,
    access: ExpiryDuration::Unchanged,
};

/// The new expiry time of an entry that had `current` ([`NEVER`] for a new one).
pub(super) fn expires_at(duration: ExpiryDuration, current: i64, now: i64) -> i64 {
    match duration {
        ExpiryDuration::Unchanged => current,
        ExpiryDuration::Eternal => NEVER,
        ExpiryDuration::Milliseconds(milliseconds) => now.saturating_add_unsigned(milliseconds),
    }
}

/// Every entry that will expire, soonest first.
#[derive(Debug, Default)]
pub(crate) struct ExpiryIndex {
    due: BTreeSet<(i64, Box<[u8]>)>,
}

impl ExpiryIndex {
    pub(crate) fn insert(&mut self, expires_at: i64, key: &[u8]) {
        if expires_at != NEVER {
            self.due.insert((expires_at, key.into()));
        }
    }

    pub(crate) fn remove(&mut self, expires_at: i64, key: &[u8]) {
        if expires_at != NEVER {
            self.due.remove(&(expires_at, Box::from(key)));
        }
    }

    pub(crate) fn remove_prefix(&mut self, prefix: &[u8]) {
        self.due.retain(|(_, key)| !key.starts_with(prefix));
    }

    /// Keys of entries whose time has come, soonest first.
    pub(crate) fn expired(&self, now: i64) -> impl Iterator<Item = &[u8]> {
        self.due
            .iter()
            .take_while(move |(at, _)| *at <= now)
            .map(|(_, key)| &**key)
    }

    /// When the next entry expires.
    pub(crate) fn next(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_from_now_and_may_be_without_end() {
        let expires = |duration| expires_at(duration, 70, 50);
        assert_eq!(expires(ExpiryDuration::Unchanged), 70);
        assert_eq!(expires(ExpiryDuration::Eternal), NEVER);
        assert_eq!(expires(ExpiryDuration::Milliseconds(10)), 60);
        assert_eq!(expires(ExpiryDuration::Milliseconds(u64::MAX)), NEVER);
    }

    #[test]
    fn the_index_yields_only_what_is_due() {
        let mut index = ExpiryIndex::default();
        index.insert(20, &[2]);
        index.insert(10, &[1]);
        index.insert(NEVER, &[3]);
        assert_eq!(index.expired(10).collect::<Vec<_>>(), [&[1u8]]);
        index.remove(10, &[1]);
        assert_eq!(index.next(), Some(20));
    }
}
