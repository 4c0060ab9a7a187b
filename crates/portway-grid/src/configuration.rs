//! What a grid is told when it is opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{DEFAULT_FRAME_LIMIT, RawValue, ReadValue, WriteValue};

use crate::functions::{Functions, ProcessedEntry, Service, TaskCall, task_function};
use crate::store::WalMode;

/// How a grid keeps its data, and what its clients may cost.
///
/// The default is a grid in memory with limits that suit one machine.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GridConfiguration {
    /// The folder of the durable data, created (for its owner alone) when it is not there. Without
    /// one everything is in memory and gone with the grid. Durable data are held in memory too.
    pub data: Option<PathBuf>,
    /// When a write to durable data is acknowledged. Default: [`WalMode::LogOnly`], as in Ignite.
    pub wal_mode: WalMode,
    /// Whether clients have to prove who they are. A grid that has no users then begins with the user
    /// `ignite` and the password `ignite`, as Ignite does: change it. Default: no.
    ///
    /// A listener [with credentials of its own](crate::Listener::with_credentials) asks for those
    /// instead.
    pub authentication: bool,
    /// What clients may cost.
    pub limits: Limits,
    /// How long the thread of a connection stays awake for the client's next request before it
    /// sleeps, where that pays: a client that waits for each answer is answered sooner, by as much as a
    /// processor takes to wake up, and its connection keeps a processor busy. Others are
    /// served meanwhile. Default: zero, for the runtime is the program's.
    pub stay_awake: Duration,
    pub(crate) functions: Functions,
}

impl GridConfiguration {
    /// A grid that keeps its data in `folder`.
    pub fn durable(folder: impl Into<PathBuf>) -> Self {
        Self {
            data: Some(folder.into()),
            ..Self::default()
        }
    }

    /// Acknowledges writes as `wal_mode` says.
    #[must_use]
    pub fn wal_mode(self, wal_mode: WalMode) -> Self {
        Self { wal_mode, ..self }
    }

    /// Lets only users in, who prove it with their password.
    #[must_use]
    pub fn authentication(self, authentication: bool) -> Self {
        Self {
            authentication,
            ..self
        }
    }

    /// Sets what clients may cost.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets how long a connection's thread [stays awake](Self::stay_awake) before it sleeps.
    #[must_use]
    pub fn stay_awake(self, stay_awake: Duration) -> Self {
        Self { stay_awake, ..self }
    }

    /// Lets clients call `function` as the entry processor of this class (operations 1024, 1025).
    ///
    /// It is found by the name of its class, in which type ids ignore case; the fields of the object
    /// that clients send are not looked at, its arguments are. It runs while everybody else waits:
    /// it must be quick, and must not call the grid. An error is told with status 1040.
    ///
    /// ```
    /// use portway_grid::{GridConfiguration, RawValue};
    ///
    /// let configuration = GridConfiguration::in_memory().entry_processor(
    ///     "org.example.Increment",
    ///     |entry, _arguments| {
    ///         let before = entry.value.as_ref().map(RawValue::read::<i64>);
    ///         let before = before.transpose().map_err(|error| error.to_string())?;
    ///         let after = RawValue::encode(&(before.unwrap_or(0) + 1), Default::default());
    ///         entry.value = Some(after.clone());
    ///         Ok(after)
    ///     },
    /// );
    /// # drop(configuration);
    /// ```
    #[must_use]
    pub fn entry_processor(
        mut self,
        class: &str,
        function: impl Fn(&mut ProcessedEntry, &[RawValue]) -> Result<RawValue, String>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.functions
            .add_entry_processor(class, Arc::new(function));
        self
    }

