//! A grid that stays awake between the requests of a client that waits for each answer.

mod common;

use std::time::{Duration, Instant};

use common::{DIALECT, RawClient, get, int, put, serve, soon};
use portway_grid::GridConfiguration;
use portway_ignite_protocol::{Incoming, RawValue, encode_request};

/// Requests by which both ways are tried and kept, several times.
const REQUESTS: i32 = 5000;

fn awake(limit: Duration) -> GridConfiguration {
    GridConfiguration::in_memory().stay_awake(limit)
}

#[tokio::test]
async fn clients_that_wait_for_each_answer_and_clients_that_do_not_are_answered() {
    let (_grid, address) = serve(awake(Duration::from_micros(50))).await;
    let mut one_by_one = RawClient::connect(&address).await;
    let header = one_by_one.create_cache("A").await;
    let mut ahead = RawClient::connect(&address).await;
    for id in 0..REQUESTS {
        one_by_one.ask::<()>(&put(header, &int(id), &int(id))).await;
        let mut two = encode_request(&get(header, &int(id)), 1, DIALECT)
            .unwrap()
            .to_vec();
        two.extend_from_within(..);
        ahead.send(&two).await;
        for _ in 0..2 {
            let (Incoming::Response(answer), _) = ahead.message().await else {
                panic!("a notification");
            };
            assert_eq!(answer.error, None);
        }
    }
    let last: RawValue = one_by_one.ask(&get(header, &int(REQUESTS - 1))).await;
    assert_eq!(last, int(REQUESTS - 1));
}

#[tokio::test]
async fn a_grid_that_is_awake_for_a_client_shuts_down() {
    let (grid, address) = serve(awake(Duration::from_millis(1))).await;
    let mut client = RawClient::connect(&address).await;
    let header = client.create_cache("A").await;
    for id in 0..200 {
        client.ask::<()>(&put(header, &int(id), &int(id))).await;
    }
    let begin = Instant::now();
    soon(grid.shutdown()).await;
    assert!(begin.elapsed() < Duration::from_secs(2));
}
