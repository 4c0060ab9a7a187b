//! Serves a grid until Ctrl-C:
//! `RUST_LOG=debug cargo run -p portway-grid --example serve -- 127.0.0.1:10800 [FOLDER]`.

use std::error::Error;

use portway_grid::{Grid, GridConfiguration, Listener};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example talks to its user")]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let configuration = match arguments.next() {
        Some(folder) => GridConfiguration::durable(folder),
        None => GridConfiguration::in_memory(),
    };
    let grid = Grid::open(configuration)?;
    let listener = Listener::bind_tcp(address).await?;
    println!("ready listen={}", listener.address());
    grid.serve(listener);
    tokio::signal::ctrl_c().await?;
    println!("{:?}", grid.statistics());
    grid.shutdown().await;
    Ok(())
}
