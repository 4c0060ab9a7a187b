//! Serves a grid whose clients can run a compute task and call a service, both functions of this
//! program: `cargo run -p portway-grid --example functions -- 127.0.0.1:10800`.
//!
//! In Java: `client.compute().execute("org.example.CountWords", "to be or not to be")` and
//! `client.services().serviceProxy("rates", Rates.class).convert(100, "EUR", "USD")`.

use std::error::Error;

use portway_grid::{Grid, GridConfiguration, Limits, Listener, Service};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example talks to its user")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());

    let mut limits = Limits::default();
    // As on a real node, clients may run no tasks unless they are allowed some.
    limits.tasks_per_connection = 64;
    let configuration = GridConfiguration::in_memory()
        .limits(limits)
        .task("org.example.CountWords", |_, text: String| count(text))
        .service(rates());

    let grid = Grid::open(configuration)?;
    let listener = Listener::bind_tcp(address).await?;
    println!("ready listen={}", listener.address());
    grid.serve(listener);
    tokio::signal::ctrl_c().await?;
    grid.shutdown().await;
    Ok(())
}

/// What takes the processor for long belongs on a thread of its own: others are served meanwhile.
async fn count(text: String) -> Result<i32, String> {
    let words = tokio::task::spawn_blocking(move || text.split_whitespace().count()).await;
    let words = words.map_err(|error| error.to_string())?;
    i32::try_from(words).map_err(|error| error.to_string())
}

fn rates() -> Service {
    Service::new("rates", "org.example.Rates")
        .method("convert", |_, (amount, from, to)| convert(amount, from, to))
        .method(
            "tenant",
            |call, ()| async move { Ok(call.attribute("tenant")) },
        )
}

/// A failure is told to the caller as the message of its exception.
async fn convert(amount: i64, from: String, to: String) -> Result<i64, String> {
    match (from.as_str(), to.as_str()) {
        ("EUR", "USD") => Ok(amount * 11 / 10),
        ("USD", "EUR") => Ok(amount * 10 / 11),
        _ => Err(format!("no rate from {from} to {to} is known")),
    }
}
