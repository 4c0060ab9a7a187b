//! Transactions, 4000 and 4001.

use portway_ignite_protocol::{EndTransaction, StartTransaction};

use super::Context;
use super::answer::{Body, body};
use super::reply::Refusal;

impl Context<'_> {
    pub(super) fn start_transaction(&mut self, options: StartTransaction) -> Result<Body, Refusal> {
        let number = self
            .engine
            .begin_transaction(self.connection, options, self.now)?;
        Ok(body(&number, self.dialect))
    }

    pub(super) fn end_transaction(&mut self, request: EndTransaction) -> Result<Body, Refusal> {
        let EndTransaction {
            transaction,
            commit,
        } = request;
        if commit {
            self.engine
                .commit_transaction(self.connection, transaction, self.now)?;
        } else {
            self.engine.roll_back(self.connection, transaction);
        }
        Ok(body(&(), self.dialect))
    }
}
