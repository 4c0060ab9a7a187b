//! What a transaction leaves behind.

use std::time::Duration;

use portway_ignite::{Error, Isolation, Status};

use crate::{pessimistic, serializable, with_bank};

with_bank! {
    async fn a_commit_shows_everything_at_once(bank: Bank) {
        for (number, options) in (1..).zip([pessimistic(), serializable(), pessimistic().label("test")]) {
            let transaction = bank.client.begin(options).await.unwrap();
            let inside = bank.accounts.within(&transaction);
            inside.put(&bank.key("ada"), &number).await.unwrap();
            inside.put(&bank.key("bob"), &-number).await.unwrap();
            assert_eq!(inside.get(&bank.key("ada")).await.unwrap(), Some(number));
            transaction.commit().await.unwrap();
            assert_eq!(bank.balance("ada").await, Some(number));
            assert_eq!(bank.balance("bob").await, Some(-number));
        }
    }

    async fn nothing_is_seen_before_the_commit(bank: Bank) {
        let transaction = bank.client.begin(serializable()).await.unwrap();
        bank.accounts.within(&transaction).put(&bank.key("ada"), &1).await.unwrap();
        assert_eq!(bank.balance("ada").await, None);
        transaction.commit().await.unwrap();
        assert_eq!(bank.balance("ada").await, Some(1));
    }

    async fn a_rollback_leaves_nothing(bank: Bank) {
        for isolation in Isolation::ALL {
            let options = pessimistic().isolation(*isolation);
            let transaction = bank.client.begin(options).await.unwrap();
            bank.accounts.within(&transaction).put(&bank.key("ada"), &1).await.unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(bank.balance("ada").await, None);
        }
    }

    async fn a_dropped_transaction_frees_its_locks(bank: Bank) {
        let transaction = bank.client.begin(pessimistic()).await.unwrap();
        bank.accounts.within(&transaction).put(&bank.key("ada"), &1).await.unwrap();
        drop(transaction);
        // Waits for the lock.
        bank.accounts.put(&bank.key("ada"), &2).await.unwrap();
        assert_eq!(bank.balance("ada").await, Some(2));
    }

    async fn several_transactions_share_a_connection(bank: Bank) {
        let mut open = Vec::new();
        for number in 0..20 {
            let transaction = bank.client.begin(pessimistic()).await.unwrap();
            let inside = bank.accounts.within(&transaction);
            inside.put(&bank.key(&number.to_string()), &number).await.unwrap();
            open.push(transaction);
        }
        for (number, transaction) in open.into_iter().enumerate() {
            match number % 2 {
                0 => transaction.commit().await.unwrap(),
                _ => transaction.rollback().await.unwrap(),
            }
        }
        for number in 0..20 {
            let expected = (number % 2 == 0).then_some(number);
            assert_eq!(bank.balance(&number.to_string()).await, expected);
        }
    }

    async fn a_closure_commits_or_rolls_back(bank: Bank) {
        let sum = bank.client.transact(pessimistic(), async |transaction| {
            let inside = bank.accounts.within(transaction);
            inside.put(&bank.key("ada"), &1).await?;
            inside.put(&bank.key("bob"), &2).await?;
            Ok::<_, Error>(3)
        });
        assert_eq!(sum.await.unwrap(), 3);
        let failure = bank.client.transact(pessimistic(), async |transaction| {
            bank.accounts.within(transaction).put(&bank.key("ada"), &100).await?;
            Err::<(), Box<dyn std::error::Error>>("not enough".into())
        });
        assert_eq!(failure.await.unwrap_err().to_string(), "not enough");
        assert_eq!(bank.balance("ada").await, Some(1));
    }

    async fn every_operation_on_keys_takes_part(bank: Bank) {
        let [old, new, a, b] = ["old", "new", "a", "b"].map(|name| bank.key(name));
        bank.accounts.put(&old, &1).await.unwrap();
        let transaction = bank.client.begin(pessimistic()).await.unwrap();
        let inside = bank.accounts.within(&transaction);
        assert!(inside.put_if_absent(&new, &2).await.unwrap());
        assert_eq!(inside.get_and_put(&new, &3).await.unwrap(), Some(2));
        assert!(inside.replace(&new, &4).await.unwrap());
        assert!(inside.replace_if_equals(&new, &4, &5).await.unwrap());
        assert_eq!(inside.get_and_replace(&new, &6).await.unwrap(), Some(5));
        assert_eq!(inside.get_and_put_if_absent(&new, &7).await.unwrap(), Some(6));
        assert!(inside.contains_key(&new).await.unwrap());
        inside.put_all([(&a, &1), (&b, &2)]).await.unwrap();
        assert_eq!(inside.get_all([&a, &b, &new]).await.unwrap().len(), 3);
        assert!(inside.contains_keys([&a, &b]).await.unwrap());
        assert!(inside.remove(&a).await.unwrap());
        assert!(!inside.remove_if_equals(&b, &1).await.unwrap());
        inside.remove_keys([&b]).await.unwrap();
        assert_eq!(inside.get_and_remove(&old).await.unwrap(), Some(1));
        transaction.rollback().await.unwrap();
        assert_eq!(bank.balance("old").await, Some(1));
        assert_eq!(bank.balance("new").await, None);
    }

    async fn nothing_takes_part_in_a_transaction_that_is_over(bank: Bank) {
        let transaction = bank.client.begin(pessimistic()).await.unwrap();
        let inside = bank.accounts.within(&transaction);
        transaction.commit().await.unwrap();
        let error = inside.put(&bank.key("ada"), &1).await.unwrap_err();
        assert!(matches!(error, Error::TransactionOver), "{error}");
        assert_eq!(bank.balance("ada").await, None);
    }

    async fn an_operation_that_nobody_waits_for_stays_inside(bank: Bank) {
        for number in 0..100 {
            let transaction = bank.client.begin(pessimistic()).await.unwrap();
            let inside = bank.accounts.within(&transaction);
            let key = bank.key(&number.to_string());
            tokio::select! {
                biased;
                _ = inside.put(&key, &1) => {}
                () = tokio::task::yield_now() => {}
            }
        }
        let options = || pessimistic().timeout(Duration::from_secs(5));
        for number in 0..100 {
            let name = number.to_string();
            // Once the lock is free, the transaction was rolled back.
            let transaction = bank.client.begin(options()).await.unwrap();
            let inside = bank.accounts.within(&transaction);
            assert_eq!(inside.get(&bank.key(&name)).await.unwrap(), None, "{name} was written");
        }
    }

    async fn more_transactions_than_the_server_allows_are_refused(_bank: Bank) {
        let client = crate::client_of_one_node().await;
        let mut open = Vec::new();
        let refusal = loop {
            match client.begin(pessimistic()).await {
                Ok(transaction) => open.push(transaction),
                Err(error) => break error,
            }
        };
        // The limit is that of one connection, and there is one to each node.
        assert!(open.len() >= 100, "{}", open.len());
        assert_eq!(refusal.status(), Some(Status::TRANSACTION_LIMIT), "{refusal}");
        drop(open);
        while let Err(error) = client.begin(pessimistic()).await {
            assert_eq!(error.status(), Some(Status::TRANSACTION_LIMIT), "{error}");
            tokio::task::yield_now().await;
        }
    }
}
