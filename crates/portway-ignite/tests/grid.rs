//! The whole suite against the grid of `portway-grid`, over TCP with a password and over a Unix
//! socket without.

mod functions;
#[expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod suite;

use portway_grid::{Credentials, Grid, Listener};
use portway_ignite::{Client, ClientConfiguration};

/// A client of a grid of its own, which lives as long as the runtime of the test.
async fn over_tcp() -> Option<Client> {
    let grid = Grid::open(functions::configuration()).expect("an empty grid opens");
    let listener = Listener::bind_tcp("127.0.0.1:0")
        .await
        .expect("a free port");
    let configuration =
        ClientConfiguration::new([listener.address()]).credentials("tester", "swordfish");
    grid.serve(listener.with_credentials(Credentials::new("tester", "swordfish")));
    let client = Client::connect(configuration)
        .await
        .expect("the grid answers");
    keep(grid);
    Some(client)
}

#[cfg(unix)]
async fn over_a_unix_socket() -> Option<Client> {
    let grid = Grid::open(functions::configuration()).expect("an empty grid opens");
    let folder = tempfile::tempdir().expect("a folder");
    let listener = Listener::bind_unix(folder.path().join("grid.sock")).expect("a socket");
    let configuration = ClientConfiguration::new([listener.address()]);
    grid.serve(listener);
    let client = Client::connect(configuration)
        .await
        .expect("the grid answers");
    keep((grid, folder));
    Some(client)
}

/// Keeps what a test needs until its runtime ends.
fn keep<T: Send + 'static>(kept: T) {
    tokio::spawn(async move {
        let _kept = kept;
        std::future::pending::<()>().await;
    });
}

mod tcp {
    crate::run_whole_suite!(crate::over_tcp);
}

#[cfg(unix)]
mod unix {
    crate::run_whole_suite!(crate::over_a_unix_socket);
}
