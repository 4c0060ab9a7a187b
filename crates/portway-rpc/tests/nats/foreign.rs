//! The NATS client of Python on the other side, in both directions.

use portway_rpc::pattern::{
    Message, Publisher as _, Pull as _, Push as _, Queue, Subscriber as _, Topic,
    conformance::{Job, PATIENCE},
    nats::JetStreamOptions,
};
use tokio::time::timeout;

use crate::brokers::{
    foreign::{COUNT, Foreign, TRACE, script},
    nats::NatsServer,
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
async fn python_publishes_and_subscribes() {
    let (Some(server), Some(script)) = (NatsServer::start(), script()) else {
        return;
    };
    let (address, count) = (server.address(), COUNT.to_string());
    let nats = server.connect().await;
    let arguments = |command| ["nats", &address, command, "foreign.topic", &count];

    let mut subscriber = nats.subscriber(&TOPIC).await.unwrap();
    Foreign::start(&script, &arguments("publish"))
        .finish()
        .await;
    for number in 0..COUNT {
        let found = timeout(PATIENCE, subscriber.next()).await.unwrap().unwrap();
        check(&found.into_message().unwrap(), number);
    }
    let mut python = Foreign::start(&script, &arguments("subscribe"));
    python.ready().await;
    for number in 0..COUNT {
        nats.publisher(&TOPIC)
            .publish(message(number))
            .await
            .unwrap();
    }
    python.expect_messages().await;
    python.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_pushes_and_pulls() {
    let (Some(server), Some(script)) = (NatsServer::start(), script()) else {
        return;
    };
    let (address, count) = (server.address(), COUNT.to_string());
    let stream = server.connect().await.jetstream();
    let arguments = |command| ["nats", &address, command, "foreign.queue", &count];
    let options = JetStreamOptions::default();
    let push = stream.push(&QUEUE, &options).await.unwrap();
    let mut worker = stream.pull(&QUEUE, &options).await.unwrap();

    Foreign::start(&script, &arguments("push")).finish().await;
    for number in 0..COUNT {
        let job = timeout(PATIENCE, worker.pull()).await.unwrap().unwrap();
        check(job.message(), number);
        job.ack().await.unwrap();
    }
    drop(worker);
    for number in 0..COUNT {
        push.push(message(number)).await.unwrap();
    }
    let mut python = Foreign::start(&script, &arguments("pull"));
    python.ready().await;
    python.expect_messages().await;
    python.finish().await;
}
