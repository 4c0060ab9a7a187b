//! Short transactions: start, one put, commit.

use bench_client::{OneAtATime, Outcome, TRANSACTIONAL_CACHE, Turn, VALUE};
use portway_ignite::{Cache, Client, Isolation, TransactionOptions};

pub(crate) async fn transactions(turn: &Turn, client: &Client) -> anyhow::Result<Outcome> {
    let cache: Cache<i64, String> = client.cache(TRANSACTIONAL_CACHE);
    let options = TransactionOptions::pessimistic().isolation(Isolation::RepeatableRead);
    let mut pace = OneAtATime::start(turn);
    while let Some(key) = pace.next_key() {
        let transaction = client.begin(options.clone()).await?;
        cache.within(&transaction).put(&key, VALUE).await?;
        transaction.commit().await?;
    }
    Ok(pace.outcome())
}
