//! A broker that dies, and what is left then.

use std::collections::BTreeSet;

use portway_rpc::pattern::{
    Missed, Pull as _, Push as _, Queue, Received, Subscriber as _, Topic,
    amqp::{Amqp, AmqpOptions},
    conformance::{Job, PATIENCE},
};

use crate::brokers::rabbitmq::RabbitMq;

const TOPIC: Topic<Job> = Topic::new("fault.topic");
const QUEUE: Queue<Job> = Queue::new("fault.queue");

/// Jobs that go through a broker which is killed meanwhile.
const JOBS: u64 = 2000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_job_is_lost_with_a_killed_broker() {
    let Some(mut broker) = RabbitMq::start() else {
        return;
    };
    let amqp = Amqp::connect(&broker.address()).await.unwrap();
    let options = AmqpOptions::default()
        .delivery_limit(100)
        .send_timeout(PATIENCE * 3);
    let push = amqp.push(&QUEUE, &options).await.unwrap();
    let mut worker = amqp.pull(&QUEUE, &options).await.unwrap();
    let mut subscriber = amqp.subscriber(&TOPIC).await.unwrap();
    let pushing = tokio::spawn(async move {
        for number in 0..JOBS {
            push.push(Job::new(number)).await.unwrap();
        }
    });
    let (mut done, mut killed) = (BTreeSet::new(), false);
    while (done.len() as u64) < JOBS {
        let job = tokio::time::timeout(PATIENCE * 3, worker.pull()).await;
        let job = job.expect("jobs keep coming").unwrap();
        done.insert(job.body().number);
        // What the broker does not hear comes again.
        let _ = job.ack().await;
        if done.len() as u64 > JOBS / 2 && !killed {
            killed = true;
            tokio::task::block_in_place(|| {
                broker.kill();
                broker.revive();
            });
        }
    }
    pushing.await.unwrap();
    assert_eq!(done, (0..JOBS).collect());
    let told = tokio::time::timeout(PATIENCE, subscriber.next()).await;
    let told = told.expect("the subscriber is told").unwrap();
    assert_eq!(told, Received::Missed(Missed::Interrupted));
}
