//! A change of the cluster's state waits for the transactions that hold keys, as on a node.

use super::{Transaction, TransactionId};
use crate::engine::waiting::{Obstacle, Wait, WaiterId};
use crate::engine::{Engine, EngineError, layout};

/// Changes of the state that wait.
#[derive(Debug, Default)]
pub(in crate::engine) struct Drain {
    /// Transactions that began later are not waited for: else new ones could hold it up for ever.
    begun_before: Option<u64>,
    waiters: Vec<WaiterId>,
}

impl Transaction {
    fn holds_keys(&self) -> bool {
        !self.locked.is_empty()
    }
}

impl Engine {
    /// # Errors
    /// [`EngineError::Waits`] while transactions hold keys that began before the first change that
    /// waits for them.
    pub(in crate::engine) fn drain_transactions(&mut self) -> Result<(), EngineError> {
        if self.drain.begun_before.is_none() {
            self.drain.begun_before = Some(self.waiters.next_order());
        }
        if self.is_undrained() {
            return Err(EngineError::Waits(Wait {
                obstacle: Obstacle::Transactions,
                transaction: None,
            }));
        }
        self.drain.begun_before = None;
        Ok(())
    }

    fn is_undrained(&self) -> bool {
        let begun_before = self.drain.begun_before.unwrap_or(0);
        let mut open = self.transactions.open.values();
        open.any(|transaction| transaction.holds_keys() && transaction.order < begun_before)
    }

    /// Takes note of a change that waits.
    pub(in crate::engine) fn wait_for_drain(&mut self, waiter: WaiterId) {
        self.drain.waiters.push(waiter);
    }

    /// Lets changes go on for which nothing is left to wait.
    pub(super) fn wake_drained(&mut self) {
        if !self.drain.waiters.is_empty() && !self.is_undrained() {
            let waiters = std::mem::take(&mut self.drain.waiters);
            self.wake_all(waiters);
        }
    }

    /// Forgets changes whose connections are gone.
    pub(in crate::engine) fn forget_drains(&mut self) {
        let mut waiters = std::mem::take(&mut self.drain.waiters);
        waiters.retain(|waiter| self.is_waiting(*waiter));
        if waiters.is_empty() {
            self.drain.begun_before = None;
        }
        self.drain.waiters = waiters;
    }

    /// Rolls back the transactions that hold keys: they began while a change waited.
    pub(in crate::engine) fn roll_holders_back(&mut self, now: i64) {
        let open = self.transactions.open.iter();
        let holders = open.filter(|(_, transaction)| transaction.holds_keys());
        let holders: Vec<TransactionId> = holders.map(|(id, _)| *id).collect();
        for id in holders {
            self.end_early(id, now, true);
        }
    }

    /// What becomes of a write in a transaction where nothing may be written: an optimistic one is
    /// told at its commit, a pessimistic one is rolled back.
    ///
    /// # Errors
    /// [`EngineError::ReadOnly`] for a pessimistic one.
    pub(crate) fn write_while_read_only(
        &mut self,
        id: TransactionId,
        cache: i32,
        now: i64,
    ) -> Result<(), EngineError> {
        let open = self.transactions.open.get(&id);
        if open.is_some_and(|transaction| !transaction.is_pessimistic()) {
            return Ok(());
        }
        self.end_early(id, now, true);
        self.check_writable(cache)
    }

    /// # Errors
    /// [`EngineError::ReadOnly`] where one of these entries may not be written.
    pub(super) fn check_all_writable<'k>(
        &self,
        mut keys: impl Iterator<Item = &'k [u8]>,
    ) -> Result<(), EngineError> {
        keys.try_for_each(|key| match layout::split_entry_key(key) {
            Some((cache, _)) => self.check_writable(cache),
            None => Ok(()),
        })
    }
}
