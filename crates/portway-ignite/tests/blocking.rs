//! The blocking face, against the grid.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::blocking::Client;
use portway_ignite::{
    CacheConfiguration, CacheEvent, ClientConfiguration, ContinuousQuery, Error, ScanQuery,
};

#[test]
fn a_program_without_a_runtime_reads_writes_and_scans() {
    let client = Client::connect(ClientConfiguration::new([grid()])).unwrap();
    assert!(client.connection_state().is_connected());
    let cache = client
        .create_cache::<String, i32>(CacheConfiguration::new("numbers"))
        .unwrap();
    cache.put("one", &1).unwrap();
    assert!(!cache.put_if_absent("one", &2).unwrap());
    assert!(cache.replace_if_equals("one", &1, &3).unwrap());
    assert_eq!(cache.get("one").unwrap(), Some(3));
    let entries: Result<BTreeMap<String, i32>, Error> =
        cache.scan(ScanQuery::new()).unwrap().collect();
    assert_eq!(entries.unwrap(), BTreeMap::from([("one".to_owned(), 3)]));
    assert_eq!(cache.get_and_remove("one").unwrap(), Some(3));
    assert_eq!(cache.size().unwrap(), 0);
}

#[test]
fn events_arrive_while_another_thread_writes() {
    let client = Client::connect(ClientConfiguration::new([grid()])).unwrap();
    let cache = client
        .create_cache::<i32, i32>(CacheConfiguration::new("events"))
        .unwrap();
    let events = cache.continuous_query(ContinuousQuery::new()).unwrap();
    let writer = thread::spawn(move || {
        for key in 0..10 {
            cache.put(&key, &key).unwrap();
        }
    });
    for (key, event) in (0..10).zip(events) {
        assert_eq!(event.unwrap(), CacheEvent::Created { key, value: key });
    }
    writer.join().unwrap();
}

#[test]
fn a_cursor_outlives_its_client() {
    let client = Client::connect(ClientConfiguration::new([grid()])).unwrap();
    let cache = client
        .create_cache::<i32, i32>(CacheConfiguration::new("outlived"))
        .unwrap();
    cache.put(&1, &1).unwrap();
    let cursor = cache.scan(ScanQuery::new()).unwrap();
    drop((client, cache));
    assert_eq!(cursor.map(Result::unwrap).collect::<Vec<_>>(), [(1, 1)]);
}

/// The address of a grid that lives as long as the process.
fn grid() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
            let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
            tell.send(listener.address().to_string()).unwrap();
            grid.serve(listener);
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}