    /// Lets clients run `function` as the compute task of this name (operation 6000). What it answers
    /// with `Err` is told to the client, with status 1.
    ///
    /// Clients may run none until [`Limits::tasks_per_connection`] says how many, as on a real node.
    ///
    /// It is a task of the runtime that serves the client, and is dropped when the client cancels it,
    /// goes away, or when its time is over; what takes the processor for long belongs on a thread of
    /// its own (`tokio::task::spawn_blocking`). A panic is answered as a failure.
    ///
    /// ```
    /// use portway_grid::{GridConfiguration, Limits};
    ///
    /// let mut limits = Limits::default();
    /// limits.tasks_per_connection = 64;
    /// let configuration = GridConfiguration::in_memory().limits(limits).task(
    ///     "org.example.CountWords",
    ///     |_, text: String| async move { Ok(text.split_whitespace().count() as i64) },
    /// );
    /// # drop(configuration);
    /// ```
    #[must_use]
    pub fn task<A, R, F>(
        mut self,
        name: &str,
        function: impl Fn(TaskCall, A) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: ReadValue + Send + 'static,
        R: WriteValue,
        F: Future<Output = Result<R, String>> + Send + 'static,
    {
        self.functions.add_task(name, task_function(function));
        self
    }

    /// Lets clients call the methods of a service (operation 7000).
    #[must_use]
    pub fn service(mut self, service: Service) -> Self {
        self.functions.add_service(service);
        self
    }

    /// A grid whose data are gone with it.
    pub fn in_memory() -> Self {
        Self::default()
    }
}

/// Bounds on what clients can make a grid spend.
///
/// At the worst that is `stored_bytes`, and for each connection an unfinished message and an answer
/// of `message_bytes` each with `unsent_bytes` of notifications: lower them where clients are not
/// trusted. Before its handshake a connection costs 64 KiB at most.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Memory for all keys and values, each with 64 bytes of overhead. A write that would take
    /// more fails with status 1; reads, replacements and removals go on. Default: 1 GiB.
    pub stored_bytes: u64,
    /// Caches. Default: 1024.
    pub caches: usize,
    /// Connections at once; a further one is closed before its handshake. Default: 1024.
    pub connections: usize,
    /// Open cursors and continuous queries of one connection (status 1010 beyond). Default: 128,
    /// as in Ignite.
    pub resources_per_connection: usize,
    /// Open transactions of one connection (status 1020 beyond). Default: 100, as in Ignite.
    pub transactions_per_connection: usize,
    /// Compute tasks of one connection that run at once (status 1030 beyond), each with its argument
    /// in memory. Default: 0, as in Ignite: clients may run none (status 100).
    pub tasks_per_connection: usize,
    /// Snapshots of a durable grid that may lie in its folder: clients can have them made, and each
    /// takes as much of the disk as the journal does. Default: 16; with 0 there are none.
    pub snapshots: usize,
    /// The longest message; a longer one closes its connection before anything is reserved for it.
    /// Default: 64 MiB.
    pub message_bytes: usize,
    /// Bytes waiting to be sent on one connection beyond which a notification closes it: a listener
    /// that does not keep up. Answers never close a connection, they stop it from being read.
    /// Default: 8 MiB.
    pub unsent_bytes: usize,
    /// A connection without a complete handshake after this time is closed. Default: 10 s, as in
    /// Ignite.
    pub handshake_timeout: Duration,
    /// A connection that sends nothing for this time is closed. Clients with heartbeats ask for it
    /// and keep alive. Default: none, as in Ignite.
    pub idle_timeout: Option<Duration>,
    /// A statement of SQL without a time-out of its own is cancelled after this time: everybody waits while it runs.
    /// Default: 30 s; a real node, on which others go on, has none.
    pub statement_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stored_bytes: 1 << 30,
            caches: 1024,
            connections: 1024,
            resources_per_connection: 128,
            transactions_per_connection: 100,
            tasks_per_connection: 0,
            snapshots: 16,
            message_bytes: DEFAULT_FRAME_LIMIT,
            unsent_bytes: 8 << 20,
            handshake_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            idle_timeout: None,
        }
    }
}
