//! What becomes of one record.

use std::time::{Duration, SystemTime};

use portway_kafka::{ConsumerOptions, Kafka, PollError, Position, ProducerOptions};
use portway_rpc::{
    Metadata, TraceParent,
    pattern::{Message, SendError, Topic},
};

use crate::{
    broker::Broker,
    order::{Order, soon},
};

const GROUP: &str = "check";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_comes_with_its_position_key_metadata_and_trace() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    const TOPIC: Topic<Order> = Topic::new("check.whole");
    let (kafka, trace) = (broker.kafka(), TraceParent::start(true));
    let mut metadata = Metadata::new();
    metadata.append("tenant", "north").unwrap();
    metadata
        .append_binary("picture-bin", vec![0, 255, 10])
        .unwrap();
    let message = Message::new(Order { number: 7 }).with_metadata(metadata);
    let message = message
        .with_trace(trace)
        .with_timeout(Duration::from_secs(3));
    let producer = kafka.producer(&TOPIC, &ProducerOptions::new()).unwrap();
    let sent = soon(producer.send_keyed("blue", message.clone())).await;
    let mut consumer = kafka
        .consumer(&TOPIC, GROUP, &ConsumerOptions::new())
        .unwrap();
    let record = soon(consumer.poll()).await.unwrap();
    assert_eq!(record.position(), sent.unwrap());
    assert_eq!(record.key().unwrap(), "blue");
    assert!(record.timestamp().unwrap() <= SystemTime::now());
    assert_eq!(record.message().trace(), Some(trace));
    assert_eq!(record.message().timeout(), Some(Duration::from_secs(3)));
    assert_eq!(record.into_message(), message);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_nobody_can_read_is_told_and_can_be_gone_past() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    const TOPIC: Topic<Order> = Topic::new("check.malformed");
    const WRONG: Topic<String> = Topic::new("check.malformed");
    const FOREIGN: Topic<u64, portway_rpc::Protobuf> = Topic::new("check.malformed");
    let (kafka, options) = (broker.kafka(), ProducerOptions::new());
    let wrong = kafka.producer(&WRONG, &options).unwrap();
    let first = soon(wrong.send_keyed("a", "nonsense".to_owned())).await;
    let foreign = kafka.producer(&FOREIGN, &options).unwrap();
    let second = soon(foreign.send_keyed("a", 7)).await.unwrap();
    let right = kafka.producer(&TOPIC, &options).unwrap();
    soon(right.send_keyed("a", Order { number: 7 }))
        .await
        .unwrap();
    let mut consumer = kafka
        .consumer(&TOPIC, GROUP, &ConsumerOptions::new())
        .unwrap();
    for expected in [first.unwrap(), second] {
        match soon(consumer.poll()).await {
            Err(PollError::Malformed { position, .. }) => {
                assert_eq!(position, expected);
                soon(consumer.commit(position)).await.unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(soon(consumer.poll()).await.unwrap().body().number, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_too_large_is_refused_by_name() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    const TOPIC: Topic<String> = Topic::new("check.large");
    let options = ProducerOptions::new().maximum_size(2000);
    let producer = broker.kafka().producer(&TOPIC, &options).unwrap();
    let refused = soon(producer.send("x".repeat(3000))).await;
    assert!(
        matches!(refused, Err(SendError::TooLarge { limit: 2000, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn without_a_broker_a_send_ends_with_its_time() {
    const TOPIC: Topic<String> = Topic::new("nowhere");
    let options = ProducerOptions::new().timeout(Duration::from_millis(500));
    let producer = Kafka::new("127.0.0.1:1").producer(&TOPIC, &options);
    let sent = soon(producer.unwrap().send("lost".to_owned())).await;
    assert!(
        matches!(sent, Err(SendError::Unconfirmed { .. })),
        "{sent:?}"
    );
}

#[tokio::test]
async fn an_option_that_librdkafka_does_not_know_is_told() {
    const TOPIC: Topic<String> = Topic::new("nowhere");
    let kafka = Kafka::new("127.0.0.1:1").property("no.such.option", "1");
    let refused = kafka.producer(&TOPIC, &ProducerOptions::new());
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("no.such.option"), "{text}");
}

#[test]
fn a_position_is_shown_in_words() {
    let position = Position::new(2, 40);
    assert_eq!(position.to_string(), "offset 40 of partition 2");
}
