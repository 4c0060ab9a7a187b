//! Entries by the million, and what else is asked of a server beside the measurements.

use std::ops::Range;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use portway_ignite::{Cache, CacheConfiguration, ClientConfiguration};
use tokio::runtime::{self, Runtime};

use crate::fleet::Fleet;

/// The cache of the entries.
const CACHE: &str = "portway-bench-entries";
/// Letters of a value.
pub(super) const VALUE_LENGTH: usize = 100;
/// Puts at a time.
const IN_FLIGHT: usize = 1_024;

/// A client with a runtime of its own.
pub(super) struct Client {
    runtime: Runtime,
    client: portway_ignite::Client,
}

impl Client {
    pub(super) fn connect(fleet: &Fleet) -> anyhow::Result<Self> {
        Self::of(&fleet.addresses()[0])
    }

    pub(super) fn of(address: &str) -> anyhow::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let configuration = ClientConfiguration::new([address]);
        let client = runtime.block_on(portway_ignite::Client::connect(configuration))?;
        Ok(Self { runtime, client })
    }

    /// Puts an entry for each of these keys, one by one, many at a time.
    pub(super) fn put(&self, keys: Range<i64>) -> anyhow::Result<()> {
        self.runtime.block_on(async {
            let cache = self.cache().await?;
            let text = "x".repeat(VALUE_LENGTH);
            let (cache, value) = (&cache, text.as_str());
            let puts = stream::iter(keys).map(|key| async move { cache.put(&key, value).await });
            let done = puts.buffer_unordered(IN_FLIGHT);
            Ok(done.try_for_each(|_| async { Ok(()) }).await?)
        })
    }

    /// How many entries there are.
    pub(super) fn size(&self) -> anyhow::Result<i64> {
        self.runtime
            .block_on(async { Ok(self.cache().await?.size().await?.cast_signed()) })
    }

    /// Creates a table, writes and reads a row.
    pub(super) fn ask_by_sql(&self) -> anyhow::Result<()> {
        let statements = [
            "CREATE TABLE idle (id BIGINT PRIMARY KEY, name VARCHAR)",
            "INSERT INTO idle (id, name) VALUES (1, 'one')",
            "UPDATE idle SET name = (SELECT name FROM idle WHERE id = 1) WHERE id = 1",
        ];
        self.runtime.block_on(async {
            for statement in statements {
                self.client.execute(statement).await?;
            }
            Ok(())
        })
    }

    async fn cache(&self) -> anyhow::Result<Cache<i64, String>> {
        let configuration = CacheConfiguration::new(CACHE);
        Ok(self.client.get_or_create_cache(configuration).await?)
    }
}
