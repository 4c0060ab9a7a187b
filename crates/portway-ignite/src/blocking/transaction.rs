//! Transactions whose operations are waited for.

use super::Blocking;
use super::client::Client;
use super::methods::ends;
use crate::error::Error;
use crate::transaction::TransactionOptions;

/// Several operations as one; see [`Transaction`](crate::Transaction).
pub type Transaction = Blocking<crate::Transaction>;

impl Transaction {
    ends! { "Transaction":
        commit() -> Result<(), Error>;
        rollback() -> Result<(), Error>;
    }
}

impl Client {
    /// Runs `work` in a transaction, commits it if that succeeds and rolls it back if it fails; see
    /// [`transact`](crate::Client::transact).
    ///
    /// # Errors
    /// As that.
    pub fn transact<T, E: From<Error>>(
        &self,
        options: TransactionOptions,
        work: impl FnOnce(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.begin(options)?;
        match work(&transaction) {
            Ok(result) => {
                transaction.commit()?;
                Ok(result)
            }
            Err(failure) => {
                // What went wrong first is what the caller wants to know.
                if let Err(error) = transaction.rollback() {
                    tracing::debug!(%error, "a transaction was not rolled back by its client");
                }
                Err(failure)
            }
        }
    }
}
