//! KILL carried out.

use uuid::Uuid;

use super::Run;
use crate::sql::error::{SqlError, state};
use crate::sql::parse::Kill;

impl Run<'_> {
    /// Ends what is named, in the words of a node where it is not there.
    pub(super) fn kill(&mut self, kill: &Kill) -> Result<(), SqlError> {
        let here = self.request.node;
        match kill {
            Kill::Query { node, number } => return self.kill_query(*node, *number),
            Kill::Transaction { xid } => self.engine.kill_transaction(xid, self.request.now),
            Kill::ContinuousQuery { node, .. } if *node != here => {
                let message = "Cluster group is empty.";
                return Err(SqlError::ignite(state::INTERNAL, message));
            }
            Kill::ContinuousQuery { routine, .. } => self.engine.silence_listener(*routine),
            Kill::Task { number, node } if *node == here => self.engine.kill_task(*number),
            Kill::Client { number } => self.engine.dismiss_clients(*number),
            Kill::Service { name } if self.request.functions.service(name).is_some() => {
                self.engine.end_service(name);
            }
            Kill::Task { .. } | Kill::Service { .. } | Kill::Scan => {}
        }
        Ok(())
    }

    fn kill_query(&mut self, node: Uuid, number: i64) -> Result<(), SqlError> {
        let query = format!("[nodeId={node}, qryId={number}");
        let message = if node != self.request.node {
            format!("Failed to cancel query, node is not alive {query}]")
        } else if self.engine.end_query(number) {
            return Ok(());
        } else {
            format!(
                "Failed to cancel query {query}, err=Query with provided ID doesn't exist {query}]]"
            )
        };
        Err(SqlError::ignite(state::INTERNAL, message))
    }
}
