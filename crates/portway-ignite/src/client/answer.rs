//! The answer of an operation.

use portway_ignite_protocol::{Layout, decode_body};

use crate::connection::{Connection, Reply, Submitted};
use crate::error::Error;

/// A successful answer, and what brought it.
#[derive(Debug)]
pub(crate) struct Answer {
    submitted: Submitted,
    pub(crate) reply: Reply,
}

impl Answer {
    pub(super) fn new(submitted: Submitted, reply: Reply) -> Self {
        Self { submitted, reply }
    }

    /// The name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        self.submitted.operation()
    }

    /// The connection that the answer came on.
    pub(crate) fn connection(&self) -> &Connection {
        self.submitted.connection()
    }

    /// Reads the whole answer.
    pub(crate) fn read<T: Layout>(&self) -> Result<T, Error> {
        let dialect = self.connection().agreement().dialect;
        decode_body(&self.reply.body, dialect).map_err(|source| Error::Decode {
            operation: self.operation(),
            source,
        })
    }
}
