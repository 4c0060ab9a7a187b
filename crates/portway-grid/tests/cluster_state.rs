//! What is served in each state of the cluster, in the words of a node of 2.17.
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::time::Duration;

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{
    AtomicLong, AtomicLongOptions, AtomicityMode, Cache, CacheConfiguration, Client,
    ClientConfiguration, ClusterState, Error, TransactionOptions,
};

const INACTIVE: &str = "Can not perform the operation because the cluster is inactive. Note, that \
                        the cluster is considered inactive by default if Ignite Persistent Store \
                        is used to let all the nodes join the cluster. To activate the cluster \
                        call Ignite.cluster().state(ClusterState.ACTIVE).";
const INVALID_STATE: &str =
    "class org.apache.ignite.internal.processors.cache.CacheInvalidStateException";
const READ_ONLY_EXCEPTION: &str = "class org.apache.ignite.internal.processors.cache.distributed.\
                                   dht.IgniteClusterReadOnlyException";
const READ_ONLY: &str = "operation (cluster is in read-only mode) [cacheGrp=null, cache=";

/// A grid with an entry, a row and a number in it.
struct Filled {
    grid: Grid,
    client: Client,
    cache: Cache<i32, i32>,
    number: AtomicLong,
}

impl Filled {
    async fn new(configuration: GridConfiguration) -> Self {
        let grid = Grid::open(configuration).unwrap();
        let client = connect(&grid).await;
        let cache = client.get_or_create_cache_with_name("A").await.unwrap();
        cache.put(&1, &1).await.unwrap();
        let table = "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, n INT)";
        client.execute(table).await.unwrap();
        client
            .execute("MERGE INTO t (id, n) VALUES (1, 1)")
            .await
            .unwrap();
        let options = AtomicLongOptions::new().initial(5);
        let number = client.atomic_long("number", options).await.unwrap();
        Self {
            grid,
            client,
            cache,
            number,
        }
    }

    async fn change(&self, state: ClusterState) {
        self.client.cluster().change_state(state).await.unwrap();
        assert_eq!(self.client.cluster().state().await.unwrap(), state);
    }

    /// What a statement of SQL is refused with.
    async fn refused(&self, statement: &str) -> String {
        told(self.client.execute(statement).await)
    }
}

async fn connect(grid: &Grid) -> Client {
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let address = listener.address().to_string();
    grid.serve(listener);
    Client::connect(ClientConfiguration::new([address]))
        .await
        .unwrap()
}

/// The words of a refusal.
fn told<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Server { error, .. }) => error.message.clone(),
        other => panic!("a refusal is expected: {other:?}"),
    }
}

#[tokio::test]
async fn a_cluster_that_is_read_only_reads() {
    let filled = Filled::new(GridConfiguration::in_memory()).await;
    let (client, cache) = (&filled.client, &filled.cache);
    filled.change(ClusterState::ActiveReadOnly).await;
    assert_eq!(cache.get(&1).await.unwrap(), Some(1));
    assert_eq!(filled.number.get().await.unwrap(), 5);
    let refused = format!("{INVALID_STATE}: Failed to perform cache {READ_ONLY}A]");
    assert_eq!(told(cache.put(&1, &2).await), refused);
    assert_eq!(told(cache.remove(&7).await), refused);
    let refused = format!("{READ_ONLY_EXCEPTION}: Failed to perform clear {READ_ONLY}A]");
    assert_eq!(told(cache.clear().await), refused);
    let refused = format!("{READ_ONLY_EXCEPTION}: Failed to perform start cache {READ_ONLY}B]");
    assert_eq!(
        told(client.create_cache_with_name::<i32, i32>("B").await),
        refused
    );
    client
        .get_or_create_cache_with_name::<i32, i32>("A")
        .await
        .unwrap();
    let refused =
        format!("{READ_ONLY_EXCEPTION}: Failed to perform dynamic destroy cache {READ_ONLY}A]");
    assert_eq!(told(client.destroy_cache("A").await), refused);
    assert!(filled.number.add_and_get(1).await.is_err());
    assert_eq!(cache.get(&1).await.unwrap(), Some(1));
}

