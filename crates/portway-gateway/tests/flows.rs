//! Conversations of peers, from their packets to the grid.

#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

#[expect(dead_code, reason = "this file uses a part of it")]
mod support;

use std::time::{Duration, SystemTime};

use portway_gateway::{
    FlowExport, FlowIntervals, FlowRecord,
    fleet::{FlowLog, FlowRow, FlowRowKey},
    flow_export,
};
use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{Cache, Client, ClientConfiguration, ScanQuery};
use support::{Node, PATIENCE, packet, pair_with};
use tempfile::TempDir;

/// So long that a test ends within one.
const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(200);

/// Three packets one way and one the other, the first of which waits for the handshake.
fn talk(near: &Node, far: &Node) {
    for length in [100, 100, 200] {
        near.send(packet(near.address, far.address, 1, length));
        far.receive();
    }
    far.send(packet(far.address, near.address, 2, 50));
    near.receive();
}

/// Two nodes, of which the first counts.
async fn counting_pair(export: FlowExport) -> (Node, Node) {
    let started = tokio::task::spawn_blocking(|| pair_with(Some(export)));
    started.await.expect("they start")
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it happens in time")
}

async fn records(intervals: &mut FlowIntervals) -> Vec<FlowRecord> {
    let interval = within(intervals.next()).await;
    interval
        .expect("there was traffic")
        .into_records()
        .collect()
}

#[tokio::test]
async fn both_ways_of_a_conversation_are_one_record_and_each_packet_counts_once() {
    let (export, mut intervals) = flow_export(LONG);
    let (near, far) = counting_pair(export).await;
    talk(&near, &far);
    near.path.stop();
    let records = records(&mut intervals).await;
    let [record] = records[..] else {
        panic!("one conversation: {records:?}");
    };
    assert_eq!(record.public_key, far.public_key());
    assert_eq!((record.sent.packets, record.sent.bytes), (3, 460));
    assert_eq!((record.received.packets, record.received.bytes), (1, 70));
    assert_eq!(record.key.inner, (far.address.into(), 0));
    assert_eq!(record.key.remote, (near.address.into(), 0));
    assert_eq!(record.key.protocol, 253);
    assert!(record.first <= record.last && record.last <= SystemTime::now());
    assert!(within(intervals.next()).await.is_none());
}

#[tokio::test]
async fn an_interval_ends_although_nothing_more_comes() {
    let (export, mut intervals) = flow_export(SHORT);
    let (near, far) = counting_pair(export).await;
    near.send(packet(near.address, far.address, 1, 10));
    far.receive();
    assert_eq!(records(&mut intervals).await.len(), 1);
}

/// A grid in the process and a connection to it.
struct World {
    grid: Grid,
    client: Client,
    _folder: TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("grid.sock");
        let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
        grid.serve(Listener::bind_unix(&socket).unwrap());
        let address = format!("unix:{}", socket.display());
        let configuration =
            ClientConfiguration::new([address]).request_timeout(Duration::from_secs(1));
        Self {
            client: Client::connect(configuration).await.unwrap(),
            grid,
            _folder: folder,
        }
    }

    fn table(&self) -> Cache<FlowRowKey, FlowRow> {
        self.client.cache("FLOW")
    }

    async fn rows(&self) -> Vec<(FlowRowKey, FlowRow)> {
        let rows = self.table().scan(ScanQuery::new()).await.unwrap();
        rows.collect().await.unwrap()
    }
}

#[tokio::test]
async fn conversations_are_written_and_forgotten_in_time() {
    let world = World::start().await;
    let retention = Duration::from_secs(2);
    let (log, kept) = FlowLog::open(&world.client, retention).await.unwrap();
    assert_eq!(kept, Some(retention));
    let (export, intervals) = flow_export(LONG);
    let counters = intervals.counters();
    let (near, far) = counting_pair(export).await;
    talk(&near, &far);
    near.path.stop();
    within(log.write("one".parse().unwrap(), intervals)).await;
    assert_eq!((counters.written(), counters.not_written()), (1, 0));
    let rows = world.rows().await;
    let [(key, row)] = &rows[..] else {
        panic!("one row: {rows:?}");
    };
    assert_eq!((row.gateway.as_str(), row.sent_bytes), ("one", 460));
    assert_eq!(row.peer, far.public_key().to_base64());
    assert!(key.began <= row.first_seen);
    within(async {
        while !world.rows().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_table_that_the_grid_lost_is_made_again() {
    let world = World::start().await;
    let (log, _) = FlowLog::open(&world.client, LONG).await.unwrap();
    let (export, intervals) = flow_export(LONG);
    let counters = intervals.counters();
    let (near, far) = counting_pair(export).await;
    talk(&near, &far);
    world.client.destroy_cache("FLOW").await.unwrap();
    near.path.stop();
    within(log.write("one".parse().unwrap(), intervals)).await;
    assert_eq!((counters.written(), counters.not_written()), (1, 0));
    let made = world.client.cache_configuration("FLOW").await.unwrap();
    assert!(!made.query_entities.is_empty());
}

#[tokio::test]
async fn what_the_grid_does_not_take_is_counted() {
    let world = World::start().await;
    let (log, _) = FlowLog::open(&world.client, LONG).await.unwrap();
    let (export, intervals) = flow_export(LONG);
    let counters = intervals.counters();
    let (near, far) = counting_pair(export).await;
    talk(&near, &far);
    world.grid.shutdown().await;
    near.path.stop();
    within(log.write("one".parse().unwrap(), intervals)).await;
    assert_eq!((counters.written(), counters.not_written()), (0, 1));
}

#[tokio::test]
async fn who_made_the_table_says_how_long_it_remembers() {
    let world = World::start().await;
    assert!(FlowLog::find(&world.client).await.unwrap().is_none());
    FlowLog::open(&world.client, LONG).await.unwrap();
    let (_, kept) = FlowLog::open(&world.client, SHORT).await.unwrap();
    assert_eq!(kept, Some(LONG));
    assert!(FlowLog::find(&world.client).await.unwrap().is_some());
}
