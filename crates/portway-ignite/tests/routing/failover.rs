//! Nodes that are killed under load.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portway_ignite::protocol::BinaryConfiguration;
use portway_ignite::{Cache, CacheConfiguration, Client, Error, RawValue, RetryPolicy, WriteSync};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Fleet, connections, eventually};

const WRITERS: i64 = 32;
/// Longer than it takes until a cluster notices that a node was killed.
const LIMIT: Duration = Duration::from_secs(40);
/// Two killed nodes, one after the other, with all copies made again in between.
const OUTAGES: usize = 2;

/// What one writer has to tell at the end.
struct Written {
    acknowledged: HashMap<i64, i64>,
    doubtful: u32,
    slowest: Duration,
}

#[tokio::test]
async fn no_acknowledged_write_is_lost_and_nothing_hangs_when_nodes_are_killed() {
    let (Some(fleet), Some(control)) = (Fleet::find(), Control::find()) else {
        return;
    };
    let configuration = fleet
        .one_address()
        .retry(RetryPolicy::RetryReads)
        .request_timeout(LIMIT);
    let client = Client::connect(configuration).await.unwrap();
    let cache = replicated_twice(&client).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(cache.clone(), writer, stop.clone()));
    }
    for outage in 0..OUTAGES {
        // The first address stays: the probes need one, and the client must not.
        let node = (fleet.addresses.len() - outage).to_string();
        tokio::time::sleep(Duration::from_secs(1)).await;
        control.run("kill", &node).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        control.run("revive", &node).await;
        eventually(async || connections(&client).len() == fleet.addresses.len()).await;
        every_key_has_two_copies(&fleet, &cache).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut total = 0;
    while let Some(written) = writers.join_next().await {
        let written = written.unwrap();
        assert!(written.slowest < LIMIT, "{:?}", written.slowest);
        assert!(written.doubtful <= 2 * WRITERS.unsigned_abs() as u32);
        total += written.acknowledged.len();
        for (key, value) in written.acknowledged {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value), "key {key}");
        }
    }
    assert!(total > 1000, "{total} keys are a test");
}

/// Writes keys of its own until it is stopped.
async fn write(cache: Cache<i64, i64>, writer: i64, stop: Arc<AtomicBool>) -> Written {
    let mut written = Written {
        acknowledged: HashMap::new(),
        doubtful: 0,
        slowest: Duration::ZERO,
    };
    for step in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        // Few keys, written again and again: an old value that comes back is a lost write, too.
        let key = writer * 1000 + step % 50;
        let began = Instant::now();
        match cache.put(&key, &step).await {
            Ok(()) => drop(written.acknowledged.insert(key, step)),
            Err(Error::ConnectionLost { .. }) => {
                // It may or may not be there, until the key is written again.
                written.acknowledged.remove(&key);
                written.doubtful += 1;
            }
            Err(error) => panic!("{error}"),
        }
        written.slowest = written.slowest.max(began.elapsed());
    }
    written
}

async fn replicated_twice(client: &Client) -> Cache<i64, i64> {
    let mut configuration = CacheConfiguration::new(format!("failover-{}", Uuid::new_v4()));
    configuration.backups = 1;
    configuration.write_sync = WriteSync::FullSync;
    client.create_cache(configuration).await.unwrap()
}

/// Waits until another node may be killed.
async fn every_key_has_two_copies(fleet: &Fleet, cache: &Cache<i64, i64>) {
    eventually(async || {
        let mut probes = fleet.probes().await;
        for writer in 0..WRITERS {
            for step in 0..50 {
                let key = RawValue::encode(&(writer * 1000 + step), BinaryConfiguration::default());
                let mut copies = 0;
                for probe in &mut probes {
                    copies += usize::from(probe.holds(cache.name(), &key).await);
                }
                if copies != 2 {
                    return false;
                }
            }
        }
        true
    })
    .await;
}

/// The script that kills and starts nodes.
struct Control(PathBuf);

impl Control {
    fn find() -> Option<Self> {
        std::env::var_os("PORTWAY_TEST_IGNITE_CONTROL").map(|path| Self(path.into()))
    }

    async fn run(&self, action: &str, node: &str) {
        let mut command = Command::new(&self.0);
        command.args([action, node]);
        let ended = tokio::task::spawn_blocking(move || command.status()).await;
        assert!(ended.unwrap().unwrap().success(), "{action} {node}");
    }
}
