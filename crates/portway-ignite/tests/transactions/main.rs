//! Transactions on a real Apache Ignite, named by `PORTWAY_TEST_IGNITE` as addresses with commas
//! between them, or without it on a grid of `portway-grid` in this process.
//!
//! They have a test program of their own because a real grid makes no cache while a transaction is
//! open: tests that make caches and tests that leave transactions open would wait for each other.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod endings;
mod failures;
mod grid;
mod new_caches;
mod queries;

use std::time::Duration;

use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, ClientConfiguration, Isolation, QueryEntity,
    TransactionOptions, WriteSync,
};
use tokio::sync::OnceCell;

/// Longer than anything here takes, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(60);
const ACCOUNTS: &str = "portway-tests-accounts";
const ATOMIC: &str = "portway-tests-atomic";

/// Made once, before the first transaction.
static CACHES: OnceCell<()> = OnceCell::const_new();

/// A client of its own, and keys of its own in a cache that all tests share.
struct Bank {
    client: Client,
    accounts: Cache<String, i64>,
    prefix: String,
}

impl Bank {
    async fn open() -> Self {
        let client = Client::connect(configuration()).await.unwrap();
        CACHES.get_or_init(|| make_caches(client.clone())).await;
        Self {
            accounts: client.cache(ACCOUNTS),
            client,
            prefix: uuid::Uuid::new_v4().to_string(),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{name} of {}", self.prefix)
    }

    /// What everybody sees.
    async fn balance(&self, name: &str) -> Option<i64> {
        self.accounts.get(&self.key(name)).await.unwrap()
    }
}

fn configuration() -> ClientConfiguration {
    match std::env::var("PORTWAY_TEST_IGNITE") {
        Ok(addresses) => ClientConfiguration::new(addresses.split(',')),
        Err(_) => ClientConfiguration::new([grid::address()]),
    }
}

/// What counts for each connection is counted on a single one.
async fn client_of_one_node() -> Client {
    let configuration = configuration().partition_awareness(false);
    Client::connect(configuration).await.unwrap()
}

async fn make_caches(client: Client) {
    let mut accounts = CacheConfiguration::new(ACCOUNTS);
    accounts.atomicity = AtomicityMode::Transactional;
    accounts.backups = 1;
    // A node that answers a read from its backup copy must have what was committed.
    accounts.write_sync = WriteSync::FullSync;
    accounts.query_entities = vec![QueryEntity {
        key_type: Some("java.lang.String".to_owned()),
        value_type: Some("java.lang.Long".to_owned()),
        ..QueryEntity::default()
    }];
    let atomic = CacheConfiguration::new(ATOMIC);
    client
        .get_or_create_cache::<String, i64>(accounts)
        .await
        .unwrap();
    client
        .get_or_create_cache::<String, i64>(atomic)
        .await
        .unwrap();
}

fn pessimistic() -> TransactionOptions {
    TransactionOptions::pessimistic()
}

fn serializable() -> TransactionOptions {
    TransactionOptions::optimistic().isolation(Isolation::Serializable)
}

/// Waits for a future, but not for ever.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it should happen soon")
}

/// Declares a test that needs a bank.
#[macro_export]
macro_rules! with_bank {
    ($(async fn $test:ident($bank:ident: Bank) $body:block)+) => {$(
        #[tokio::test]
        async fn $test() {
            let $bank = $crate::Bank::open().await;
            $crate::soon(async move $body).await;
        }
    )+};
}
