//! Changes inside of an optimistic transaction, as a real node of 2.17 takes them down
//! (`GridNearTxLocal.enlistWriteEntry`), its peculiarities included: clients see them.

use portway_ignite_protocol::ExpiryPolicy;

use super::TransactionId;
use super::enlisted::{EnlistedEntry, Expectation, Plan};
use crate::engine::{Call, Condition, Engine, EngineError, Outcome};

/// A change of one key.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) key: &'a [u8],
    pub(super) condition: Condition<'a>,
    pub(super) new: Option<&'a [u8]>,
    pub(super) policy: ExpiryPolicy,
}

impl Engine {
    pub(super) fn update_optimistically(
        &mut self,
        id: TransactionId,
        call: Call,
        change: Change<'_>,
    ) -> Result<Outcome, EngineError> {
        let transaction = self.transactions.find_mut(Some(id));
        let known = transaction.and_then(|open| open.enlisted.get(change.key));
        match known {
            Some(entry) => {
                let (outcome, enlists) = on_known(entry, change);
                if enlists {
                    self.enlist(id, change.key, change.new, change.policy, |entry| {
                        entry.write(change.new, change.condition);
                    })?;
                }
                Ok(outcome)
            }
            None => self.update_first(id, call, change),
        }
    }

    /// The first operation on a key looks at what others see.
    fn update_first(
        &mut self,
        id: TransactionId,
        call: Call,
        change: Change<'_>,
    ) -> Result<Outcome, EngineError> {
        let Change {
            key,
            condition,
            new,
            policy,
        } = change;
        let old = self.live(key, call.now).map(|stored| stored.value.to_vec());
        let holds = condition.holds(old.as_deref(), new);
        let Some(transaction) = self.transactions.find_mut(Some(id)) else {
            return Err(EngineError::TransactionNotFound(id.number));
        };
        let (repeats, serializable) =
            (transaction.repeats_reads(), transaction.detects_conflicts());
        let refused = condition.is_about_value() && !holds;
        if refused && old.is_some() && !repeats {
            return Ok(outcome(false, old));
        }
        let expectation = match (&old, condition) {
            _ if !serializable => Expectation::Nothing,
            (None, _) => Expectation::Absent,
            (Some(_), Condition::AlwaysUnread) => Expectation::Present,
            (Some(_), _) => Expectation::Unchanged,
        };
        let kept = old.as_deref();
        self.enlist(id, key, kept.or(new), policy, |entry| {
            entry.expect(expectation);
            match (refused, kept) {
                (false, _) => entry.write(new, condition),
                (true, None) => {
                    entry.read(None);
                    entry.set_condition(condition);
                }
                (true, Some(_)) => {
                    entry.read(kept);
                    if serializable {
                        entry.plan = plan(new);
                        entry.set_condition(condition);
                    }
                }
            }
        })?;
        if expectation == Expectation::Unchanged {
            self.transactions.watches.insert(key, id);
        }
        Ok(outcome(holds, old))
    }
}

/// What comes of a change of a key that the transaction has touched, and whether it is taken down.
/// A removal is told to have happened whatever there was.
fn on_known(entry: &EnlistedEntry, change: Change<'_>) -> (Outcome, bool) {
    let value = entry.value.as_deref();
    let old = value.map(<[u8]>::to_vec);
    if entry.plan == Plan::Remove && change.new.is_none() {
        return (outcome(true, old), false);
    }
    let is_about_value = change.condition.is_about_value();
    let holds = !is_about_value || change.condition.holds(value, change.new);
    (outcome(holds, old), holds)
}

fn plan(new: Option<&[u8]>) -> Plan {
    match new {
        Some(_) => Plan::Store,
        None => Plan::Remove,
    }
}

fn outcome(applied: bool, old: Option<Vec<u8>>) -> Outcome {
    Outcome {
        applied,
        old: old.map(Vec::into_boxed_slice),
    }
}
