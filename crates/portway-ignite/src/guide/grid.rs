// What the examples of the guide run on. Included by each of them, so that none repeats it.

use std::error::Error;

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{Client, ClientConfiguration};

type Done = Result<(), Box<dyn Error>>;

/// Runs an example on a grid of its own.
#[allow(dead_code, reason = "each example uses one of them")]
fn on_grid(example: impl AsyncFnOnce(Client) -> Done) {
    run(async || {
        let grid = Grid::open(GridConfiguration::in_memory())?;
        let listener = Listener::bind_tcp("127.0.0.1:0").await?;
        let configuration = ClientConfiguration::new([listener.address()]);
        grid.serve(listener);
        example(Client::connect(configuration).await?).await
    });
}

/// Runs an example that waits on a grid of its own, which another thread serves.
#[allow(dead_code, reason = "each example uses one of them")]
fn beside_grid(example: impl FnOnce(String) -> Result<(), portway_ignite::Error>) {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        run(async || {
            let grid = Grid::open(GridConfiguration::in_memory())?;
            let listener = Listener::bind_tcp("127.0.0.1:0").await?;
            tell.send(listener.address().to_string())?;
            grid.serve(listener);
            std::future::pending().await
        });
    });
    example(told.recv().expect("the grid starts")).expect("the example works");
}

/// Runs an example on the Apache Ignite that the tests are given, or else on a grid of its own.
#[allow(dead_code, reason = "each example uses one of them")]
fn on_ignite(example: impl AsyncFnOnce(Client) -> Done) {
    let Ok(addresses) = std::env::var("PORTWAY_TEST_IGNITE") else {
        return on_grid(example);
    };
    run(async || {
        let configuration = ClientConfiguration::new(addresses.split(','));
        example(Client::connect(configuration).await?).await
    });
}

fn run(example: impl AsyncFnOnce() -> Done) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime starts");
    runtime.block_on(example()).expect("the example works");
}
