//! Pika on the other side, in both directions.

use portway_rpc::pattern::{
    Message, Publisher as _, Pull as _, Push as _, Queue, Subscriber as _, Topic,
    amqp::{Amqp, AmqpOptions},
    conformance::{Job, PATIENCE},
};
use tokio::time::timeout;

use crate::brokers::{
    foreign::{COUNT, Foreign, TRACE, script},
    rabbitmq::RabbitMq,
};

const TOPIC: Topic<Job> = Topic::new("foreign.topic");
const QUEUE: Queue<Job> = Queue::new("foreign.queue");

fn message(number: u64) -> Message<Job> {
    let mut message = Message::new(Job::new(number)).with_trace(TRACE.parse().unwrap());
    message.metadata.append("tenant", "north").unwrap();
    message
}

fn check(message: &Message<Job>, number: u64) {
    assert_eq!(message.body.number, number);
    assert_eq!(message.trace(), Some(TRACE.parse().unwrap()));
    assert_eq!(message.metadata.text("tenant"), Some("north"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pika_takes_part_in_both_patterns() {
    let Some(script) = script() else { return };
    let Some(broker) = RabbitMq::start() else {
        return;
    };
    let amqp = Amqp::connect(&broker.address()).await.unwrap();
    push_and_pull(&amqp, &broker.address(), &script).await;
    publish_and_subscribe(&amqp, &broker.address(), &script).await;
}

async fn push_and_pull(amqp: &Amqp, address: &str, script: &str) {
    let (count, options) = (COUNT.to_string(), AmqpOptions::default());
    let arguments = |command| ["rabbitmq", address, command, "foreign.queue", &count];
    let push = amqp.push(&QUEUE, &options).await.unwrap();
    let mut worker = amqp.pull(&QUEUE, &options).await.unwrap();
    Foreign::start(script, &arguments("push")).finish().await;
    for number in 0..COUNT {
        let job = timeout(PATIENCE, worker.pull()).await.unwrap().unwrap();
        check(job.message(), number);
        job.ack().await.unwrap();
    }
    drop(worker);
    let mut pika = Foreign::start(script, &arguments("pull"));
    pika.ready().await;
    for number in 0..COUNT {
        push.push(message(number)).await.unwrap();
    }
    pika.expect_messages().await;
    pika.finish().await;
}

async fn publish_and_subscribe(amqp: &Amqp, address: &str, script: &str) {
    let count = COUNT.to_string();
    let arguments = |command| ["rabbitmq", address, command, "foreign.topic", &count];
    let mut subscriber = amqp.subscriber(&TOPIC).await.unwrap();
    Foreign::start(script, &arguments("publish")).finish().await;
    for number in 0..COUNT {
        let found = timeout(PATIENCE, subscriber.next()).await.unwrap().unwrap();
        check(&found.into_message().unwrap(), number);
    }
    let mut pika = Foreign::start(script, &arguments("subscribe"));
    pika.ready().await;
    let publisher = amqp.publisher(&TOPIC);
    for number in 0..COUNT {
        publisher.publish(message(number)).await.unwrap();
    }
    pika.expect_messages().await;
    pika.finish().await;
}
