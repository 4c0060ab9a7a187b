//! A request on its way.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::exchange::Exchange;
use super::pending::Reply;
use super::table::Outcome;
use super::{Connection, Deadline};
use crate::error::Error;

/// A request that was sent. Dropping it discards its answer.
#[derive(Debug)]
pub(crate) struct Submitted {
    connection: Connection,
    operation: &'static str,
    /// The time-out, which the error of a late answer tells.
    limit: Duration,
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
            limit: deadline.limit,
            id: Some(id),
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn operation(&self) -> &'static str {
        self.operation
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
        Poll::Ready(match answer {
            Outcome::Answered(answer) => answer,
            Outcome::Expired => Err(self.timed_out()),
        })
    }

    fn timed_out(&self) -> Error {
        Error::TimedOut {
            operation: self.operation,
            limit: self.limit,
        }
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
