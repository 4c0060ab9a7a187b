//! Watches a client work: events as they happen, and its figures as Prometheus would read them.
//!
//! `cargo run -p portway-ignite --example ignite_observe -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{
    CacheConfiguration, Client, ClientConfiguration, ClientEvent, Error, Metrics,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let configuration = ClientConfiguration::new([address]).listener(report);
    let client = Client::connect(configuration).await?;
    let cache = client
        .get_or_create_cache::<i32, i32>(CacheConfiguration::new("observed"))
        .await?;
    for number in 0..100 {
        cache.put(&number, &(number * number)).await?;
    }
    println!("{}", exposition(&client.metrics()));
    client.close().await;
    Ok(())
}

/// Requests are left out: there are many, and the figures count them.
fn report(event: &ClientEvent<'_>) {
    match event {
        ClientEvent::RequestStarted { .. } | ClientEvent::RequestFinished { .. } => {}
        other => println!("# {other:?}"),
    }
}

/// The figures in the text format of Prometheus.
fn exposition(metrics: &Metrics) -> String {
    let mut lines = Vec::new();
    for operation in &metrics.operations {
        let name = operation.name;
        lines.push(format!(
            "ignite_errors_total{{operation={name:?}}} {}",
            operation.errors
        ));
        let mut below = 0;
        for (bound, count) in operation.latency.buckets() {
            below += count;
            let bound = bound.map_or("+Inf".to_owned(), |it| it.as_secs_f64().to_string());
            lines.push(format!(
                "ignite_seconds_bucket{{operation={name:?},le={bound:?}}} {below}"
            ));
        }
    }
    for node in &metrics.nodes {
        let address = node.address.to_string();
        lines.push(format!(
            "ignite_sent_bytes_total{{node={address:?}}} {}",
            node.bytes_sent
        ));
        lines.push(format!(
            "ignite_in_flight{{node={address:?}}} {}",
            node.in_flight
        ));
    }
    lines.join("\n")
}
