//! One part of a near cache: its entries, and the questions that are on their way for it.
//!
//! Everything that makes a cached value true is decided here, under the lock of the part. A value
//! is kept only if its question was still valid when the answer came, and a question becomes
//! invalid by any change of its key: told by the grid, made through the near cache, or missed.

use std::borrow::Borrow;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::watch;

use super::options::Bound;
use super::statistics::{Counts, NearStatistics};
use super::table::{ByHash, Known, Loaded, Table};
use crate::error::Error;

/// What a question led to; nothing while it is on its way.
pub(super) type Outcome<V> = Option<Result<Known<V>, Error>>;

#[derive(Debug)]
pub(super) struct Part<K, V> {
    state: RwLock<State<K, V>>,
    pub(super) counts: Counts,
}

#[derive(Debug)]
struct State<K, V> {
    table: Table<K, V>,
    questions: ByHash<Question<K, V>>,
    next_number: u64,
    /// Whether changes are told, so that values may be kept.
    following: bool,
}

/// A question to the grid that readers of its key share.
#[derive(Debug)]
struct Question<K, V> {
    key: K,
    number: u64,
    outcome: watch::Receiver<Outcome<V>>,
}

/// How a read goes on.
#[derive(Debug)]
pub(super) enum Read<V> {
    /// It is answered.
    Known(Known<V>),
    /// Someone asks the grid already.
    Wait(watch::Receiver<Outcome<V>>),
    /// The reader asks the grid itself, and tells those who come meanwhile.
    Ask(Asking<V>),
}

/// The right to answer a question.
#[derive(Debug)]
pub(super) struct Asking<V> {
    number: u64,
    pub(super) tell: watch::Sender<Outcome<V>>,
}

impl<K, V> Part<K, V> {
    pub(super) fn new(bound: Bound) -> Self {
        Self {
            state: RwLock::new(State {
                table: Table::new(bound),
                questions: ByHash::default(),
                next_number: 0,
                following: false,
            }),
            counts: Counts::default(),
        }
    }

