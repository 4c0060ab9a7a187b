//! Publish-subscribe: every subscriber is told everything, and how much it missed.
//!
//! `cargo run --example publish_subscribe -- --listen 127.0.0.1:8090`, and in other terminals
//! `portway sub framed://127.0.0.1:8090/ticks --json`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod pattern;

use std::time::Duration;

use portway_rpc::pattern::{Publisher, Received, Subscriber, Topic, framed::Hub, local};
use serde::{Deserialize, Serialize};

/// The definition that both ends share: a name, a type and its codec (JSON unless told otherwise).
const TICKS: Topic<Tick> = Topic::new("ticks");

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tick {
    number: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pattern::Failure> {
    let hub = Hub::new();
    let publisher = hub.publisher(&TICKS);
    let publishing = async {
        in_the_process().await?;
        for number in 0.. {
            publisher.publish(Tick { number }).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    };
    pattern::serve(&hub, "127.0.0.1:8090", publishing).await
}

/// The same roles in one process, where bodies move as values.
async fn in_the_process() -> Result<(), pattern::Failure> {
    let topic = local::topic(2);
    let mut subscriber = topic.subscribe();
    for number in 0..5 {
        topic.publish(Tick { number }).await?;
    }
    for _ in 0..3 {
        match subscriber.next().await? {
            Received::Message(message) => println!("tick {}", message.body.number),
            Received::Missed(missed) => println!("too slow: {missed}"),
        }
    }
    Ok(())
}
