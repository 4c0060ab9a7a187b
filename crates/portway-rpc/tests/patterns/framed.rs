//! The checks over framed connections of a server in this process.

use portway_rpc::{
    FramedListener, FramedOptions, Protobuf, Server, Target,
    pattern::{
        Publisher as _, Pull as _, Push as _, Queue, ReceiveError, Received, Subscriber as _,
        Topic,
        conformance::{self as check, DELIVERY_LIMIT, Job, PATIENCE},
        framed::{Hub, HubClient},
        local::LocalQueueOptions,
    },
};
use tokio::task::JoinHandle;

const TOPIC: Topic<Job, Protobuf> = Topic::new("check.topic");
const QUEUE: Queue<Job> = Queue::new("check.queue");
const RESULTS: Queue<Job> = Queue::new("check.results");

/// Serves a hub over TCP until the task is aborted.
async fn serve(hub: &Hub) -> (HubClient, JoinHandle<()>) {
    let options = FramedOptions::new();
    let listener = FramedListener::tcp("127.0.0.1:0", options.clone())
        .await
        .unwrap();
    let target = Target::Tcp(listener.address().unwrap().to_string());
    let server = Server::builder().service(hub.clone()).listen(listener);
    let server = tokio::spawn(async move {
        server.serve(std::future::pending()).await.unwrap();
    });
    (HubClient::connect(target, options).await.unwrap(), server)
}

fn reliable() -> LocalQueueOptions {
    LocalQueueOptions::default().delivery_limit(DELIVERY_LIMIT)
}

#[tokio::test]
async fn every_subscriber_gets_every_message() {
    let hub = Hub::new();
    let publisher = hub.publisher(&TOPIC);
    let (client, _server) = serve(&hub).await;
    let mut first = client.subscriber(&TOPIC).await.unwrap();
    let mut second = client.subscriber(&TOPIC).await.unwrap();
    check::every_subscriber_gets_every_message(&publisher, &mut first, &mut second).await;
    check::metadata_arrive(&publisher, &mut first).await;
}

#[tokio::test]
async fn a_slow_subscriber_is_told_how_much_it_missed() {
    let hub = Hub::new();
    let publisher = hub.publisher(&TOPIC);
    let (client, _server) = serve(&hub).await;
    let mut subscriber = client.subscriber(&TOPIC).await.unwrap();
    // More than the topic keeps and the connection holds.
    let flood = 1_000_000;
    check::slow_subscribers_are_told_how_much_they_missed(&publisher, &mut subscriber, flood).await;
}

#[tokio::test]
async fn a_subscriber_gets_all_that_there_is_before_the_end() {
    let hub = Hub::new();
    let publisher = hub.publisher(&TOPIC);
    let (client, _server) = serve(&hub).await;
    let mut subscriber = client.subscriber(&TOPIC).await.unwrap();
    publisher.publish(Job::new(1)).await.unwrap();
    hub.close();
    let next = tokio::time::timeout(PATIENCE, subscriber.next())
        .await
        .unwrap();
    assert!(matches!(next, Ok(Received::Message(_))), "{next:?}");
    let next = tokio::time::timeout(PATIENCE, subscriber.next())
        .await
        .unwrap();
    assert!(matches!(next, Err(ReceiveError::Closed)), "{next:?}");
}

#[tokio::test]
async fn each_job_goes_to_one_worker() {
    let hub = Hub::new();
    let push = hub.push(&QUEUE);
    let (client, _server) = serve(&hub).await;
    let mut first = client.pull(&QUEUE).await.unwrap();
    let mut second = client.pull(&QUEUE).await.unwrap();
    check::each_job_goes_to_one_worker(&push, &mut first, &mut second).await;
}

