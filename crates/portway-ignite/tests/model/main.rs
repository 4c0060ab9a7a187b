//! Random operations on caches, compared with a model of them. What fails is shrunk to the least
//! operations that still fail. `PROPTEST_CASES=N` runs so many sequences for each pair of types.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod domains;
mod model;
mod operation;
mod subject;

use std::time::Duration;

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{AtomicityMode, CacheConfiguration, Client, ClientConfiguration};
use proptest::prelude::prop_assert_eq;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use model::Model;
use operation::{Operation, operations};
use subject::{Domain, Subject};

/// Of up to 60 operations each.
const CASES: u32 = 24;
/// Longer than any sequence takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs random sequences on a fresh cache.
fn agrees_with_the_model<K: Domain + 'static, V: Domain + 'static>(
    runtime: &Runtime,
    client: &Client,
    atomicity: AtomicityMode,
) {
    let mut configuration = CacheConfiguration::new(format!("model-{}", uuid::Uuid::new_v4()));
    configuration.atomicity = atomicity;
    let name = configuration.name.clone();
    let cache = runtime
        .block_on(client.create_cache::<K, V>(configuration))
        .unwrap();
    let subject = Subject::new(cache);
    let cases = std::env::var("PROPTEST_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&operations(), |sequence| {
        let run = async { tokio::time::timeout(PATIENCE, compare(&subject, &sequence)).await };
        runtime.block_on(run).expect("a sequence hangs")
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(client.destroy_cache(&name)).unwrap();
}

async fn compare<K: Domain, V: Domain>(
    subject: &Subject<K, V>,
    sequence: &[Operation],
) -> Result<(), TestCaseError> {
    subject.apply(&Operation::RemoveAll).await.unwrap();
    let mut model = Model::default();
    for operation in sequence {
        let expected = model.apply(operation);
        let found = subject.apply(operation).await;
        let found =
            found.map_err(|error| TestCaseError::fail(format!("{operation:?}: {error}")))?;
        prop_assert_eq!(found, expected, "{:?}", operation);
    }
    Ok(())
}

/// A runtime with a grid in it.
fn with_a_grid() -> Option<(Runtime, Client)> {
    let runtime = Runtime::new().unwrap();
    let client = runtime.block_on(async {
        let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
        let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
        let configuration = ClientConfiguration::new([listener.address()]);
        grid.serve(listener);
        tokio::spawn(async move {
            let _kept = grid;
            std::future::pending::<()>().await;
        });
        Client::connect(configuration).await.unwrap()
    });
    Some((runtime, client))
}

/// The nodes of `PORTWAY_TEST_IGNITE`, if there are some.
fn with_real_nodes() -> Option<(Runtime, Client)> {
    let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
    let runtime = Runtime::new().unwrap();
    let configuration = ClientConfiguration::new(addresses.split(','));
    let client = runtime.block_on(Client::connect(configuration)).unwrap();
    Some((runtime, client))
}

/// Declares a test for each pair of types.
macro_rules! agree {
    ($with:ident, $atomicity:ident: $($name:ident::<$key:ty, $value:ty>),+ $(,)?) => {$(
        #[test]
        fn $name() {
            if let Some((runtime, client)) = crate::$with() {
                let atomicity = portway_ignite::AtomicityMode::$atomicity;
                crate::agrees_with_the_model::<$key, $value>(&runtime, &client, atomicity);
            }
        }
    )+};
}

macro_rules! all_agree {
    ($module:ident, $with:ident, $atomicity:ident) => {
        mod $module {
            use portway_ignite::{Decimal, Timestamp};
            use uuid::Uuid;

            use crate::domains::{Person, Place};

            agree! { $with, $atomicity:
                integers_and_texts::<i32, String>,
                long_integers_and_objects::<i64, Person>,
                short_integers_and_decimals::<i16, Decimal>,
                floating_points_and_bytes::<f64, Vec<u8>>,
                texts_and_integers::<String, i64>,
                uuids_and_lists::<Uuid, Vec<Option<String>>>,
                objects_and_timestamps::<Place, Timestamp>,
            }
        }
    };
}

all_agree!(grid, with_a_grid, Atomic);
all_agree!(real_atomic, with_real_nodes, Atomic);
all_agree!(real_transactional, with_real_nodes, Transactional);
