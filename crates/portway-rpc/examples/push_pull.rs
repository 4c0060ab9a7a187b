//! Push-pull at least once: each job goes to one worker, and comes again until it is acknowledged.
//!
//! `cargo run --example push_pull -- --listen 127.0.0.1:8091`. The worker of this example is in the
//! same process; one in another process connects in the same way.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod pattern;

use std::{error::Error, time::Duration};

use portway_rpc::pattern::{
    Pull, Push, Queue,
    framed::Hub,
    local::{LocalQueueOptions, ReliablePull},
};
use serde::{Deserialize, Serialize};

const PICTURES: Queue<Picture> = Queue::new("pictures");

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Picture {
    path: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pattern::Failure> {
    let hub = Hub::new();
    let options = LocalQueueOptions::default().delivery_limit(3);
    let (push, worker) = hub.reliable_push(&PICTURES, options);
    tokio::spawn(show_dead_letters(worker.clone()));
    tokio::spawn(async move {
        if let Err(error) = shrink_pictures(worker).await {
            println!("the worker ends: {error}");
        }
    });
    let pushing = async {
        for number in 0.. {
            let path = format!("{number}.png");
            // Waits while the queue is full.
            push.push(Picture { path }).await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    };
    pattern::serve(&hub, "127.0.0.1:8091", pushing).await
}

async fn shrink_pictures(mut worker: ReliablePull<Picture>) -> Result<(), Box<dyn Error>> {
    loop {
        let job = worker.pull().await?;
        let (path, attempt) = (job.body().path.clone(), job.attempt());
        match path.as_str() {
            // Fails for now: again in a while, three times altogether.
            "3.png" => job.nack(Duration::from_millis(50)).await?,
            // Can never be done.
            "4.png" => job.term().await?,
            _ => job.ack().await?,
        }
        println!("{path}, attempt {attempt}");
    }
}

async fn show_dead_letters(worker: ReliablePull<Picture>) {
    let mut dead = worker.dead_letters();
    while let Ok(letter) = dead.pull().await {
        println!("nobody could shrink {}", letter.body().path);
        // The last to hear of it: there is nobody to tell that this failed.
        let _ = letter.ack().await;
    }
}