#[tokio::test]
async fn no_job_is_lost_while_the_connection_lives() {
    const JOBS: u64 = 200_000;
    let hub = Hub::new();
    let push = hub.push(&QUEUE);
    let (client, _server) = serve(&hub).await;
    let mut worker = client.pull(&QUEUE).await.unwrap();
    let pushing = tokio::spawn(async move {
        for number in 0..JOBS {
            push.push(Job::new(number)).await.unwrap();
        }
    });
    for number in 0..JOBS {
        let job = tokio::time::timeout(PATIENCE, worker.pull()).await.unwrap();
        let job = job.unwrap().into_message().unwrap();
        assert_eq!(job.body.number, number);
    }
    pushing.await.unwrap();
}

#[tokio::test]
async fn notifications_do_not_wait() {
    let hub = Hub::new();
    check::notifications_do_not_wait(&hub.push(&QUEUE));
}

#[tokio::test]
async fn jobs_are_kept_until_they_are_acknowledged() {
    let hub = Hub::new();
    let (push, _) = hub.reliable_push(&QUEUE, reliable());
    let (client, _server) = serve(&hub).await;
    let mut worker = client.reliable_pull(&QUEUE, 16).await.unwrap();
    check::acknowledged_jobs_do_not_come_again(&push, &mut worker).await;
    check::given_back_jobs_come_again_after_their_delay(&push, &mut worker).await;
    check::jobs_of_a_dropped_worker_come_again(&push, &mut worker).await;
}

#[tokio::test]
async fn jobs_that_cannot_be_done_become_dead_letters() {
    let hub = Hub::new();
    let (push, queue) = hub.reliable_push(&QUEUE, reliable());
    let mut dead = queue.dead_letters();
    let (client, _server) = serve(&hub).await;
    let mut worker = client.reliable_pull(&QUEUE, 16).await.unwrap();
    check::jobs_beyond_the_limit_become_dead_letters(&push, &mut worker, &mut dead).await;
    check::terminated_jobs_become_dead_letters(&push, &mut worker, &mut dead).await;
}

#[tokio::test]
async fn results_are_accepted_before_jobs_are_acknowledged() {
    let hub = Hub::new();
    let (jobs, _) = hub.reliable_push(&QUEUE, reliable());
    let (results, mut collector) = hub.reliable_push(&RESULTS, reliable());
    let (closed, _) = crate::refusing_queue();
    let (client, _server) = serve(&hub).await;
    let mut worker = client.reliable_pull(&QUEUE, 16).await.unwrap();
    check::results_are_accepted_before_jobs_are_acknowledged(
        &jobs,
        &mut worker,
        &results,
        &closed,
        &mut collector,
    )
    .await;
}

#[tokio::test]
async fn jobs_of_a_worker_whose_connection_is_cut_go_to_another() {
    let hub = Hub::new();
    let (push, _) = hub.reliable_push(&QUEUE, reliable());
    let (client, server) = serve(&hub).await;
    let mut worker = client.reliable_pull(&QUEUE, 16).await.unwrap();
    push.push(Job::new(1)).await.unwrap();
    let held = tokio::time::timeout(PATIENCE, worker.pull())
        .await
        .unwrap()
        .unwrap();
    server.abort();
    let (client, _server) = serve(&hub).await;
    let mut other = client.reliable_pull(&QUEUE, 16).await.unwrap();
    let again = tokio::time::timeout(PATIENCE, other.pull())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((again.body().number, again.attempt()), (1, 2));
    again.ack().await.unwrap();
    drop(held);
}

#[tokio::test]
async fn what_the_hub_does_not_serve_is_refused_with_its_reason() {
    let hub = Hub::new();
    let _publisher = hub.publisher(&TOPIC);
    let (client, _server) = serve(&hub).await;
    let other_codec: Topic<Job> = Topic::new("check.topic");
    let refused = client
        .subscriber(&other_codec)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("application/json"), "{refused}");
    let refused = client.pull(&QUEUE).await.unwrap_err().to_string();
    assert!(refused.contains("check.queue"), "{refused}");
}