#[tokio::test]
async fn sql_of_a_cluster_that_is_read_only_reads() {
    let filled = Filled::new(GridConfiguration::in_memory()).await;
    filled.change(ClusterState::ActiveReadOnly).await;
    assert_eq!(
        filled
            .client
            .sql("SELECT n FROM t")
            .await
            .unwrap()
            .columns(),
        ["N"]
    );
    let refused = filled.refused("INSERT INTO t (id, n) VALUES (2, 2)").await;
    let expected =
        "90097: Failed to execute DML statement. Cluster in read-only mode [stmt=INSERT ";
    assert!(refused.starts_with(expected), "{refused}");
    let expected = format!("50000: Failed to perform cache {READ_ONLY}SQL_PUBLIC_T]");
    assert_eq!(filled.refused("UPDATE t SET n = 2").await, expected);
    assert_eq!(filled.refused("DELETE FROM t").await, expected);
    assert_eq!(
        filled
            .client
            .execute("DELETE FROM t WHERE n = 77")
            .await
            .unwrap(),
        0
    );
    let refused = filled
        .refused("CREATE TABLE u (id INT PRIMARY KEY, n INT)")
        .await;
    assert!(
        refused.ends_with(&format!("start cache {READ_ONLY}SQL_PUBLIC_U]")),
        "{refused}"
    );
    let refused = filled.refused("DROP TABLE t").await;
    assert!(
        refused.ends_with(&format!("destroy cache {READ_ONLY}SQL_PUBLIC_T]")),
        "{refused}"
    );
    filled
        .client
        .execute("CREATE INDEX i ON t (n)")
        .await
        .unwrap();
}

#[tokio::test]
async fn an_inactive_cluster_serves_no_cache() {
    let filled = Filled::new(GridConfiguration::in_memory()).await;
    let (client, cache) = (&filled.client, &filled.cache);
    client
        .cluster()
        .force_state(ClusterState::Inactive)
        .await
        .unwrap();
    assert_eq!(told(cache.get(&1).await), INACTIVE);
    assert_eq!(told(cache.put(&1, &1).await), INACTIVE);
    assert_eq!(told(client.cache_names().await), INACTIVE);
    assert_eq!(
        told(client.create_cache_with_name::<i32, i32>("B").await),
        INACTIVE
    );
    assert_eq!(
        told(filled.number.get().await),
        "Ignite cluster is not active"
    );
    let unknown = client.cache::<i32, i32>("unknown").get(&1).await;
    assert!(told(unknown).starts_with("Cache does not exist"));
    let missing = filled.refused("INSERT INTO t (id, n) VALUES (2, 2)").await;
    assert!(
        missing.starts_with("42000: Failed to parse query. Table \"T\" not found"),
        "{missing}"
    );
    for statement in [
        "DROP TABLE IF EXISTS u",
        "SELECT 1",
        "SELECT * FROM SYS.CACHES",
    ] {
        let answer = client.sql(statement).await.map(drop);
        assert_eq!(told(answer), format!("50000: {INACTIVE}"), "{statement}");
    }
}

#[tokio::test]
async fn what_is_in_memory_does_not_outlive_a_deactivation_and_that_is_forced() {
    let filled = Filled::new(GridConfiguration::in_memory()).await;
    let cluster = filled.client.cluster();
    let refused = told(cluster.change_state(ClusterState::Inactive).await);
    assert!(refused.starts_with("Deactivation stopped. "), "{refused}");
    assert!(
        refused.ends_with("To deactivate cluster pass '--force' flag."),
        "{refused}"
    );
    assert_eq!(filled.cache.get(&1).await.unwrap(), Some(1));

    cluster.force_state(ClusterState::Inactive).await.unwrap();
    filled.change(ClusterState::Active).await;
    assert_eq!(filled.cache.get(&1).await.unwrap(), None);
    assert!(
        filled
            .client
            .cache_names()
            .await
            .unwrap()
            .contains(&"A".to_owned())
    );
    let mut rows = filled.client.sql("SELECT n FROM t").await.unwrap();
    assert!(rows.next().await.is_none());
    assert!(!filled.number.exists().await.unwrap());
    filled.cache.put(&1, &2).await.unwrap();
    assert_eq!(filled.grid.statistics().entries, 1);
}

