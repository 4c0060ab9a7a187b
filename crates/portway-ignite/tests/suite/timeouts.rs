//! Transactions whose time is over.

use std::time::Duration;

use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, Error, Isolation, Transaction,
    TransactionOptions,
};
use uuid::Uuid;

const TIME: Duration = Duration::from_millis(200);
const OVER: &str = "Cache transaction timed out: GridNearTxLocal";

const ISOLATIONS: [Isolation; 3] = [
    Isolation::ReadCommitted,
    Isolation::RepeatableRead,
    Isolation::Serializable,
];

async fn transactional(client: &Client) -> Cache<i32, i32> {
    let mut configuration = CacheConfiguration::new(format!("timeouts-{}", Uuid::new_v4()));
    configuration.atomicity = AtomicityMode::Transactional;
    let cache: Cache<i32, i32> = client.create_cache(configuration).await.unwrap();
    super::destroy_after_test(cache.name());
    cache.put(&1, &1).await.unwrap();
    cache
}

/// All kinds of transactions, each with a time and a label.
fn kinds() -> impl Iterator<Item = TransactionOptions> {
    let kinds = [
        TransactionOptions::pessimistic,
        TransactionOptions::optimistic,
    ];
    let with_isolation = move |kind: fn() -> TransactionOptions| {
        ISOLATIONS.map(|isolation| kind().isolation(isolation).timeout(TIME).label("late"))
    };
    kinds.into_iter().flat_map(with_isolation)
}

async fn over(client: &Client, options: TransactionOptions) -> Transaction {
    let transaction = client.begin(options).await.unwrap();
    tokio::time::sleep(TIME * 2).await;
    transaction
}

fn assert_refused(result: Result<impl Sized, Error>, beginning: &str) {
    match result {
        Err(Error::Server { error, .. }) => {
            assert!(error.message.starts_with(beginning), "{}", error.message);
        }
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it was carried out"),
    }
}

pub(crate) async fn what_comes_too_late_is_refused_and_changes_nothing(client: Client) {
    let cache = transactional(&client).await;
    for options in kinds() {
        let transaction = client.begin(options).await.unwrap();
        let inside = cache.within(&transaction);
        inside.put(&1, &9).await.unwrap();
        tokio::time::sleep(TIME * 2).await;
        // Its lock is free.
        cache.put(&1, &8).await.unwrap();
        assert_refused(inside.get(&1).await, OVER);
        assert_refused(inside.put(&2, &9).await, OVER);
        assert_refused(inside.contains_key(&2).await, OVER);
        assert_refused(transaction.commit().await, OVER);
        assert_eq!(cache.get(&1).await.unwrap(), Some(8));
        assert_eq!(cache.get(&2).await.unwrap(), None);
    }
}

pub(crate) async fn a_transaction_without_operations_ends_with_its_time_too(client: Client) {
    for options in kinds() {
        let transaction = over(&client, options.clone()).await;
        assert_refused(transaction.commit().await, OVER);
        let transaction = over(&client, options).await;
        transaction.rollback().await.unwrap();
    }
}

pub(crate) async fn an_operation_waits_no_longer_than_its_transaction(client: Client) {
    let cache = transactional(&client).await;
    let holds = TransactionOptions::pessimistic().without_timeout();
    let holder = client.begin(holds).await.unwrap();
    cache.within(&holder).put(&1, &2).await.unwrap();
    for isolation in ISOLATIONS {
        let options = TransactionOptions::pessimistic().isolation(isolation);
        let transaction = client.begin(options.timeout(TIME)).await.unwrap();
        let inside = cache.within(&transaction);
        let lock = "Failed to acquire lock within provided timeout for transaction [timeout=200";
        assert_refused(inside.put(&1, &3).await, lock);
        assert_refused(inside.get(&1).await, OVER);
        assert_refused(transaction.commit().await, OVER);
    }
    holder.commit().await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), Some(2));
}
