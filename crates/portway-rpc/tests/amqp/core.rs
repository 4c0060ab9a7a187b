//! The checks of every transport. One broker serves them all, for it takes its time to start.

use std::time::Duration;

use portway_rpc::{
    Protobuf,
    pattern::{
        Push as _, Queue, ReceiveError, SendError, Topic,
        amqp::{Amqp, AmqpOptions},
        conformance::{self as check, DELIVERY_LIMIT, Job},
    },
};

use crate::brokers::rabbitmq::RabbitMq;

const TOPIC: Topic<Job> = Topic::new("orders.placed");
const JOBS: Queue<Job, Protobuf> = Queue::new("work.jobs");
const RESULTS: Queue<Job, Protobuf> = Queue::new("work.results");
const NOWHERE: Queue<Job, Protobuf> = Queue::new("work.nowhere");
const FULL: Queue<Job, Protobuf> = Queue::new("work.full");

/// Messages that overrun the backlog of a subscriber that does not read.
const FLOOD: u64 = 50_000;

fn options() -> AmqpOptions {
    AmqpOptions::default().delivery_limit(DELIVERY_LIMIT)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_passes() {
    let Some(broker) = RabbitMq::start() else {
        return;
    };
    let amqp = Amqp::connect(&broker.address()).await.unwrap();
    publish_subscribe(&amqp).await;
    jobs_are_kept_until_they_are_acknowledged(&amqp).await;
    jobs_that_cannot_be_done_become_dead_letters(&amqp).await;
    pipeline(&amqp).await;
    subscriptions(&amqp).await;
    refusals(&amqp).await;
}

async fn publish_subscribe(amqp: &Amqp) {
    let publisher = amqp.publisher(&TOPIC);
    let mut first = amqp.subscriber(&TOPIC).await.unwrap();
    let mut second = amqp.subscriber(&TOPIC).await.unwrap();
    check::every_subscriber_gets_every_message(&publisher, &mut first, &mut second).await;
    let mut third = amqp.subscriber(&TOPIC).await.unwrap();
    check::metadata_arrive(&publisher, &mut third).await;
    let mut slow = amqp.subscriber(&TOPIC).await.unwrap();
    check::slow_subscribers_are_told_how_much_they_missed(&publisher, &mut slow, FLOOD).await;
    check::notifications_do_not_wait(&amqp.notifier(&NOWHERE));
}

async fn jobs_are_kept_until_they_are_acknowledged(amqp: &Amqp) {
    let push = amqp.push(&JOBS, &options()).await.unwrap();
    let mut worker = amqp.pull(&JOBS, &options()).await.unwrap();
    check::acknowledged_jobs_do_not_come_again(&push, &mut worker).await;
    check::given_back_jobs_come_again_after_their_delay(&push, &mut worker).await;
    check::jobs_of_a_dropped_worker_come_again(&push, &mut worker).await;
}

async fn jobs_that_cannot_be_done_become_dead_letters(amqp: &Amqp) {
    let push = amqp.push(&JOBS, &options()).await.unwrap();
    let mut worker = amqp.pull(&JOBS, &options()).await.unwrap();
    let mut dead = amqp.dead_letters(&JOBS, &options()).await.unwrap();
    check::jobs_beyond_the_limit_become_dead_letters(&push, &mut worker, &mut dead).await;
    check::terminated_jobs_become_dead_letters(&push, &mut worker, &mut dead).await;
}

async fn pipeline(amqp: &Amqp) {
    let jobs = amqp.push(&JOBS, &options()).await.unwrap();
    let mut worker = amqp.pull(&JOBS, &options()).await.unwrap();
    let results = amqp.push(&RESULTS, &options()).await.unwrap();
    let mut collector = amqp.pull(&RESULTS, &options()).await.unwrap();
    let full = full_queue(amqp).await;
    check::results_are_accepted_before_jobs_are_acknowledged(
        &jobs,
        &mut worker,
        &results,
        &full,
        &mut collector,
    )
    .await;
}

/// A queue of one place, that takes no more once the broker has seen it full.
async fn full_queue(amqp: &Amqp) -> portway_rpc::pattern::amqp::AmqpPush<Job, Protobuf> {
    let small = options()
        .capacity(1)
        .send_timeout(Duration::from_millis(500));
    let full = amqp.push(&FULL, &small).await.unwrap();
    for number in 0..10 {
        match full.push(Job::new(number)).await {
            Ok(()) => {}
            Err(SendError::Full) => return full,
            Err(error) => panic!("not a full queue: {error}"),
        }
    }
    panic!("a queue of one place took ten jobs");
}

async fn subscriptions(amqp: &Amqp) {
    let mut first = amqp
        .durable_subscriber(&TOPIC, "billing", &options())
        .await
        .unwrap();
    let mut second = amqp
        .durable_subscriber(&TOPIC, "shipping", &options())
        .await
        .unwrap();
    let publisher = amqp.reliable_publisher(&TOPIC, &options()).await.unwrap();
    check::every_subscription_gets_every_message(&publisher, &mut first, &mut second).await;
}

async fn refusals(amqp: &Amqp) {
    let other = options().delivery_limit(DELIVERY_LIMIT + 1);
    let refused = amqp.pull(&JOBS, &other).await;
    assert!(
        matches!(refused, Err(ReceiveError::Refused { .. })),
        "{refused:?}"
    );
}
