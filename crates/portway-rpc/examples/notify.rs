//! Fire and forget: a notification never waits, and says when it was dropped.
//!
//! `cargo run --example notify -- --listen 127.0.0.1:8092`, and in another terminal
//! `portway pull framed://127.0.0.1:8092/readings --json`. Without anybody who pulls, the queue is
//! full after a while.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod pattern;

use std::time::Duration;

use portway_rpc::pattern::{Notify, Queue, SendError, framed::Hub};

const READINGS: Queue<f64> = Queue::new("readings");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pattern::Failure> {
    let hub = Hub::new();
    let readings = hub.push(&READINGS);
    let measuring = async {
        let mut dropped = 0_u64;
        for number in 0_u32.. {
            match readings.notify(f64::from(number).sin()) {
                Ok(()) => {}
                Err(SendError::Full) => dropped += 1,
                Err(error) => return Err(error.into()),
            }
            if number % 1000 == 0 {
                println!("{number} readings, {dropped} dropped");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    };
    pattern::serve(&hub, "127.0.0.1:8092", measuring).await
}
