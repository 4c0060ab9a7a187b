//! Compute tasks: Java code of the servers, run there.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use portway_ignite_protocol::{
    ExecuteTask, Feature, NodeId, RawValue, ReadValue, Request, TaskFlags, WriteValue, decode_body,
};
use uuid::Uuid;

use crate::client::{Client, Need, NeedOf, Operation, TypesOf};
use crate::connection::{Connection, Leaves, NotificationQueue, Resource};
use crate::error::Error;

const EXECUTE: Operation<'static> = Operation::write("execute a compute task")
    .leaving(Leaves::Task)
    .needing(Some(&Need {
        of: NeedOf::Feature(Feature::ExecuteTaskByName),
        what: "compute tasks",
    }));
const RESULT: &str = "the result of a compute task";

/// Runs tasks on the servers: those of a class that the servers have on their class path.
///
/// A server lets its clients run tasks only if it is configured for that
/// (`ThinClientConfiguration.maxActiveComputeTasksPerConnection`).
///
/// ```
/// # use portway_ignite::{Client, Error};
/// # use std::time::Duration;
/// # async fn example(client: Client) -> Result<(), Error> {
/// let words: i32 = client
///     .compute()
///     .timeout(Duration::from_secs(30))
///     .execute("com.example.CountWordsTask", "to be or not to be")
///     .await?;
/// # let _ = words;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Compute {
    client: Client,
    nodes: Vec<NodeId>,
    flags: TaskFlags,
    timeout: Option<Duration>,
}

impl Client {
    /// Runs tasks on all servers; the result narrows that down.
    #[must_use]
    pub fn compute(&self) -> Compute {
        Compute {
            client: self.clone(),
            nodes: Vec::new(),
            flags: TaskFlags::default(),
            timeout: None,
        }
    }
}

impl Compute {
    /// Offers these nodes to the task, instead of all servers. None at all stands for all servers.
    #[must_use]
    pub fn on_nodes(mut self, nodes: impl IntoIterator<Item = Uuid>) -> Self {
        self.nodes = nodes.into_iter().map(NodeId).collect();
        self
    }

    /// Lets the servers end tasks after this time, in whole milliseconds. Default: never.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Does not move jobs of a node that fails to another one.
    #[must_use]
    pub fn without_failover(mut self) -> Self {
        self.flags.no_failover = true;
        self
    }

    /// Does not keep the results of jobs until all are there; the task sees each only once.
    #[must_use]
    pub fn without_result_cache(mut self) -> Self {
        self.flags.no_result_cache = true;
        self
    }

    /// Gives tasks an object as a `BinaryObject`, so that the servers need not have its class.
    #[must_use]
    pub fn keep_binary(mut self) -> Self {
        self.flags.keep_binary = true;
        self
    }

    /// Runs a task and waits for its result. Operations 6000 and 6001.
    ///
    /// The [request time-out](crate::ClientConfiguration::request_timeout) is that of the start;
    /// how long the task may take is a matter of [`timeout`](Self::timeout). A result that can be
    /// null is an `Option`; one that always is, `()`.
    ///
    /// # Errors
    /// [`Error::Server`] when the task fails, with
    /// [`Status::FUNCTIONALITY_DISABLED`](crate::Status::FUNCTIONALITY_DISABLED) on servers that run
    /// no tasks for clients, and with
    /// [`Status::TOO_MANY_TASKS`](crate::Status::TOO_MANY_TASKS) if the connection runs too many;
    /// [`Error::ConnectionLost`] if its connection is lost meanwhile; [`Error::Unsupported`] by old
    /// nodes; and as every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// A task whose future was dropped is cancelled.
    pub async fn execute<R: ReadValue>(
        &self,
        task: &str,
        argument: &(impl WriteValue + ?Sized),
    ) -> Result<R, Error> {
        self.start(task, argument).await?.result().await
    }

    /// Runs a task whose result is waited for later. Operation 6000.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// # Cancel safety
    /// A task whose future was dropped is cancelled.
    pub async fn start<A: WriteValue + ?Sized, R: ReadValue>(
        &self,
        task: &str,
        argument: &A,
    ) -> Result<RunningTask<R>, Error> {
        let types = TypesOf::described_by(A::describe);
        let build = |encoder: &crate::client::Encoder| {
            Request::ExecuteTask(ExecuteTask {
                nodes: self.nodes.clone(),
                flags: self.flags,
                timeout: self.timeout.map_or(0, milliseconds),
                task: task.to_owned(),
                argument: encoder.value(argument),
            })
        };
        let answer = self.client.call(EXECUTE.with_types(&types), build).await?;
        let connection = answer.connection().clone();
        let opened = answer.reply.into_opened();
        Ok(RunningTask {
            client: self.client.clone(),
            connection,
            resource: opened.resource,
            result: opened.notifications,
            of: PhantomData,
        })
    }
}

/// At least one, because zero stands for no limit.
pub(crate) fn milliseconds(limit: Duration) -> i64 {
    i64::try_from(limit.as_millis()).unwrap_or(i64::MAX).max(1)
}

/// A task that was started. Dropping it cancels the task.
///
/// It belongs to one connection, with which it is cancelled.
pub struct RunningTask<R> {
    client: Client,
    connection: Connection,
    resource: Option<Resource>,
    result: Option<NotificationQueue>,
    of: PhantomData<fn() -> R>,
}

impl<R: ReadValue> RunningTask<R> {
    /// Waits for the result.
    ///
    /// # Errors
    /// As [`Compute::execute`], and [`Error::Decode`] if the result is no `R`.
    ///
    /// # Cancel safety
    /// If the future is dropped, so is the task: it is cancelled.
    pub async fn result(mut self) -> Result<R, Error> {
        let received = match &mut self.result {
            Some(queue) => queue.next().await,
            None => Err(None),
        };
        let notification = match received {
            Ok(notification) => notification,
            Err(Some(reason)) => return Err(reason),
            Err(None) => return Err(self.connection.ended().await),
        };
        // The server has forgotten a task that told its result.
        if let Some(resource) = self.resource.take() {
            resource.released();
        }
        let dialect = self.connection.agreement().dialect;
        let operation = RESULT;
        let result: RawValue = decode_body(&notification?, dialect)
            .map_err(|source| Error::Decode { operation, source })?;
        self.client
            .decode(operation, |schemas| result.read_with(schemas))
            .await
    }
}

impl<R> fmt::Debug for RunningTask<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RunningTask")
            .field("id", &self.resource.as_ref().map(Resource::id))
            .field("node", self.connection.address())
            .finish_non_exhaustive()
    }
}
