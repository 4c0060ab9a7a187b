//! Why a transaction does not come to its end.

use std::time::Duration;

use portway_ignite::{Cache, Status, TransactionFailure};

use crate::{ATOMIC, pessimistic, serializable, with_bank};

/// Set where the servers send their stack traces, by which alone they name a deadlock.
const STACK_TRACES: &str = "PORTWAY_TEST_IGNITE_STACK_TRACES";
const SHORT: Duration = Duration::from_millis(500);

with_bank! {
    async fn who_reads_what_another_changed_is_told_of_the_conflict(bank: Bank) {
        let ada = bank.key("ada");
        bank.accounts.put(&ada, &1).await.unwrap();
        let transaction = bank.client.begin(serializable()).await.unwrap();
        let inside = bank.accounts.within(&transaction);
        assert_eq!(inside.get(&ada).await.unwrap(), Some(1));
        bank.accounts.put(&ada, &2).await.unwrap();
        inside.put(&ada, &10).await.unwrap();
        let error = transaction.commit().await.unwrap_err();
        let failure = error.transaction_failure();
        assert_eq!(failure, Some(TransactionFailure::Conflict), "{error}");
        assert_eq!(bank.balance("ada").await, Some(2));
    }

    async fn who_waits_too_long_for_a_lock_is_told_of_the_time(bank: Bank) {
        let ada = bank.key("ada");
        let holder = bank.client.begin(pessimistic()).await.unwrap();
        bank.accounts.within(&holder).put(&ada, &1).await.unwrap();
        let waiter = bank.client.begin(pessimistic().timeout(SHORT)).await.unwrap();
        let error = bank.accounts.within(&waiter).put(&ada, &2).await.unwrap_err();
        let failure = error.transaction_failure();
        assert_eq!(failure, Some(TransactionFailure::TimedOut), "{error}");
        holder.commit().await.unwrap();
        let error = waiter.commit().await.unwrap_err();
        assert!(error.transaction_failure().is_some(), "{error}");
        assert_eq!(bank.balance("ada").await, Some(1));
    }

    async fn who_waits_in_a_circle_is_rolled_back_in_time(bank: Bank) {
        let [ada, bob] = ["ada", "bob"].map(|name| bank.key(name));
        let first = bank.client.begin(pessimistic().timeout(SHORT)).await.unwrap();
        let second = bank.client.begin(pessimistic()).await.unwrap();
        let in_first = bank.accounts.within(&first);
        let in_second = bank.accounts.within(&second);
        in_first.put(&ada, &1).await.unwrap();
        in_second.put(&bob, &2).await.unwrap();
        let (one, two) = tokio::join!(in_first.put(&bob, &1), in_second.put(&ada, &2));
        let error = one.unwrap_err();
        let failure = error.transaction_failure();
        if std::env::var_os(STACK_TRACES).is_some() {
            assert_eq!(failure, Some(TransactionFailure::Deadlock), "{error}");
            let told = error.deadlock().unwrap();
            assert!(told.contains("holds lock") && !told.contains("\tat "), "{told}");
            assert!(told.contains(&ada) && told.contains(&bob), "{told}");
        } else {
            assert_eq!(failure, Some(TransactionFailure::TimedOut), "{error}");
            assert_eq!(error.deadlock(), None);
        }
        two.unwrap();
        second.commit().await.unwrap();
        assert_eq!(bank.balance("ada").await, Some(2));
    }

    async fn a_transaction_that_took_too_long_is_rolled_back(bank: Bank) {
        let transaction = bank.client.begin(pessimistic().timeout(SHORT)).await.unwrap();
        bank.accounts.within(&transaction).put(&bank.key("ada"), &1).await.unwrap();
        // Gets the lock once the time of the transaction is over.
        bank.accounts.put(&bank.key("ada"), &2).await.unwrap();
        let error = transaction.commit().await.unwrap_err();
        let failure = error.transaction_failure();
        assert_eq!(failure, Some(TransactionFailure::TimedOut), "{error}");
        assert_eq!(bank.balance("ada").await, Some(2));
    }

    async fn an_atomic_cache_takes_no_part(bank: Bank) {
        let atomic: Cache<String, i64> = bank.client.cache(ATOMIC);
        let transaction = bank.client.begin(pessimistic()).await.unwrap();
        let error = atomic.within(&transaction).put(&bank.key("ada"), &1).await.unwrap_err();
        assert_eq!(error.status(), Some(Status::FAILED), "{error}");
        assert_eq!(atomic.get(&bank.key("ada")).await.unwrap(), None);
    }
}
