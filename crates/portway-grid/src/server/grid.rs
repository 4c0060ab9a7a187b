//! The grid as its owner sees it.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use uuid::Uuid;

use super::durability::Durability;
use super::listener::Listener;
use super::shared::Shared;
use super::statistics::GridStatistics;
use super::{accept, group, lock, shut_down, snapshots, users};
use crate::configuration::{GridConfiguration, Limits};
use crate::engine::{Engine, EngineLimits, Journal, NoJournal, Table};
use crate::session::{Host, SharedSql};
use crate::store::{self, OpenError, RecoveryProgress, Snapshot, SnapshotError, Snapshots};

/// The longest a shutdown takes: connections are given 1.5 s, then they are cut.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

/// An open grid. Cheap to clone; all clones are the same grid.
///
/// The last clone to be dropped closes the data directory, once the tasks that serve listeners have
/// ended: call [`Grid::shutdown`] before that.
#[derive(Clone)]
pub struct Grid {
    pub(super) shared: Arc<Shared>,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
    /// Sends for connections until the last has ended.
    sender: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Grid {
    /// Opens a grid: reads its data, if they are durable, and is ready to serve.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the data directory and what to do.
    pub fn open(configuration: GridConfiguration) -> Result<Self, OpenError> {
        Self::open_with_progress(configuration, |_| {})
    }

    /// As [`Grid::open`], and tells how far reading durable data has come, every MiB and at the end.
    ///
    /// # Errors
    /// As [`Grid::open`].
    pub fn open_with_progress(
        configuration: GridConfiguration,
        mut report: impl FnMut(RecoveryProgress),
    ) -> Result<Self, OpenError> {
        let GridConfiguration {
            functions,
            data,
            wal_mode,
            authentication,
            limits,
            stay_awake,
        } = configuration;
        let durable = data.is_some();
        let mut durability = Durability::none();
        let (table, journal): (Table, Box<dyn Journal>) = match &data {
            Some(directory) => {
                let opened = store::open(directory, wal_mode, &mut report)?;
                durability = Durability::new(wal_mode, opened.progress);
                (opened.table, Box::new(opened.journal))
            }
            None => (Table::default(), Box::new(NoJournal)),
        };
        let unreadable = |error| OpenError::unreadable(data.clone().unwrap_or_default(), error);
        let mut engine = Engine::new(table, journal, engine_limits(limits)).map_err(unreadable)?;
        if authentication {
            users::create_first(&mut engine).map_err(unreadable)?;
        }
        let host = Host {
            node: Uuid::new_v4(),
            idle_timeout: limits.idle_timeout,
            durable,
            answer_bytes: limits.message_bytes,
            statement_timeout: limits.statement_timeout,
            sql: SharedSql::default(),
            functions,
        };
        let snapshots = data.map(|folder| Snapshots::new(&folder, limits.snapshots));
        let shared = Shared::new(
            engine,
            host,
            limits,
            stay_awake,
            durability,
            authentication,
            snapshots,
        );
        Ok(Self {
            shared,
            tasks: Arc::default(),
            sender: Arc::default(),
        })
    }

    /// Serves `listener` in the background until [`Grid::shutdown`]. A grid can serve several.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time enabled.
    pub fn serve(&self, listener: Listener) {
        let mut tasks = lock(&self.tasks);
        if tasks.is_empty() {
            tasks.push(tokio::spawn(run_timer(Arc::clone(&self.shared))));
            *lock(&self.sender) = Some(tokio::spawn(group::send_groups(Arc::clone(&self.shared))));
        }
        tasks.push(tokio::spawn(accept::serve(
            listener,
            Arc::clone(&self.shared),
        )));
    }

    /// What the grid has done and holds.
    pub fn statistics(&self) -> GridStatistics {
        self.shared.statistics()
    }

    /// Makes a snapshot of a durable grid, in the folder `snapshots/NAME` of its data.
    ///
    /// It holds what was acknowledged before this was called, of what is written meanwhile whole
    /// transactions up to one moment, and nothing later. Writers go on; one call to the operating system for each
    /// file of the journal is what they wait for. To restore it, open a grid on a copy of that folder.
    ///
    /// # Errors
    /// [`SnapshotError`] says why there is none; the grid goes on as before.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    ///
    /// # Cancel safety
    /// A snapshot whose future was dropped is given up.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// use portway_grid::{Grid, GridConfiguration};
    ///
    /// let grid = Grid::open(GridConfiguration::durable(folder.path()))?;
    /// let snapshot = grid.snapshot("monday").await?;
    /// let restored = Grid::open(GridConfiguration::durable(snapshot.folder))?;
    /// # drop(restored);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn snapshot(&self, name: &str) -> Result<Snapshot, SnapshotError> {
        snapshots::make(Arc::downgrade(&self.shared), name.to_owned()).await
    }

    /// Stops listening, lets running requests be answered, and closes all connections, within 2 s.
    pub async fn shutdown(&self) {
        self.shared.shutdown.send_replace(true);
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        let deadline = tokio::time::Instant::now() + SHUTDOWN_LIMIT;
        for mut task in tasks {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
                // It holds the grid, and with it the data directory, until it has seen this.
                let _cancelled = task.await;
            }
        }
        let sender = lock(&self.sender).take();
        if let Some(sender) = sender {
            sender.abort();
            let _cancelled = sender.await;
        }
    }
}

/// Says how much the grid holds, not what.
impl fmt::Debug for Grid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statistics = self.statistics();
        formatter
            .debug_struct("Grid")
            .field("statistics", &statistics)
            .finish_non_exhaustive()
    }
}

async fn run_timer(shared: Arc<Shared>) {
    let mut shutdown = shared.shutdown.subscribe();
    tokio::select! {
        () = shared.run_timer() => {}
        () = shut_down(&mut shutdown) => {}
    }
}

fn engine_limits(limits: Limits) -> EngineLimits {
    EngineLimits {
        stored_bytes: limits.stored_bytes,
        caches: limits.caches,
        resources_per_connection: limits.resources_per_connection,
        transactions_per_connection: limits.transactions_per_connection,
        tasks_per_connection: limits.tasks_per_connection,
    }
}
