//! The answer of an operation.

use portway_ignite_protocol::{Layout, decode_body};

use crate::connection::{Connection, Reply, Submitted};
use crate::error::Error;

/// A successful answer, and what brought it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) operation: &'static str,
    submitted: Submitted,
    pub(crate) reply: Reply,
}

impl Answer {
    pub(super) fn new(operation: &'static str, submitted: Submitted, reply: Reply) -> Self {
        Self {
            operation,
            submitted,
            reply,
        }
    }

    /// The connection that the answer came on.
    pub(crate) fn connection(&self) -> &Connection {
        self.submitted.connection()
    }

    /// Reads the whole answer.
    pub(crate) fn read<T: Layout>(&self) -> Result<T, Error> {
        let dialect = self.connection().agreement().dialect;
        decode_body(&self.reply.body, dialect).map_err(|source| Error::Decode {
            operation: self.operation,
            source,
        })
    }
}
