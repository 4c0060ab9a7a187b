//! At least once.

use std::time::Duration;

use portway_rpc::{
    Protobuf,
    pattern::{
        Push, Queue, SendError, Topic,
        conformance::{self as check, DELIVERY_LIMIT, Job},
        nats::{JetStream, JetStreamOptions},
    },
};

use crate::brokers::nats::NatsServer;

const TOPIC: Topic<Job> = Topic::new("orders.placed");
const JOBS: Queue<Job, Protobuf> = Queue::new("work.jobs");
const RESULTS: Queue<Job, Protobuf> = Queue::new("work.results");
const FULL: Queue<Job, Protobuf> = Queue::new("work.full");

fn options() -> JetStreamOptions {
    JetStreamOptions::default().delivery_limit(DELIVERY_LIMIT)
}

async fn server() -> Option<(NatsServer, JetStream)> {
    let server = NatsServer::start()?;
    let nats = server.connect().await;
    Some((server, nats.jetstream()))
}

#[tokio::test]
async fn a_server_without_jetstream_is_told_from_one_that_is_away() {
    let Some(server) = NatsServer::start_without_jetstream() else {
        return;
    };
    let stream = server.connect().await.jetstream();
    let failures = [
        stream
            .push(&JOBS, &options())
            .await
            .unwrap_err()
            .to_string(),
        stream
            .pull(&JOBS, &options())
            .await
            .unwrap_err()
            .to_string(),
        stream
            .unsubscribe(&TOPIC, "reports")
            .await
            .unwrap_err()
            .to_string(),
    ];
    for failure in failures {
        assert!(failure.contains("JetStream is not enabled"), "{failure}");
        assert!(failure.contains("`--jetstream`"), "{failure}");
        assert!(!failure.contains("is the broker running"), "{failure}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_kept_until_they_are_acknowledged() {
    let Some((_server, stream)) = server().await else {
        return;
    };
    let push = stream.push(&JOBS, &options()).await.unwrap();
    let mut worker = stream.pull(&JOBS, &options()).await.unwrap();
    check::acknowledged_jobs_do_not_come_again(&push, &mut worker).await;
    check::given_back_jobs_come_again_after_their_delay(&push, &mut worker).await;
    check::jobs_of_a_dropped_worker_come_again(&push, &mut worker).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_cannot_be_done_become_dead_letters() {
    let Some((_server, stream)) = server().await else {
        return;
    };
    let push = stream.push(&JOBS, &options()).await.unwrap();
    let mut worker = stream.pull(&JOBS, &options()).await.unwrap();
    let mut dead = stream.dead_letters(&JOBS, &options()).await.unwrap();
    check::jobs_beyond_the_limit_become_dead_letters(&push, &mut worker, &mut dead).await;
    check::terminated_jobs_become_dead_letters(&push, &mut worker, &mut dead).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_accepted_before_jobs_are_acknowledged() {
    let Some((_server, stream)) = server().await else {
        return;
    };
    let jobs = stream.push(&JOBS, &options()).await.unwrap();
    let mut worker = stream.pull(&JOBS, &options()).await.unwrap();
    let results = stream.push(&RESULTS, &options()).await.unwrap();
    let mut collector = stream.pull(&RESULTS, &options()).await.unwrap();
    let small = options()
        .capacity(1)
        .send_timeout(Duration::from_millis(300));
    let full = stream.push(&FULL, &small).await.unwrap();
    full.push(Job::new(0)).await.unwrap();
    check::results_are_accepted_before_jobs_are_acknowledged(
        &jobs,
        &mut worker,
        &results,
        &full,
        &mut collector,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscription_gets_every_message() {
    let Some((_server, stream)) = server().await else {
        return;
    };
    let mut first = stream
        .subscriber(&TOPIC, "billing", &options())
        .await
        .unwrap();
    let mut second = stream
        .subscriber(&TOPIC, "shipping", &options())
        .await
        .unwrap();
    let publisher = stream.publisher(&TOPIC, &options()).await.unwrap();
    check::every_subscription_gets_every_message(&publisher, &mut first, &mut second).await;
    assert!(stream.unsubscribe(&TOPIC, "billing").await.unwrap());
    assert!(!stream.unsubscribe(&TOPIC, "billing").await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_holds_back_who_pushes() {
    let Some((_server, stream)) = server().await else {
        return;
    };
    let small = options()
        .capacity(2)
        .send_timeout(Duration::from_millis(300));
    let push = stream.push(&FULL, &small).await.unwrap();
    push.push(Job::new(1)).await.unwrap();
    push.push(Job::new(2)).await.unwrap();
    let refused = push.push(Job::new(3)).await;
    assert!(matches!(refused, Err(SendError::Full)), "{refused:?}");
}
