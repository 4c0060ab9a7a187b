use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use portway_rpc::{
    Code, Status,
    policy::{Balance, BalanceOptions, Change, Retry, RetryOptions},
};
use proptest::prelude::*;
use tokio::{task::JoinSet, time::sleep};

use crate::scripted::{Read, Scripted, call};

/// A server that answers after `delay`.
fn server(delay: Duration) -> Scripted {
    Scripted::new(move |_| async move {
        sleep(delay).await;
        Ok(Bytes::new())
    })
}

fn seeded(seed: u64) -> BalanceOptions {
    BalanceOptions::new().seed(seed)
}

/// Makes calls in `tasks` tasks, `each` in each.
async fn load(channel: &Balance<usize, Scripted>, tasks: usize, each: usize) {
    let mut workers = JoinSet::new();
    for _ in 0..tasks {
        let channel = channel.clone();
        workers.spawn(async move {
            for _ in 0..each {
                call::<Read>(&channel).await.unwrap();
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
}

fn run(work: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// One of several servers is ten times as slow: it gets far less than its share.
    #[test]
    fn a_slow_server_is_avoided(seed in any::<u64>(), count in 2_usize..8, slow in 0_usize..8) {
        run(async move {
            let slow = slow % count;
            let delay = |number| Duration::from_millis(if number == slow { 20 } else { 2 });
            let servers: Vec<_> = (0..count).map(|number| server(delay(number))).collect();
            let channel = Balance::of(servers.iter().cloned().enumerate(), seeded(seed));
            load(&channel, 4, 500).await;
            let share = 2000 / count as u32;
            let got = servers[slow].calls();
            assert!(got < share / 4, "{got} calls of a share of {share}");
        });
    }

    /// Servers alike get loads alike.
    #[test]
    fn equal_servers_get_equal_loads(seed in any::<u64>(), count in 2_usize..8) {
        run(async move {
            let servers: Vec<_> = (0..count).map(|_| server(Duration::from_millis(2))).collect();
            let channel = Balance::of(servers.iter().cloned().enumerate(), seeded(seed));
            load(&channel, 16, 250).await;
            let share = 4000 / count as u32;
            for server in &servers {
                let got = server.calls();
                assert!((share / 2..share * 2).contains(&got), "{got} calls of a share of {share}");
            }
        });
    }

    /// Whatever comes and goes, a call goes to a server that is there, or fails at once.
    #[test]
    fn changes_are_followed(seed in any::<u64>(), turns in prop::collection::vec((0_usize..5, any::<bool>()), 1..60)) {
        run(async move {
            let (sender, receiver) = tokio::sync::mpsc::channel(1);
            let channel = Balance::new(Changes(receiver), seeded(seed));
            let mut there = BTreeMap::new();
            for (key, comes) in turns {
                let change = if comes {
                    let added = server(Duration::ZERO);
                    there.insert(key, added.clone());
                    Change::Insert(key, added)
                } else {
                    there.remove(&key);
                    Change::Remove(key)
                };
                sender.send(change).await.unwrap();
                sleep(Duration::from_millis(1)).await;
                assert_eq!(channel.len(), there.len());
                let before: u32 = there.values().map(Scripted::calls).sum();
                let result = call::<Read>(&channel).await;
                let after: u32 = there.values().map(Scripted::calls).sum();
                match result {
                    Ok(_) => assert_eq!(after, before + 1),
                    Err(status) => {
                        assert_eq!(status.code(), Code::Unavailable);
                        assert!(there.is_empty());
                    }
                }
            }
        });
    }
}

struct Changes(tokio::sync::mpsc::Receiver<Change<usize, Scripted>>);

impl futures_core::Stream for Changes {
    type Item = Change<usize, Scripted>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_costs_a_call_now_and_then_and_retries_hide_that() {
    let dead = Scripted::failing(Status::unavailable("dead"));
    let living = server(Duration::from_millis(1));
    let servers = [(0, dead.clone()), (1, living.clone())];
    let balance = Balance::of(servers, seeded(5));
    let channel = Retry::new(balance, RetryOptions::new().seed(5));
    for _ in 0..10_000 {
        call::<Read>(&channel).await.unwrap();
    }
    assert_eq!(living.calls(), 10_000);
    // Ten seconds with pauses of 0.1, 0.2, 0.4 ... seconds between attempts.
    assert!(
        (1..=10).contains(&dead.calls()),
        "{} attempts",
        dead.calls()
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_comes_back_is_used_again() {
    let healing = {
        let well_at = tokio::time::Instant::now() + Duration::from_secs(5);
        Scripted::new(move |_| async move {
            let well = tokio::time::Instant::now() >= well_at;
            sleep(Duration::from_millis(1)).await;
            if well {
                Ok(Bytes::new())
            } else {
                Err(Status::unavailable("ill"))
            }
        })
    };
    let servers = [(0, healing.clone()), (1, server(Duration::from_millis(1)))];
    let balance = Balance::of(servers, seeded(6));
    let channel = Retry::new(balance, RetryOptions::new().seed(6));
    for _ in 0..30_000 {
        call::<Read>(&channel).await.unwrap();
    }
    assert!(healing.calls() > 5_000, "{} calls", healing.calls());
}

#[tokio::test(start_paused = true)]
async fn when_all_are_ill_all_are_tried() {
    let ill: Vec<_> = (0..3)
        .map(|_| Scripted::failing(Status::unavailable("ill")))
        .collect();
    let channel = Balance::of(ill.iter().cloned().enumerate(), seeded(7));
    for _ in 0..100 {
        assert_eq!(call::<Read>(&channel).await.unwrap_err().message(), "ill");
    }
    assert!(ill.iter().all(|server| server.calls() > 10));
}

#[tokio::test(start_paused = true)]
async fn without_a_server_a_call_fails_at_once_and_ready_waits_for_one() {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let channel = Balance::new(Changes(receiver), seeded(8));
    let error = call::<Read>(&channel).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    let adding = async {
        sleep(Duration::from_secs(1)).await;
        sender
            .send(Change::Insert(0, server(Duration::ZERO)))
            .await
            .unwrap();
    };
    let (ready, ()) = tokio::join!(channel.ready(), adding);
    ready.unwrap();
    call::<Read>(&channel).await.unwrap();
    sender.send(Change::Remove(0)).await.unwrap();
    drop(sender);
    while !channel.is_empty() {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(channel.ready().await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_callers_lose_patience_with_is_avoided() {
    let hanging_from = tokio::time::Instant::now() + Duration::from_millis(100);
    let hanging = Scripted::new(move |_| async move {
        let hangs = tokio::time::Instant::now() >= hanging_from;
        sleep(Duration::from_millis(if hangs { 3_600_000 } else { 1 })).await;
        Ok(Bytes::new())
    });
    let servers = [(0, hanging.clone()), (1, server(Duration::from_millis(1)))];
    let channel = Balance::of(servers, seeded(9));
    for _ in 0..1000 {
        let patience = Duration::from_millis(200);
        let _answer = tokio::time::timeout(patience, call::<Read>(&channel)).await;
    }
    assert!(hanging.calls() < 100, "{} calls", hanging.calls());
}