    pub(super) fn get<Q>(&self, hash: u64, key: &Q) -> Option<Known<V>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let known = self.read().table.get(hash, key)?;
        self.counts.hits.add(1);
        Some(known)
    }

    /// Decides who asks the grid for a key that is not known.
    pub(super) fn begin<Q>(&self, hash: u64, key: &Q) -> Read<V>
    where
        K: Borrow<Q>,
        Q: Eq + ToOwned<Owned = K> + ?Sized,
    {
        let mut state = self.write();
        if let Some(known) = state.table.get(hash, key) {
            self.counts.hits.add(1);
            return Read::Known(known);
        }
        self.counts.misses.add(1);
        match state.questions.get(&hash) {
            Some(question) if question.key.borrow() == key => {
                self.counts.shared.add(1);
                Read::Wait(question.outcome.clone())
            }
            // The question of another key with this hash becomes invalid: it is answered, but its
            // answer not kept.
            _ => Read::Ask(state.ask(hash, key.to_owned())),
        }
    }

    /// Ends a question, with a value to keep if it is still true.
    pub(super) fn end(&self, hash: u64, asking: &Asking<V>, loaded: Option<Loaded<V>>) {
        let mut state = self.write();
        let number = asking.number;
        let is_valid = |question: &Question<K, V>| question.number == number;
        if !state.questions.get(&hash).is_some_and(is_valid) {
            return;
        }
        let question = state.questions.remove(&hash);
        if let (Some(Question { key, .. }), Some(loaded), true) =
            (question, loaded, state.following)
        {
            let evicted = state.table.insert(hash, key, loaded);
            self.counts.evictions.add(evicted);
        }
    }

    /// Notes that a key changed, or may have.
    pub(super) fn invalidate(&self, hash: u64) {
        let mut state = self.write();
        state.questions.remove(&hash);
        if state.table.remove(hash) {
            self.counts.invalidations.add(1);
        }
    }

    /// Notes that any key may have changed.
    pub(super) fn invalidate_all(&self) {
        let forgotten = self.write().forget();
        self.counts.invalidations.add(forgotten as u64);
    }

    /// Notes whether changes are told from now on. What was known is forgotten.
    pub(super) fn follow(&self, following: bool) {
        let mut state = self.write();
        state.forget();
        state.following = following;
    }

    pub(super) fn add_to(&self, statistics: &mut NearStatistics) {
        let state = self.read();
        statistics.hits += self.counts.hits.get();
        statistics.misses += self.counts.misses.get();
        statistics.shared += self.counts.shared.get();
        statistics.evictions += self.counts.evictions.get();
        statistics.invalidations += self.counts.invalidations.get();
        statistics.entries += state.table.len();
        statistics.bytes += state.table.bytes();
        statistics.following = state.following;
    }

    fn read(&self) -> RwLockReadGuard<'_, State<K, V>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<K, V>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> State<K, V> {
    fn ask(&mut self, hash: u64, key: K) -> Asking<V> {
        let (tell, outcome) = watch::channel(None);
        let number = self.next_number;
        self.next_number += 1;
        let question = Question {
            key,
            number,
            outcome,
        };
        self.questions.insert(hash, question);
        Asking { number, tell }
    }

    fn forget(&mut self) -> usize {
        self.questions.clear();
        self.table.clear()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const HASH: u64 = 7;

    fn part() -> Part<i32, &'static str> {
        let part = Part::new(Bound {
            entries: 4,
            bytes: usize::MAX,
        });
        part.follow(true);
        part
    }

    fn ask(part: &Part<i32, &'static str>) -> Asking<&'static str> {
        match part.begin(HASH, &1) {
            Read::Ask(asking) => asking,
            other => panic!("nobody asks yet: {other:?}"),
        }
    }

    fn loaded(value: &'static str) -> Option<Loaded<&'static str>> {
        Some(Loaded {
            known: Some(Arc::new(value)),
            bytes: 1,
            until: None,
        })
    }

    #[test]
    fn an_answer_is_kept() {
        let part = part();
        let asking = ask(&part);
        part.end(HASH, &asking, loaded("a"));
        assert_eq!(part.get(HASH, &1).flatten().as_deref(), Some(&"a"));
    }

    #[test]
    fn an_answer_that_a_change_overtook_is_not_kept() {
        let part = part();
        let asking = ask(&part);
        part.invalidate(HASH);
        part.end(HASH, &asking, loaded("old"));
        assert!(part.get(HASH, &1).is_none());
    }

    #[test]
    fn whoever_reads_after_a_change_does_not_wait_for_an_older_question() {
        let part = part();
        let old = ask(&part);
        assert!(matches!(part.begin(HASH, &1), Read::Wait(_)));
        part.invalidate(HASH);
        let new = ask(&part);
        part.end(HASH, &old, loaded("old"));
        assert!(
            part.get(HASH, &1).is_none(),
            "the newer question is not the older one's"
        );
        part.end(HASH, &new, loaded("new"));
        assert_eq!(part.get(HASH, &1).flatten().as_deref(), Some(&"new"));
    }

    #[test]
    fn an_answer_from_before_a_gap_is_not_kept_after_it() {
        let part = part();
        let asking = ask(&part);
        part.follow(false);
        part.follow(true);
        part.end(HASH, &asking, loaded("old"));
        assert!(part.get(HASH, &1).is_none());
    }

    #[test]
    fn nothing_is_kept_while_changes_are_not_told() {
        let part = part();
        part.follow(false);
        let asking = ask(&part);
        part.end(HASH, &asking, loaded("a"));
        assert!(part.get(HASH, &1).is_none());
    }

    #[test]
    fn two_keys_with_one_hash_do_not_share_an_answer() {
        let part = part();
        let first = ask(&part);
        let Read::Ask(second) = part.begin(HASH, &2) else {
            panic!("another key asks itself")
        };
        part.end(HASH, &first, loaded("one"));
        assert!(part.get(HASH, &1).is_none());
        part.end(HASH, &second, loaded("two"));
        assert!(part.get(HASH, &1).is_none());
        assert_eq!(part.get(HASH, &2).flatten().as_deref(), Some(&"two"));
    }
}
