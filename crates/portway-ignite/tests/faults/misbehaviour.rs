//! A proxy that does everything wrong, and writers that notice.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use portway_ignite::{CacheConfiguration, Client, ClientConfiguration, Error, ReconnectPolicy};

use crate::fault::Fault;
use crate::proxy::{Plan, Proxy};
use crate::workload::{Answers, Load, Until, run};
use crate::{grid, real_node, setting};

/// Short, so that a lost answer costs a campaign little.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(400);
const WRITERS: usize = 12;
const STEPS: usize = 100;
const CAMPAIGNS: u64 = 2;
/// Longer than anything here takes, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(120);

fn configuration(address: &str) -> ClientConfiguration {
    let pauses = ReconnectPolicy::new(Duration::from_millis(2), Duration::from_millis(20));
    ClientConfiguration::new([address])
        // The nodes behind the proxy are not to be found.
        .discovery(false)
        .request_timeout(REQUEST_TIMEOUT)
        .handshake_timeout(Duration::from_millis(300))
        .heartbeat_interval(Duration::from_millis(500))
        .attempts(NonZeroU32::new(5).unwrap())
        .reconnect(pauses)
}

/// Through the proxy the first handshake may well fail; the error must say so.
async fn connect(proxy: &Proxy, seed: u64) -> Client {
    loop {
        match Client::connect(configuration(&proxy.address)).await {
            Ok(client) => return client,
            Err(error) => assert!(
                error.is_connection_error() || matches!(error, Error::HandshakeRefused { .. }),
                "seed {seed}: {error:?}"
            ),
        }
    }
}

async fn campaign(node: &str, seed: u64) -> BTreeMap<Fault, u32> {
    let direct = Client::connect(ClientConfiguration::new([node]))
        .await
        .unwrap();
    let name = format!("faults-{}", uuid::Uuid::new_v4());
    let cache = direct
        .create_cache::<i64, String>(CacheConfiguration::new(&name))
        .await
        .unwrap();
    let proxy = Proxy::start(node, Plan::Seeded(seed)).await;
    let client = connect(&proxy, seed).await;
    let load = Load {
        seed,
        limit: REQUEST_TIMEOUT,
        writers: WRITERS,
        until: Until::Steps(STEPS),
        answers: Answers::AreExact,
    };
    let writers = run(&client, &name, &load).await;

    proxy.heal();
    recover(&client, &name, seed).await;
    let mut done = 0;
    for writer in &writers {
        writer.verify(&cache).await;
        done += writer.done;
    }
    assert!(done > WRITERS * STEPS / 4, "seed {seed}: only {done} done");
    direct.destroy_cache(&name).await.unwrap();
    proxy.seen()
}

/// Once nothing goes wrong any more, the client works as if nothing ever had.
async fn recover(client: &Client, cache: &str, seed: u64) {
    let mut state = client.connection_state();
    let cache = client.cache::<i64, String>(cache);
    // What was stalled is cut now, which the client notices with its next request or heartbeat.
    while cache.get(&-1).await.is_err() {
        let back = state.wait_for(|state| state.is_connected());
        let back = tokio::time::timeout(Duration::from_secs(10), back).await;
        assert!(back.is_ok(), "seed {seed}: the client does not come back");
    }
    for key in -100..0 {
        cache.put(&key, &format!("{key}:")).await.unwrap();
        assert_eq!(cache.get(&key).await.unwrap(), Some(format!("{key}:")));
    }
}

async fn campaigns(node: &str) {
    let first = setting("PORTWAY_FAULT_SEED");
    let count = setting("PORTWAY_FAULT_CAMPAIGNS");
    let count = count.unwrap_or(if first.is_some() { 1 } else { CAMPAIGNS });
    let first = first.unwrap_or(1);
    let mut seen = BTreeMap::new();
    for seed in first..first + count {
        let faults = tokio::time::timeout(PATIENCE, campaign(node, seed)).await;
        let faults = faults.unwrap_or_else(|_| panic!("seed {seed}: the campaign hangs"));
        for (fault, times) in faults {
            *seen.entry(fault).or_insert(0) += times;
        }
    }
    assert!(seen.len() >= 10, "too little went wrong: {seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hangs_lies_or_is_lost_between_the_client_and_a_grid() {
    campaigns(&grid().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hangs_lies_or_is_lost_between_the_client_and_a_real_node() {
    if let Some(node) = real_node() {
        campaigns(&node).await;
    }
}
