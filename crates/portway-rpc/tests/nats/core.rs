//! At most once.

use portway_rpc::{
    Protobuf,
    pattern::{
        Publisher as _, Queue, SendError, Topic,
        conformance::{self as check, Job},
        nats::{Nats, NatsOptions},
    },
};

use crate::brokers::nats::NatsServer;

const TOPIC: Topic<Job, Protobuf> = Topic::new("check.topic");
const QUEUE: Queue<Job> = Queue::new("check.queue");

/// Messages that overrun the backlog of a subscriber that does not read.
const FLOOD: u64 = 50_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscriber_gets_every_message() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    let mut first = nats.subscriber(&TOPIC).await.unwrap();
    let mut second = nats.subscriber(&TOPIC).await.unwrap();
    let publisher = nats.publisher(&TOPIC);
    check::every_subscriber_gets_every_message(&publisher, &mut first, &mut second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_arrive() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    let mut subscriber = nats.subscriber(&TOPIC).await.unwrap();
    check::metadata_arrive(&nats.publisher(&TOPIC), &mut subscriber).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_subscribers_are_told_how_much_they_missed() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let small = NatsOptions::default().backlog(1024);
    let nats = Nats::connect_with(&server.address(), small).await.unwrap();
    let mut subscriber = nats.subscriber(&TOPIC).await.unwrap();
    let publishing = server.connect().await;
    let publisher = publishing.publisher(&TOPIC);
    check::slow_subscribers_are_told_how_much_they_missed(&publisher, &mut subscriber, FLOOD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_job_goes_to_one_worker() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    let mut first = nats.pull(&QUEUE).await.unwrap();
    let mut second = nats.pull(&QUEUE).await.unwrap();
    check::each_job_goes_to_one_worker(&nats.push(&QUEUE), &mut first, &mut second).await;
}

/// On one thread, so that nothing is written while the check runs.
#[tokio::test]
async fn notifications_do_not_wait() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    check::notifications_do_not_wait(&nats.push(&QUEUE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_to_no_subject_is_refused_rather_than_dropped() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    for subject in ["a..b", "a.*", ">", ".a", "a."] {
        let publisher = nats.publisher(&Topic::<u64>::new(subject));
        let refused = publisher.publish(7).await;
        assert!(
            matches!(refused, Err(SendError::Refused { .. })),
            "{subject}: {refused:?}"
        );
    }
    // Such parts are nothing special within others.
    let publisher = nats.publisher(&Topic::<u64>::new("a*.b>"));
    publisher.publish(7).await.unwrap();
}
