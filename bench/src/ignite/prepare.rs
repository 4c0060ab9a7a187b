//! What all clients find: caches with their entries, a table with its rows.

use std::future::Future;

use anyhow::Context as _;
use bench_client::{CACHE, KEYS, ROWS, TRANSACTIONAL_CACHE, VALUE};
use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, ClientConfiguration, SqlQuery,
};
use tokio::runtime;

use crate::fleet::Fleet;

const ENTRIES_A_REQUEST: usize = 1_000;

/// Creates and fills the caches.
pub(crate) fn caches(fleet: &Fleet) -> anyhow::Result<()> {
    run(async {
        let client = connect(fleet).await?;
        let plain = CacheConfiguration::new(CACHE);
        let mut transactional = CacheConfiguration::new(TRANSACTIONAL_CACHE);
        transactional.atomicity = AtomicityMode::Transactional;
        for configuration in [plain, transactional] {
            fill(&client.get_or_create_cache(configuration).await?).await?;
        }
        Ok(())
    })
    .context("preparing the caches")
}

/// Creates and fills the table.
pub(crate) fn table(fleet: &Fleet) -> anyhow::Result<()> {
    run(async {
        let client = connect(fleet).await?;
        let table = "CREATE TABLE IF NOT EXISTS portway_bench \
            (id BIGINT PRIMARY KEY, name VARCHAR, amount DOUBLE)";
        client.execute(table).await?;
        for id in 0..ROWS as i64 {
            let merge =
                SqlQuery::new("MERGE INTO portway_bench (id, name, amount) VALUES (?, ?, ?)");
            let (name, amount) = (VALUE, id as f64 / 4.0);
            let merge = merge.argument(&id).argument(name).argument(&amount);
            client.execute(merge).await?;
        }
        Ok(())
    })
    .context("preparing the table")
}

fn run(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let mut runtime = runtime::Builder::new_current_thread();
    runtime.enable_all().build()?.block_on(work)
}

async fn connect(fleet: &Fleet) -> anyhow::Result<Client> {
    Ok(Client::connect(ClientConfiguration::new(fleet.addresses())).await?)
}

async fn fill(cache: &Cache<i64, String>) -> anyhow::Result<()> {
    let entries: Vec<_> = (0..KEYS).map(|key| (key, VALUE)).collect();
    for chunk in entries.chunks(ENTRIES_A_REQUEST) {
        let entries = chunk.iter().map(|(key, value)| (key, *value));
        cache.put_all(entries).await?;
    }
    Ok(())
}
