//! Accounts between which money is moved: whatever fails, none may come or go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portway_ignite::{Cache, Client, Error, Isolation, TransactionOptions};

use crate::random::Random;

const ACCOUNTS: usize = 24;
const EACH: i64 = 1_000;
/// Shorter than the time-out of a request, so that a lock of a lost transaction is told as such.
const LIMIT: Duration = Duration::from_secs(5);
/// Far beyond what one transfer takes while a node fails.
const HANGS: Duration = Duration::from_secs(90);

#[derive(Clone)]
pub(crate) struct Bank {
    client: Client,
    accounts: Cache<i32, i64>,
}

impl Bank {
    pub(crate) async fn open(client: &Client, cache: &str) -> Self {
        let accounts = client.cache(cache);
        for number in numbers() {
            accounts.put(&number, &EACH).await.unwrap();
        }
        Self {
            client: client.clone(),
            accounts,
        }
    }

    /// Moves money until told to stop. Returns how many transfers were committed.
    pub(crate) async fn work(self, mut random: Random, stop: Arc<AtomicBool>) -> usize {
        let mut committed = 0;
        while !stop.load(Ordering::Relaxed) {
            let transfer = tokio::time::timeout(HANGS, self.transfer(&mut random)).await;
            match transfer.expect("a transfer hangs") {
                Ok(()) => committed += 1,
                // A killed node takes its transactions with it.
                Err(error) => tracing::debug!(%error, "a transfer failed"),
            }
        }
        committed
    }

    async fn transfer(&self, random: &mut Random) -> Result<(), Error> {
        let pair = [random.below(ACCOUNTS), random.below(ACCOUNTS)];
        let amount = i64::try_from(random.below(50)).unwrap();
        // Locks are taken in one order, so that transfers never wait for each other in a circle.
        let [first, second] = [pair[0].min(pair[1]), pair[0].max(pair[1])];
        if first == second {
            return Ok(());
        }
        let (from, to) = (
            i32::try_from(first).unwrap(),
            i32::try_from(second).unwrap(),
        );
        let options = TransactionOptions::pessimistic()
            .isolation(Isolation::RepeatableRead)
            .timeout(LIMIT);
        let transfer = async |transaction: &_| {
            let accounts = self.accounts.within(transaction);
            let left = accounts.get(&from).await?.expect("accounts stay") - amount;
            let right = accounts.get(&to).await?.expect("accounts stay") + amount;
            accounts.put(&from, &left).await?;
            accounts.put(&to, &right).await
        };
        self.client.transact(options, transfer).await
    }

    /// All the money is there, and no account is locked.
    pub(crate) async fn audit(&self) {
        let mut sum = 0;
        for number in numbers() {
            sum += self.accounts.get(&number).await.unwrap().unwrap();
        }
        assert_eq!(sum, EACH * ACCOUNTS as i64);
        for number in numbers() {
            self.accounts.put(&number, &0).await.unwrap();
        }
    }
}

fn numbers() -> std::ops::Range<i32> {
    0..i32::try_from(ACCOUNTS).unwrap()
}
