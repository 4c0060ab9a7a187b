//! Groups, and the offsets that they commit.

use std::collections::BTreeSet;

use portway_kafka::{Consumer, ConsumerOptions, Kafka, ProducerOptions, Record};
use portway_rpc::pattern::Topic;

use crate::{
    broker::Broker,
    order::{Order, soon},
};

/// Sends orders with the numbers from 0, with one key: to one partition.
async fn send(kafka: &Kafka, topic: &Topic<Order>, count: u64) {
    let producer = kafka.producer(topic, &ProducerOptions::new()).unwrap();
    for number in 0..count {
        let sent = soon(producer.send_keyed("one", Order { number })).await;
        sent.unwrap();
    }
}

fn member(kafka: &Kafka, topic: &Topic<Order>) -> Consumer<Order> {
    let options = ConsumerOptions::new();
    kafka.consumer(topic, "check", &options).unwrap()
}

async fn next(consumer: &mut Consumer<Order>) -> Record<Order> {
    soon(consumer.poll()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_goes_on_behind_what_it_committed() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    const TOPIC: Topic<Order> = Topic::new("check.committed");
    let kafka = broker.kafka();
    send(&kafka, &TOPIC, 6).await;
    let mut first = member(&kafka, &TOPIC);
    for number in 0..4 {
        let record = next(&mut first).await;
        assert_eq!(record.body().number, number);
        if number == 2 {
            soon(first.commit(record.position())).await.unwrap();
        }
    }
    tokio::task::block_in_place(|| drop(first));
    let mut second = member(&kafka, &TOPIC);
    for number in 3..6 {
        assert_eq!(next(&mut second).await.body().number, number);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seek_goes_back_and_another_group_begins_at_the_start() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    const TOPIC: Topic<Order> = Topic::new("check.seek");
    let kafka = broker.kafka();
    send(&kafka, &TOPIC, 4).await;
    let mut consumer = member(&kafka, &TOPIC);
    let first = next(&mut consumer).await;
    let last = loop {
        let record = next(&mut consumer).await;
        if record.body().number == 3 {
            break record;
        }
    };
    soon(consumer.commit(last.position())).await.unwrap();
    soon(consumer.seek(first.position())).await.unwrap();
    assert_eq!(next(&mut consumer).await.body().number, 0);
    let options = ConsumerOptions::new();
    let mut other = kafka.consumer(&TOPIC, "other", &options).unwrap();
    assert_eq!(next(&mut other).await.body().number, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_share_the_partitions() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    const TOPIC: Topic<Order> = Topic::new("check.shared");
    let kafka = broker.kafka();
    // The topic is there then, with its three partitions.
    send(&kafka, &TOPIC, 1).await;
    let (mut first, mut second) = (member(&kafka, &TOPIC), member(&kafka, &TOPIC));
    let both_have_some = async {
        loop {
            let mine: BTreeSet<i32> = first.assignment().unwrap().into_iter().collect();
            let others: BTreeSet<i32> = second.assignment().unwrap().into_iter().collect();
            let all = mine.union(&others).count() == 3;
            if all && mine.is_disjoint(&others) && !mine.is_empty() && !others.is_empty() {
                return;
            }
            // A member learns what the group decided when it polls; there is one record for both.
            let moment = std::time::Duration::from_millis(50);
            let _none = tokio::time::timeout(moment, first.poll()).await;
            let _none = tokio::time::timeout(moment, second.poll()).await;
        }
    };
    soon(both_have_some).await;
}
