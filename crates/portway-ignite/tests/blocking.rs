//! The blocking face: against the grid, and against the real nodes of `PORTWAY_TEST_IGNITE` where
//! there are some.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::blocking::{Client, Transaction};
use portway_ignite::{
    AtomicLongOptions, AtomicityMode, CacheConfiguration, CacheEvent, Change, ClientConfiguration,
    ContinuousQuery, Error, NearOptions, ScanQuery, SetOptions, StreamerOptions,
    TransactionOptions, WatchOptions,
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

#[test]
fn what_has_no_namesake_can_be_waited_for() {
    let client = Client::connect(ClientConfiguration::new([grid()])).unwrap();
    let names = client.wait(client.asynchronous().cache_names()).unwrap();
    assert!(names.is_empty());
    let counted = client.metrics().operations;
    assert!(counted.iter().any(|it| it.name == "cache_names"));
    client.close();
    assert!(matches!(client.cache_names(), Err(Error::Closed)));
}

#[test]
fn changes_are_watched_and_kept_near() {
    let client = Client::connect(ClientConfiguration::new([grid()])).unwrap();
    let cache = client
        .create_cache::<i32, String>(CacheConfiguration::new("near"))
        .unwrap();
    let mut changes = cache.watch(WatchOptions::new()).unwrap();
    let near = cache.near(NearOptions::new()).unwrap();
    near.put(&1, "one").unwrap();
    assert_eq!(near.get(&1).unwrap().as_deref(), Some(&"one".to_owned()));
    let change = changes.next().unwrap().unwrap();
    assert!(matches!(change, Change::Event(_)), "{change:?}");
    near.remove(&1).unwrap();
    assert_eq!(near.get(&1).unwrap(), None);
}

/// A client of the real nodes, if there are some.
fn real() -> Option<Client> {
    let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
    Some(Client::connect(ClientConfiguration::new(addresses.split(','))).unwrap())
}

fn fresh(subject: &str) -> String {
    format!("blocking_{subject}_{}", uuid::Uuid::new_v4().simple())
}

#[test]
fn rows_are_written_and_read_with_sql() {
    let Some(client) = real() else { return };
    let table = fresh("table");
    let create = format!("CREATE TABLE {table} (id BIGINT PRIMARY KEY, name VARCHAR)");
    client.execute(create).unwrap();
    let insert = format!("INSERT INTO {table} (id, name) VALUES (?, ?)");
    let rows = [(1_i64, "one"), (2, "two")];
    assert_eq!(client.execute_batch(insert, rows).unwrap(), [1, 1]);
    let query = format!("SELECT name FROM {table} ORDER BY id");
    let names = client.sql(query).unwrap();
    assert_eq!(names.columns(), ["NAME"]);
    let names: Vec<String> = names.map(|row| row.unwrap().get(0).unwrap()).collect();
    assert_eq!(names, ["one", "two"]);
    client.execute(format!("DROP TABLE {table}")).unwrap();
}

#[test]
fn a_transaction_is_committed_or_rolled_back() {
    let Some(client) = real() else { return };
    let mut configuration = CacheConfiguration::new(fresh("accounts"));
    configuration.atomicity = AtomicityMode::Transactional;
    let name = configuration.name.clone();
    let cache = client.create_cache::<i32, i32>(configuration).unwrap();
    let put = |value| {
        let cache = cache.clone();
        move |transaction: &Transaction| cache.within(transaction).put(&1, &value)
    };
    client
        .transact(TransactionOptions::pessimistic(), put(7))
        .unwrap();
    let refused = client.transact(TransactionOptions::pessimistic(), |transaction| {
        put(8)(transaction)?;
        Err::<(), Error>(Error::Closed)
    });
    assert!(matches!(refused, Err(Error::Closed)));
    assert_eq!(cache.get(&1).unwrap(), Some(7));
    client.destroy_cache(&name).unwrap();
}

#[test]
fn many_entries_are_streamed() {
    let Some(client) = real() else { return };
    let name = fresh("streamed");
    let cache = client
        .create_cache::<i64, i64>(CacheConfiguration::new(&name))
        .unwrap();
    let streamer = cache.streamer(StreamerOptions::new());
    for key in 0..5_000 {
        streamer.add(&key, &key).unwrap();
    }
    streamer.close().unwrap();
    assert_eq!(cache.size().unwrap(), 5_000);
    client.destroy_cache(&name).unwrap();
}

#[test]
fn structures_and_the_cluster_are_reached() {
    let Some(client) = real() else { return };
    let number = client
        .atomic_long(&fresh("number"), AtomicLongOptions::new().initial(5))
        .unwrap();
    assert_eq!(number.add_and_get(2).unwrap(), 7);
    number.remove().unwrap();
    let set = client
        .set::<String>(&fresh("set"), SetOptions::new())
        .unwrap();
    assert!(set.add("one").unwrap());
    let values: Result<Vec<String>, Error> = set.values().unwrap().collect();
    assert_eq!(values.unwrap(), ["one"]);
    set.destroy().unwrap();
    let servers = client.cluster().servers().nodes().unwrap();
    assert!(!servers.is_empty());
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

/// What iterators do, and what takes a future.
const WITHOUT_A_NAMESAKE: [&str; 3] = ["next", "collect", "changing"];

#[test]
fn every_asynchronous_method_has_a_blocking_namesake() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut face = String::new();
    read_sources(&sources.join("blocking"), &mut face);
    let mut all = String::new();
    read_sources(&sources, &mut all);
    let methods = all.lines().filter_map(|line| {
        let name = line.trim().strip_prefix("pub async fn ")?;
        Some(&name[..name.find(['(', '<'])?])
    });
    for method in methods {
        let is_there = [
            format!(" {method}("),
            format!(" {method}["),
            format!(" {method}<"),
        ]
        .iter()
        .any(|declared| face.contains(declared));
        assert!(is_there || WITHOUT_A_NAMESAKE.contains(&method), "{method}");
    }
}

fn read_sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, text);
        } else {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}
