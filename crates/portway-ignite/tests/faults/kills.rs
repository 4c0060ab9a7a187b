//! Three real nodes, of which one after the other is killed under load and started again.
//!
//! Runs alone and only with `PORTWAY_TEST_IGNITE_CONTROL`, the path of `scripts/ignite`, because it
//! disturbs whatever else uses the nodes. `PORTWAY_TEST_IGNITE_KILLS=N` makes it the long campaign.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portway_ignite::{AtomicityMode, Cache, CacheConfiguration, Client, PeekMode, WriteSync};

use crate::bank::Bank;
use crate::fleet::Fleet;
use crate::random::Random;
use crate::setting;
use crate::workload::{Answers, Load, Until, Writer, run};

/// Long enough for the others to notice that a node is gone.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
const WRITERS: usize = 8;
const CLERKS: usize = 4;
/// How long the load goes on without the node, and with it again.
const ROUND: Duration = Duration::from_secs(2);
/// Longer than any fleet takes to make its copies of so little.
const COPIED: Duration = Duration::from_secs(60);

/// What runs while nodes are killed.
struct Campaign {
    seed: u64,
    client: Client,
    stop: Arc<AtomicBool>,
}

impl Campaign {
    async fn cache(&self, atomicity: AtomicityMode) -> String {
        let name = format!("kills-{atomicity:?}-{}", uuid::Uuid::new_v4());
        let mut configuration = CacheConfiguration::new(&name);
        configuration.atomicity = atomicity;
        configuration.backups = 1;
        configuration.write_sync = WriteSync::FullSync;
        let cache = self.client.create_cache::<i64, String>(configuration).await;
        cache.unwrap();
        name
    }

    async fn write(&self, cache: &str, answers: Answers) -> Vec<Writer> {
        let load = Load {
            seed: self.seed,
            limit: REQUEST_TIMEOUT,
            writers: WRITERS,
            until: Until::Told(self.stop.clone()),
            answers,
        };
        run(&self.client, cache, &load).await
    }

    async fn transfer(&self, bank: &Bank) -> usize {
        let mut random = Random::new(self.seed);
        let clerks: Vec<_> = (0..CLERKS)
            .map(|_| {
                let clerk = bank.clone().work(random.branch(), self.stop.clone());
                tokio::spawn(clerk)
            })
            .collect();
        let mut committed = 0;
        for clerk in clerks {
            committed += clerk.await.unwrap();
        }
        committed
    }

    async fn kill_and_revive(&self, fleet: &Fleet, caches: [&str; 3]) {
        for kill in 0..fleet.kills {
            let node = kill % fleet.nodes() + 1;
            tokio::time::sleep(ROUND).await;
            fleet.kill(node).await;
            tokio::time::sleep(ROUND).await;
            fleet.revive(node).await;
            for cache in caches {
                copied(&self.client.cache(cache)).await;
            }
        }
        tokio::time::sleep(ROUND).await;
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Waits until each entry has its copy again: only then may the next node be killed. New entries
/// come meanwhile, so that a few may be on their way.
async fn copied(cache: &Cache<i64, String>) {
    let since = Instant::now();
    loop {
        let primary = cache.size_of([PeekMode::Primary]).await;
        let backup = cache.size_of([PeekMode::Backup]).await;
        if let (Ok(primary), Ok(backup)) = (primary, backup)
            && primary.abs_diff(backup) <= 3 * WRITERS as u64
        {
            return;
        }
        assert!(since.elapsed() < COPIED, "the copies are not made");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn verify(client: &Client, cache: &str, writers: &[Writer]) {
    let cache = client.cache(cache);
    for writer in writers {
        let keys = writer.verify(&cache).await;
        assert!(writer.done > 0 && keys > 0, "a writer did nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hangs_or_is_lost_while_nodes_are_killed() {
    let Some(fleet) = Fleet::that_may_be_killed() else {
        return;
    };
    let campaign = Campaign {
        seed: setting("PORTWAY_FAULT_SEED").unwrap_or(1),
        client: fleet.connect(REQUEST_TIMEOUT).await,
        stop: Arc::default(),
    };
    let atomic = campaign.cache(AtomicityMode::Atomic).await;
    let transactional = campaign.cache(AtomicityMode::Transactional).await;
    let accounts = campaign.cache(AtomicityMode::Transactional).await;
    let bank = Bank::open(&campaign.client, &accounts).await;
    let (atomic_writers, transactional_writers, transfers, ()) = tokio::join!(
        // A node that takes over an atomic operation may carry it out a second time.
        campaign.write(&atomic, Answers::MayBeOfSecondRun),
        campaign.write(&transactional, Answers::AreExact),
        campaign.transfer(&bank),
        campaign.kill_and_revive(&fleet, [&atomic, &transactional, &accounts]),
    );
    verify(&campaign.client, &atomic, &atomic_writers).await;
    verify(&campaign.client, &transactional, &transactional_writers).await;
    bank.audit().await;
    assert!(transfers > 0, "no transfer was committed");
    for cache in [atomic, transactional, accounts] {
        campaign.client.destroy_cache(&cache).await.unwrap();
    }
}
