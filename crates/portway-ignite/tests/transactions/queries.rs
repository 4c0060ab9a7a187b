//! Scans and SQL inside of transactions, where the nodes were started with `--transactional-queries`.

use portway_ignite::{Cache, Isolation, ScanQuery, SqlQuery, TransactionOptions};

use crate::{Bank, pessimistic, with_bank};

/// Queries see the writes of their transaction only at this isolation.
fn reading() -> TransactionOptions {
    pessimistic().isolation(Isolation::ReadCommitted)
}

fn are_on() -> bool {
    std::env::var_os("PORTWAY_TEST_IGNITE_TRANSACTIONAL_QUERIES").is_some()
}

async fn scanned(bank: &Bank, inside: &Cache<String, i64>) -> Vec<i64> {
    let all: Vec<(String, i64)> = inside
        .scan(ScanQuery::new())
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let own = all
        .into_iter()
        .filter(|(key, _)| key.ends_with(&bank.prefix));
    own.map(|(_, balance)| balance).collect()
}

with_bank! {
    async fn a_scan_sees_what_its_transaction_wrote(bank: Bank) {
        if !are_on() {
            return;
        }
        let transaction = bank.client.begin(reading()).await.unwrap();
        let inside = bank.accounts.within(&transaction);
        inside.put(&bank.key("ada"), &7).await.unwrap();
        assert_eq!(scanned(&bank, &inside).await, [7]);
        assert_eq!(scanned(&bank, &bank.accounts).await, [] as [i64; 0]);
        transaction.rollback().await.unwrap();
        assert_eq!(scanned(&bank, &bank.accounts).await, [] as [i64; 0]);
    }

    async fn sql_sees_what_its_transaction_wrote(bank: Bank) {
        if !are_on() {
            return;
        }
        let transaction = bank.client.begin(reading()).await.unwrap();
        let inside = bank.accounts.within(&transaction);
        inside.put(&bank.key("ada"), &7).await.unwrap();
        let balance = async |cache: &Cache<String, i64>| {
            let key = bank.key("ada");
            let query = SqlQuery::new("SELECT _val FROM Long WHERE _key = ?").argument(&key);
            let mut rows = cache.sql(query).await.unwrap();
            let row = rows.next().await?.unwrap();
            Some(row.get::<i64>(0).unwrap())
        };
        assert_eq!(balance(&inside).await, Some(7));
        assert_eq!(balance(&bank.accounts).await, None);
        transaction.commit().await.unwrap();
        assert_eq!(balance(&bank.accounts).await, Some(7));
    }

    async fn without_the_feature_a_scan_sees_what_was_committed(bank: Bank) {
        if are_on() {
            return;
        }
        let transaction = bank.client.begin(reading()).await.unwrap();
        let inside = bank.accounts.within(&transaction);
        inside.put(&bank.key("ada"), &7).await.unwrap();
        assert_eq!(scanned(&bank, &inside).await, [] as [i64; 0]);
        transaction.commit().await.unwrap();
        assert_eq!(scanned(&bank, &bank.accounts).await, [7]);
    }
}