#[tokio::test]
async fn what_is_on_disk_is_there_again_and_a_start_makes_active() {
    let folder = tempfile::tempdir().unwrap();
    let filled = Filled::new(GridConfiguration::durable(folder.path())).await;
    filled.change(ClusterState::Inactive).await;
    filled.change(ClusterState::Active).await;
    assert_eq!(filled.cache.get(&1).await.unwrap(), Some(1));
    assert_eq!(filled.number.get().await.unwrap(), 5);
    filled.change(ClusterState::Inactive).await;
    filled.grid.shutdown().await;
    drop(filled);

    let grid = Grid::open(GridConfiguration::durable(folder.path())).unwrap();
    let client = connect(&grid).await;
    assert_eq!(
        client.cluster().state().await.unwrap(),
        ClusterState::Active
    );
    assert_eq!(
        client.cache::<i32, i32>("A").get(&1).await.unwrap(),
        Some(1)
    );
    let mut rows = client.sql("SELECT n FROM t").await.unwrap();
    assert_eq!(
        rows.next().await.unwrap().unwrap().get::<i32>(0).unwrap(),
        1
    );
}

/// A cache that takes part in transactions.
async fn transactional(client: &Client) -> Cache<i32, i32> {
    let mut configuration = CacheConfiguration::new("T");
    configuration.atomicity = AtomicityMode::Transactional;
    client.get_or_create_cache(configuration).await.unwrap()
}

#[tokio::test]
async fn a_change_of_the_state_waits_for_transactions_that_hold_keys() {
    let filled = Filled::new(GridConfiguration::in_memory()).await;
    let client = &filled.client;
    let cache = transactional(client).await;
    for (value, time) in [(1, None), (2, Some(Duration::from_millis(300)))] {
        let options = match time {
            Some(time) => TransactionOptions::pessimistic().timeout(time),
            None => TransactionOptions::pessimistic().without_timeout(),
        };
        let transaction = client.begin(options).await.unwrap();
        cache.within(&transaction).put(&1, &value).await.unwrap();
        let changes = {
            let client = client.clone();
            tokio::spawn(async move {
                let cluster = client.cluster();
                cluster.change_state(ClusterState::ActiveReadOnly).await
            })
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!changes.is_finished());
        assert_eq!(
            client.cluster().state().await.unwrap(),
            ClusterState::Active
        );
        match time {
            // Its time frees its keys.
            Some(_) => drop(transaction),
            None => transaction.commit().await.unwrap(),
        }
        changes.await.unwrap().unwrap();
        let refused = "Failed to perform cache operation (cache topology is not valid): T";
        assert_eq!(told(cache.put(&1, &1).await), refused);
        filled.change(ClusterState::Active).await;
        assert_eq!(cache.get(&1).await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn transactions_that_hold_no_keys_go_on_and_write_nothing_while_read_only() {
    let filled = Filled::new(GridConfiguration::in_memory()).await;
    let client = &filled.client;
    let cache = transactional(client).await;
    let optimistic = client
        .begin(TransactionOptions::optimistic())
        .await
        .unwrap();
    cache.within(&optimistic).put(&1, &1).await.unwrap();
    let pessimistic = client
        .begin(TransactionOptions::pessimistic())
        .await
        .unwrap();
    filled.change(ClusterState::ActiveReadOnly).await;

    let refused = format!("{READ_ONLY}T]");
    cache.within(&optimistic).put(&2, &2).await.unwrap();
    let commit = told(optimistic.commit().await);
    assert!(commit.ends_with(&refused), "{commit}");
    assert_eq!(cache.within(&pessimistic).get(&1).await.unwrap(), None);
    let put = told(cache.within(&pessimistic).put(&1, &1).await);
    assert!(put.ends_with(&refused), "{put}");
    let commit = told(pessimistic.commit().await);
    assert!(commit.contains("marked as rollback-only"), "{commit}");
    filled.change(ClusterState::Active).await;
    assert_eq!(cache.get(&1).await.unwrap(), None);
}

#[tokio::test]
async fn a_log_is_switched_off_and_on_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let filled = Filled::new(GridConfiguration::durable(folder.path())).await;
    let cluster = filled.client.cluster();
    assert!(cluster.write_ahead_log("A").await.unwrap());
    assert!(!cluster.enable_write_ahead_log("A").await.unwrap());
    assert!(cluster.disable_write_ahead_log("A").await.unwrap());
    assert!(!cluster.disable_write_ahead_log("A").await.unwrap());
    assert!(!cluster.write_ahead_log("A").await.unwrap());
    filled.cache.put(&2, &2).await.unwrap();
    filled.grid.shutdown().await;
    drop(filled);

    let grid = Grid::open(GridConfiguration::durable(folder.path())).unwrap();
    let client = connect(&grid).await;
    assert!(client.cluster().write_ahead_log("A").await.unwrap());
    assert_eq!(
        client.cache::<i32, i32>("A").get(&2).await.unwrap(),
        Some(2)
    );
}
