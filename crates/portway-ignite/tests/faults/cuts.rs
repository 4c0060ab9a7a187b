//! Connections that end at each single byte.

use std::time::Duration;

use portway_ignite::{CacheConfiguration, Client, ClientConfiguration, ReconnectPolicy};

use crate::fault::Direction;
use crate::proxy::{Plan, Proxy};
use crate::{grid, real_node};

/// More than the handshake and a few small operations are long, each way.
const BYTES: usize = 260;
const PATIENCE: Duration = Duration::from_secs(20);

fn configuration(address: &str) -> ClientConfiguration {
    let pauses = ReconnectPolicy::new(Duration::from_millis(1), Duration::from_millis(5));
    ClientConfiguration::new([address])
        // The nodes behind the proxy are not to be found.
        .discovery(false)
        .reconnect(pauses)
}

/// Whatever byte a connection ends at: an error that says so, or success on the next connection.
async fn cut_at(node: &str, direction: Direction, bytes: usize) {
    let proxy = Proxy::start(node, Plan::CutFirst(direction, bytes)).await;
    let client = match Client::connect(configuration(&proxy.address)).await {
        Ok(client) => client,
        Err(error) => {
            assert!(
                error.is_connection_error(),
                "{direction:?} {bytes}: {error:?}"
            );
            Client::connect(configuration(&proxy.address))
                .await
                .unwrap()
        }
    };
    let cache = client
        .get_or_create_cache::<i32, String>(CacheConfiguration::new("cuts"))
        .await
        .unwrap();
    // A write that was cut is not repeated by itself, and this one can be.
    while let Err(error) = cache.put(&1, "one").await {
        assert!(
            error.is_connection_error(),
            "{direction:?} {bytes}: {error:?}"
        );
    }
    let read = cache.get(&1).await.unwrap();
    assert_eq!(read.as_deref(), Some("one"), "{direction:?} {bytes}");
}

async fn cut_everywhere(node: &str, step: usize) {
    for direction in [Direction::ToServer, Direction::ToClient] {
        for bytes in (0..BYTES).step_by(step) {
            let ended = tokio::time::timeout(PATIENCE, cut_at(node, direction, bytes)).await;
            assert!(ended.is_ok(), "{direction:?} {bytes}: something hangs");
        }
    }
}

#[tokio::test]
async fn a_connection_to_a_grid_may_end_at_any_byte() {
    cut_everywhere(&grid().await, 1).await;
}

#[tokio::test]
async fn a_connection_to_a_real_node_may_end_at_any_byte() {
    if let Some(node) = real_node() {
        cut_everywhere(&node, 3).await;
    }
}
