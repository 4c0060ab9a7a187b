//! Transactions that begin with a cache that was just made.
//!
//! They run alone: a node has eight threads for clients, and those who make caches beside open
//! transactions can fill all of them, so that no transaction comes to its end.

use portway_ignite::{AtomicityMode, Cache, CacheConfiguration, Client};
use tokio::task::JoinSet;

use crate::{configuration, pessimistic, soon};

/// How many tasks make caches at once, and how many each. Fewer than a node has threads for clients.
const TASKS: usize = 7;
const CACHES: usize = 15;

/// Whether nobody else uses the nodes, or each program has a grid of its own.
fn is_alone() -> bool {
    let is_set = |name| std::env::var_os(name).is_some();
    is_set("PORTWAY_TEST_IGNITE_ALONE") || !is_set("PORTWAY_TEST_IGNITE")
}

/// Of several nodes some may start a cache later than its maker is answered, the more so when many
/// caches are made.
#[tokio::test]
async fn a_transaction_may_begin_as_soon_as_its_cache_is_made() {
    if !is_alone() {
        return;
    }
    let client = Client::connect(configuration()).await.unwrap();
    let mut tasks: JoinSet<()> = (0..TASKS).map(|_| use_new_caches(client.clone())).collect();
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
    };
    soon(all).await;
}

async fn use_new_caches(client: Client) {
    for _ in 0..CACHES {
        let name = format!("just-made-{}", uuid::Uuid::new_v4());
        let mut configuration = CacheConfiguration::new(name);
        configuration.atomicity = AtomicityMode::Transactional;
        let cache: Cache<i32, i32> = client.create_cache(configuration).await.unwrap();
        let counting = client.transact(pessimistic(), async |transaction| {
            let inside = cache.within(transaction);
            let count = inside.get(&1).await?.unwrap_or(0);
            inside.put(&1, &(count + 1)).await
        });
        let counted = counting.await;
        client.destroy_cache(cache.name()).await.unwrap();
        counted.unwrap();
    }
}
