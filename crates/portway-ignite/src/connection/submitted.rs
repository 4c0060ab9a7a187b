//! A request on its way.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use super::exchange::Exchange;
use super::pending::Reply;
use super::table::Failure;
use super::{Connection, Deadline};
use crate::error::Error;

/// A request that was sent. Dropping it discards its answer.
#[derive(Debug)]
pub(crate) struct Submitted {
    connection: Connection,
    operation: &'static str,
    deadline: Deadline,
    /// `None` once the answer was handed out.
    id: Option<i64>,
}

impl Submitted {
    pub(super) fn new(
        connection: Connection,
        id: i64,
        operation: &'static str,
        deadline: Deadline,
    ) -> Self {
        Self {
            connection,
            operation,
            deadline,
            id: Some(id),
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Waits for the answer. Cancel safe: it can be called again after it was dropped.
    pub(crate) async fn wait(&mut self) -> Result<Reply, Error> {
        poll_fn(|context| self.poll(context)).await
    }

    /// The answer, once it is there.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Reply, Error>> {
        let Some(id) = self.id else {
            return Poll::Ready(Err(self.connection.lost()));
        };
        let answer = ready!(self.exchange().poll(id, context.waker()));
        self.id = None;
        Poll::Ready(answer.map_err(|failure| match failure {
            Failure::Told(error) => error,
            Failure::Expired => self.deadline.missed_by(self.operation),
        }))
    }

    fn exchange(&self) -> &Exchange {
        &self.connection.shared.exchange
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.exchange().abandon(id);
        }
    }
}
