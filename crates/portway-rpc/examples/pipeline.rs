//! A pipeline: workers pull a job, push its result to the next queue, and acknowledge the job only
//! when that has accepted it. No crash in between loses a job; a result may come twice.
//!
//! `cargo run --example pipeline -- --listen 127.0.0.1:8093`. The workers connect to the hub as they
//! would from other processes; with [`nats`](portway_rpc::pattern::nats) or RabbitMQ in its place
//! only the lines that open the queues change.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod pattern;

use std::time::Duration;

use portway_rpc::pattern::{
    Outcome, Pull, Push, Queue,
    framed::Hub,
    local::{LocalQueueOptions, ReliablePull, ReliablePush},
    work,
};

const NUMBERS: Queue<u64> = Queue::new("numbers");
const SQUARES: Queue<u64> = Queue::new("squares");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pattern::Failure> {
    let hub = Hub::new();
    let (numbers, unsquared) = hub.reliable_push(&NUMBERS, LocalQueueOptions::default());
    let (squares, mut collector) = hub.reliable_push(&SQUARES, LocalQueueOptions::default());
    for _ in 0..3 {
        tokio::spawn(square(unsquared.clone(), squares.clone()));
    }
    let running = async {
        for number in 0.. {
            numbers.push(number).await?;
            let result = collector.pull().await?;
            println!("{}", result.body());
            result.ack().await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    };
    pattern::serve(&hub, "127.0.0.1:8093", running).await
}

async fn square(mut numbers: ReliablePull<u64>, squares: ReliablePush<u64>) {
    let squaring = work(&mut numbers, &squares, |job| {
        let square = job.body.checked_mul(job.body);
        async move {
            match square {
                Some(square) => Outcome::Result(square),
                None => Outcome::Reject,
            }
        }
    });
    if let Err(error) = squaring.await {
        println!("a worker ends: {error}");
    }
}
