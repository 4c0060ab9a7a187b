//! The whole suite against the grid of `portway-grid`, over TCP with a password and over a Unix
//! socket without.

mod functions;
#[expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod suite;

use portway_grid::{Credentials, Grid, GridConfiguration, Listener};
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

/// The answer of a grid that lost its caches, as one in memory does with its last node.
#[tokio::test]
async fn a_handle_that_makes_its_cache_outlives_the_grid() {
    let first = Grid::open(GridConfiguration::in_memory()).expect("an empty grid opens");
    let listener = Listener::bind_tcp("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.address().to_string();
    first.serve(listener);
    let client = Client::connect(ClientConfiguration::new([&address])).await;
    let client = client.expect("the grid answers");
    let cache = client.cache::<i32, i32>("lasting").or_create();
    cache.put(&1, &10).await.expect("the cache is made");
    first.shutdown().await;

    let second = Grid::open(GridConfiguration::in_memory()).expect("an empty grid opens");
    let listener = Listener::bind_tcp(&address)
        .await
        .expect("its port is free");
    second.serve(listener);
    cache.put(&2, &20).await.expect("the cache is made again");
    assert_eq!(cache.get(&1).await.expect("the grid answers"), None);
    assert_eq!(cache.get(&2).await.expect("the grid answers"), Some(20));
}

/// What real nodes are not asked: 2.17 locks up when a cache is destroyed while a continuous query on it begins, whoever
/// begins it, and then answers nothing that needs its caches any more.
mod only_the_grid {
    use std::time::Duration;

    use portway_ignite::{Cache, CacheConfiguration};

    use crate::suite::near::{fresh_near, until};
    use crate::suite::soon;

    #[tokio::test]
    async fn of_a_destroyed_cache_nothing_is_left() {
        let client = crate::over_tcp().await.unwrap();
        let (cache, near) = fresh_near(&client, "near-destroyed").await;
        cache.put(&1, "old").await.unwrap();
        soon(until(&near, 1, Some("old"))).await;
        client.destroy_cache(cache.name()).await.unwrap();
        let configuration = CacheConfiguration::new(cache.name());
        let again: Cache<i32, String> = client.create_cache(configuration).await.unwrap();
        soon(async {
            while near.get(&1).await.unwrap().is_some() {
                // Any answer of the node that tells changes tells that something was destroyed.
                client.cache_names().await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        again.put(&1, "new").await.unwrap();
        soon(until(&near, 1, Some("new"))).await;
        client.destroy_cache(cache.name()).await.unwrap();
    }
}

#[cfg(unix)]
mod unix {
    crate::run_whole_suite!(crate::over_a_unix_socket);
}
