//! What survives the loss of connections: near caches, judged by a model, and streamers.
//!
//! The grid is the one of `portway-grid`, and a real one where `PORTWAY_TEST_IGNITE` names it.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod model;
mod proxy;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, ReconnectPolicy, StreamerOptions,
};
use tokio::time::timeout;

use model::Model;
use proxy::Proxy;

/// Longer than the whole test takes, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(120);
const NEAR_CACHES: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_near_cache_of_the_grid_keeps_its_promise_through_cut_connections() {
    let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let address = listener.address().to_string();
    grid.serve(listener);
    timeout(PATIENCE, keeps_its_promise(&address))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_near_cache_of_real_nodes_keeps_its_promise_through_cut_connections() {
    let Ok(addresses) = std::env::var("PORTWAY_TEST_IGNITE") else {
        return;
    };
    let first = addresses.split(',').next().unwrap();
    timeout(PATIENCE, keeps_its_promise(first)).await.unwrap();
}

/// Also the batches that were on their way when their connection was cut are stored in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamer_stores_everything_through_cut_connections() {
    let Ok(addresses) = std::env::var("PORTWAY_TEST_IGNITE") else {
        return;
    };
    let first = addresses.split(',').next().unwrap();
    timeout(PATIENCE, stores_everything(first)).await.unwrap();
}

async fn stores_everything(address: &str) {
    const ENTRIES: i32 = 40_000;
    let proxy = Proxy::start(address).await;
    let client = Client::connect(impatient(&proxy)).await.unwrap();
    let name = format!("streamed-through-cuts-{}", uuid::Uuid::new_v4());
    let cache: Cache<i32, i32> = client
        .create_cache(CacheConfiguration::new(&name))
        .await
        .unwrap();
    let options = StreamerOptions::new()
        .allow_overwrite(true)
        .batch_size(NonZeroUsize::new(100).unwrap());
    let streamer = cache.streamer(options);
    for key in 0..ENTRIES {
        streamer.add(&key, &key).await.unwrap();
        if key % 8000 == 4000 {
            proxy.cut();
        }
    }
    streamer.close().await.unwrap();
    let direct = Client::connect(ClientConfiguration::new([address]))
        .await
        .unwrap();
    let cache: Cache<i32, i32> = direct.cache(&name);
    assert_eq!(cache.size().await.unwrap(), ENTRIES.unsigned_abs().into());
    direct.destroy_cache(&name).await.unwrap();
}

async fn keeps_its_promise(address: &str) {
    let direct = Client::connect(ClientConfiguration::new([address]))
        .await
        .unwrap();
    let name = format!("near-model-{}", uuid::Uuid::new_v4());
    let cache: Cache<i32, i64> = direct
        .create_cache(CacheConfiguration::new(&name))
        .await
        .unwrap();
    let model = Arc::new(Model::new(cache));
    let mut proxies = Vec::new();
    let mut tasks = Vec::new();
    for seed in 0..NEAR_CACHES {
        let proxy = Proxy::start(address).await;
        let client = Client::connect(impatient(&proxy)).await.unwrap();
        let near = client.cache(&name).near(model::options()).await.unwrap();
        tasks.push(tokio::spawn(model.clone().read_and_write(near, seed)));
        proxies.push(proxy);
    }
    tasks.push(tokio::spawn(model.clone().write()));
    model.cut_now_and_then(&proxies).await;
    model.stop();
    for task in tasks {
        task.await.unwrap();
    }
    direct.destroy_cache(&name).await.unwrap();
}

/// Comes back at once, and only through the proxy: it must not learn of the nodes behind it.
fn impatient(proxy: &Proxy) -> ClientConfiguration {
    let pauses = ReconnectPolicy::new(Duration::from_millis(1), Duration::from_millis(10));
    ClientConfiguration::new([proxy.address()])
        .reconnect(pauses)
        .discovery(false)
        .request_timeout(Duration::from_secs(5))
}
