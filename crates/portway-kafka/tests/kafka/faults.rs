//! Workers and brokers that die, and what is left then.

use std::{collections::BTreeSet, process::Stdio, time::Duration};

use portway_kafka::{ConsumerOptions, Kafka, PollError, ProducerOptions};
use portway_rpc::pattern::Topic;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{
    broker::Broker,
    order::{Order, PATIENCE, soon},
};

const TOPIC: Topic<Order> = Topic::new("fault.orders");

/// Orders that go through a broker which is killed, to workers which are killed.
const ORDERS: u64 = 2000;

/// Where a worker finds its broker; set in the processes of workers only.
const WORKER: &str = "PORTWAY_TEST_KAFKA_WORKER";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_with_killed_workers_and_a_killed_broker() {
    let Some(mut broker) = Broker::start() else {
        return;
    };
    let options = ProducerOptions::new().timeout(PATIENCE);
    let producer = broker.kafka().producer(&TOPIC, &options).unwrap();
    let sending = tokio::spawn(async move {
        for number in 0..ORDERS {
            let key = [u8::try_from(number % 7).unwrap()];
            let sent = producer.send_keyed(key, Order { number }).await;
            sent.expect("it goes through in the end");
        }
    });
    let (mut done, mut faults) = (BTreeSet::new(), 0);
    let mut worker = Worker::start(&broker.address());
    while (done.len() as u64) < ORDERS {
        done.insert(soon(worker.next()).await);
        if done.len() as u64 <= (faults + 1) * ORDERS / 4 || faults == 3 {
            continue;
        }
        faults += 1;
        if faults == 2 {
            tokio::task::block_in_place(|| broker.crash());
        } else {
            // What it had done when it died counts.
            done.extend(soon(worker.kill()).await);
            worker = Worker::start(&broker.address());
        }
    }
    soon(sending).await.unwrap();
    assert_eq!(faults, 3);
    assert_eq!(done, (0..ORDERS).collect());
}

/// A process that writes the numbers of the orders that it has done, and then commits them.
struct Worker {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn start(broker: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        command
            .args(["faults::works_until_it_is_killed", "--exact", "--ignored"])
            .arg("--nocapture")
            .env(WORKER, broker)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Returns the next order that it has done.
    async fn next(&mut self) -> u64 {
        self.read().await.expect("it does not end by itself")
    }

    /// `kill -9`; returns what it had done that was not read yet.
    async fn kill(mut self) -> Vec<u64> {
        self.child.kill().await.unwrap();
        let mut rest = Vec::new();
        while let Some(number) = self.read().await {
            rest.push(number);
        }
        rest
    }

    async fn read(&mut self) -> Option<u64> {
        loop {
            let line = self.lines.next_line().await.unwrap()?;
            // The harness writes lines of its own, and a killed process half a line.
            if let Some(number) = line
                .strip_prefix("done ")
                .and_then(|it| it.strip_suffix('.'))
            {
                return Some(number.parse().unwrap());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is the process of a worker, which another test starts"]
async fn works_until_it_is_killed() {
    let Ok(broker) = std::env::var(WORKER) else {
        return;
    };
    let options = ConsumerOptions::new().session_timeout(Duration::from_secs(2));
    let consumer = Kafka::new(broker).consumer(&TOPIC, "workers", &options);
    let mut consumer = consumer.unwrap();
    loop {
        match consumer.poll().await {
            Ok(record) => {
                println!("done {}.", record.body().number);
                // What the broker does not hear comes again.
                let _again = consumer.commit(record.position()).await;
            }
            // The topic may not be there yet, and the broker dies meanwhile.
            Err(PollError::Unavailable { .. } | PollError::Refused { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
