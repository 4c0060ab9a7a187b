//! Transactions: several operations of which all take effect or none.

mod failure;
mod options;

use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{EndTransaction, Request, Version};

use crate::client::{Client, Need, NeedOf, Operation, Route};
use crate::connection::{Leaves, TransactionScope};
use crate::error::Error;

pub use failure::TransactionFailure;
pub use options::TransactionOptions;

const BEGIN: Operation<'static> = Operation::write("begin a transaction")
    .leaving(Leaves::Transaction)
    .needing(Some(&Need {
        of: NeedOf::Version(Version::V1_5),
        what: "transactions",
    }));

/// A transaction. Dropping it rolls it back, without waiting.
///
/// What [`Cache::within`](crate::Cache::within) gives takes part in it; everything else does not.
/// It belongs to one connection: if that is lost the grid rolls it back, and its operations fail
/// with [`Error::ConnectionLost`]. Several transactions can be open on one connection.
///
/// Keep it short: as long as it is open the grid makes no cache and takes up no node, and whoever
/// waits for that holds up all other transactions.
///
/// ```
/// # use portway_ignite::{CacheConfiguration, Client, Error, TransactionOptions};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let accounts = client.cache::<String, i64>("accounts");
/// let transaction = client.begin(TransactionOptions::pessimistic()).await?;
/// let inside = accounts.within(&transaction);
/// let balance = inside.get("ada").await?.unwrap_or(0);
/// inside.put("ada", &(balance - 10)).await?;
/// inside.put("bob", &10).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
pub struct Transaction {
    client: Client,
    scope: Arc<TransactionScope>,
}

impl Client {
    /// Begins a transaction. Operation 4000.
    ///
    /// # Errors
    /// [`Error::Server`] with
    /// [`Status::TRANSACTION_LIMIT`](crate::Status::TRANSACTION_LIMIT) if the connection has too
    /// many (100 unless configured otherwise on the server), [`Error::Unsupported`] by nodes that
    /// speak a protocol before 1.5, and as every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// A transaction whose future was dropped is rolled back.
    pub async fn begin(&self, options: TransactionOptions) -> Result<Transaction, Error> {
        let request = options.to_request();
        let build = |_: &_| Request::StartTransaction(request.clone());
        let answer = self.call(BEGIN, build).await?;
        let id = answer.read()?;
        let connection = answer.connection().clone();
        let rollback = answer.reply.into_opened().resource;
        let scope = TransactionScope::new(connection, id, rollback);
        Ok(Transaction {
            client: self.clone(),
            scope,
        })
    }

    /// Runs `work` in a transaction, commits it if that succeeds and rolls it back if it fails.
    ///
    /// ```
    /// # use portway_ignite::{Client, Error, TransactionOptions};
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let visits = client.cache::<String, i64>("visits");
    /// let count = client
    ///     .transact(TransactionOptions::pessimistic(), async |transaction| {
    ///         let inside = visits.within(transaction);
    ///         let count = inside.get("home").await?.unwrap_or(0) + 1;
    ///         inside.put("home", &count).await?;
    ///         Ok::<_, Error>(count)
    ///     })
    ///     .await?;
    /// # let _ = count;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What `work` fails with, and as [`begin`](Self::begin) and [`Transaction::commit`].
    ///
    /// # Cancel safety
    /// If the future is dropped the transaction is rolled back, unless it was being committed.
    pub async fn transact<T, E, F>(&self, options: TransactionOptions, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T, E>,
        E: From<Error>,
    {
        let transaction = self.begin(options).await?;
        match work(&transaction).await {
            Ok(result) => {
                transaction.commit().await?;
                Ok(result)
            }
            Err(failure) => {
                // What went wrong first is what the caller wants to know.
                if let Err(error) = transaction.rollback().await {
                    tracing::debug!(%error, "a transaction was not rolled back by its client");
                }
                Err(failure)
            }
        }
    }
}

impl Transaction {
    /// Keeps what the transaction wrote. Operation 4001.
    ///
    /// Waits first for operations that are on their way, also for those whose futures were
    /// dropped.
    ///
    /// # Errors
    /// [`Error::Server`] when the grid has rolled it back instead: [`Error::transaction_failure`]
    /// tells why. After [`Error::ConnectionLost`] or [`Error::TimedOut`] it may have been committed
    /// or not, but not in part.
    ///
    /// # Cancel safety
    /// If the future is dropped it may be committed or not, but not in part.
    pub async fn commit(self) -> Result<(), Error> {
        self.end("commit a transaction", true).await
    }

    /// Forgets what the transaction wrote. Operation 4001.
    ///
    /// Dropping it does the same, but this waits until the locks are free again.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache). The grid rolls it back in any case.
    ///
    /// # Cancel safety
    /// It is rolled back even if the future is dropped.
    pub async fn rollback(self) -> Result<(), Error> {
        self.end("roll back a transaction", false).await
    }

    pub(crate) fn scope(&self) -> &Arc<TransactionScope> {
        &self.scope
    }

    async fn end(self, name: &'static str, commit: bool) -> Result<(), Error> {
        let limit = self.client.request_timeout();
        let closed = tokio::time::timeout(limit, self.scope.close()).await;
        let resource = closed.map_err(|_| Error::TimedOut {
            operation: name,
            limit,
        })?;
        let request = EndTransaction {
            transaction: self.scope.id(),
            commit,
        };
        let operation = Operation::write(name).routed(Route::Pinned(self.scope.connection()));
        let ended = self
            .client
            .ask(operation, |_| Request::EndTransaction(request))
            .await;
        // An answer of the node is the end, whatever it says; without one it is rolled back again.
        if let (Ok(()) | Err(Error::Server { .. }), Some(resource)) = (&ended, resource) {
            resource.released();
        }
        ended
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.scope.abandon();
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Transaction")
            .field("id", &self.scope.id())
            .field("node", self.scope.connection().address())
            .finish_non_exhaustive()
    }
}
