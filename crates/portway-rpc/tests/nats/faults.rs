//! Servers that die, and what is left then.

use std::{collections::BTreeSet, time::Duration};

use portway_rpc::pattern::{
    Missed, Publisher as _, Pull as _, Push as _, Queue, Received, Subscriber as _, Topic,
    conformance::{Job, PATIENCE},
    nats::JetStreamOptions,
};

use crate::brokers::nats::NatsServer;

const TOPIC: Topic<Job> = Topic::new("fault.topic");
const QUEUE: Queue<Job> = Queue::new("fault.queue");

/// Jobs that go through a server which is killed twice meanwhile.
const JOBS: u64 = 3000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_job_is_lost_with_a_killed_server() {
    let Some(mut server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    let stream = nats.jetstream();
    let options = JetStreamOptions::default()
        .acknowledgement_wait(Duration::from_secs(3))
        .delivery_limit(100);
    let push = stream.push(&QUEUE, &options).await.unwrap();
    let mut worker = stream.pull(&QUEUE, &options).await.unwrap();
    let pushing = tokio::spawn(async move {
        for number in 0..JOBS {
            push.push(Job::new(number)).await.unwrap();
        }
    });
    let (mut done, mut kills) = (BTreeSet::new(), 0);
    while (done.len() as u64) < JOBS {
        let job = tokio::time::timeout(PATIENCE, worker.pull()).await;
        let job = job.expect("jobs keep coming").unwrap();
        done.insert(job.body().number);
        // What the server does not hear comes again.
        let _ = job.ack().await;
        if done.len() as u64 > (kills + 1) * JOBS / 3 && kills < 2 {
            kills += 1;
            tokio::task::block_in_place(|| {
                server.kill();
                server.revive();
            });
        }
    }
    pushing.await.unwrap();
    assert_eq!(kills, 2);
    assert_eq!(done, (0..JOBS).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_is_told_that_the_connection_was_lost() {
    let Some(mut server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    let mut subscriber = nats.subscriber(&TOPIC).await.unwrap();
    tokio::task::block_in_place(|| {
        server.kill();
        server.revive();
    });
    let told = tokio::time::timeout(PATIENCE, subscriber.next()).await;
    assert_eq!(
        told.unwrap().unwrap(),
        Received::Missed(Missed::Interrupted)
    );
    let publisher = nats.publisher(&TOPIC);
    // The subscription is made again some time after the connection: publish until it is.
    let publishing = async {
        loop {
            publisher.publish(Job::new(1)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let message = tokio::time::timeout(PATIENCE, async {
        tokio::select! {
            message = subscriber.next() => message,
            () = publishing => unreachable!("it publishes for ever"),
        }
    });
    let message = message.await.unwrap().unwrap();
    assert_eq!(message.into_message().unwrap().body, Job::new(1));
}
