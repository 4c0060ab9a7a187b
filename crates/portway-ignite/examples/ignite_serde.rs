//! Any type of serde as a value, and any value as JSON.
//!
//! `cargo run -p portway-ignite --features serde --example ignite_serde -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{Cache, CacheConfiguration, Client, ClientConfiguration, Serde, Value};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename = "example.Job")]
struct Job {
    name: String,
    state: State,
}

#[derive(Serialize, Deserialize, Debug)]
enum State {
    Waiting,
    Running { on: String, since: u32 },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let jobs: Cache<i32, Serde<Job>> = client
        .get_or_create_cache(CacheConfiguration::new("example-jobs"))
        .await?;
    let states = [
        State::Waiting,
        State::Running {
            on: "node-1".to_owned(),
            since: 5,
        },
    ];
    for (number, state) in (1..).zip(states) {
        let name = format!("job {number}");
        jobs.put(&number, &Serde(Job { name, state })).await?;
    }
    println!("{:?}", jobs.get(&2).await?);

    // A program that does not know the types.
    let anything: Cache<Value, Value> = client.cache(jobs.name());
    if let Some(job) = anything.get(&Value::Int(2)).await? {
        println!("{}", serde_json::to_string(&job)?);
    }
    client.destroy_cache(jobs.name()).await?;
    Ok(())
}
