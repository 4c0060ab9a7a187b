//! Whether the cache of a continuous query is still there: a node that forgets a query with its
//! cache tells nobody.

use std::future::pending;
use std::time::Duration;

use portway_ignite_protocol::{CacheHeader, Request, Status, TopologyVersion};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use crate::connection::{Connection, Leaves};
use crate::error::Error;

/// Watches over the cache of one continuous query, on the connection that tells its events.
///
/// Each cache that is made or destroyed, and each node that comes or goes, raises the version of the
/// topology, which comes with the next answer of the connection, that to a heartbeat at the latest.
/// Then the cache is asked for.
#[derive(Debug)]
pub(super) struct Standing {
    cache: CacheHeader,
    connection: Connection,
    limit: Duration,
    doubts: Doubts,
    topology: watch::Receiver<Option<TopologyVersion>>,
    /// The version at which the cache was there.
    known: Option<TopologyVersion>,
    question: Option<Question>,
}

/// What to make of a cache that is there, but may have been destroyed and made again, or have lost
/// partitions with all their copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubts {
    /// It is taken for what it was.
    Ignored,
    /// The doubt is told, once.
    Told,
}

#[derive(Debug)]
struct Question {
    version: Option<TopologyVersion>,
    answer: oneshot::Receiver<Option<Error>>,
}

impl Standing {
    /// Of a query that was registered a moment ago. A question may take up to `limit`.
    pub(super) fn new(
        cache: CacheHeader,
        connection: Connection,
        limit: Duration,
        doubts: Doubts,
    ) -> Self {
        let topology = connection.topology();
        let known = *topology.borrow();
        Self {
            cache,
            connection,
            limit,
            doubts,
            topology,
            known,
            question: None,
        }
    }

    /// Waits until the cache is gone, or in doubt if doubts are told
    /// ([`Error::EventsInDoubt`]), and answers why.
    ///
    /// Cancel safe: an open question is kept.
    pub(super) async fn gone(&mut self) -> Error {
        loop {
            let version = *self.topology.borrow_and_update();
            if version == self.known {
                if self.topology.changed().await.is_err() {
                    // The connection has ended, as its events tell.
                    return pending().await;
                }
                continue;
            }
            if let Some(error) = self.ask(version).await {
                return error;
            }
        }
    }

    /// Asks for the cache, unless that was done; answers why its query is over or in doubt, if it is.
    async fn ask(&mut self, version: Option<TopologyVersion>) -> Option<Error> {
        if self.question.is_none() {
            let (tell, answer) = oneshot::channel();
            let (cache, connection, limit) = (self.cache, self.connection.clone(), self.limit);
            // In a task of its own, so that events are told meanwhile.
            tokio::spawn(async move { tell.send(look(cache, connection, limit).await) });
            self.question = Some(Question { version, answer });
        }
        let question = self.question.as_mut()?;
        let (asked_at, error) = (question.version, (&mut question.answer).await);
        self.question = None;
        let is_in_doubt = !self.is_next(asked_at);
        self.known = asked_at;
        if let Some(gone) = error.ok().flatten() {
            return Some(gone);
        }
        if is_in_doubt && self.doubts == Doubts::Told {
            self.doubts = Doubts::Ignored;
            return Some(Error::EventsInDoubt);
        }
        None
    }

    /// Whether nothing happened but one cache that was made or destroyed, so that a cache that is
    /// there has been there all the time.
    ///
    /// The first change after a node came or went is often the last one of that: partitions have moved.
    /// A query that was registered while they did may not be told of changes of some of them.
    fn is_next(&self, version: Option<TopologyVersion>) -> bool {
        let (Some(known), Some(next)) = (self.known, version) else {
            return false;
        };
        let has_settled = known.major == next.major && known.minor > 0;
        let is_next = has_settled && known.minor.checked_add(1) == Some(next.minor);
        // The answer brought a newer version with it, if there was one.
        is_next && *self.topology.borrow() == version
    }
}

/// The error of a cache that is not there. Other errors say nothing of it: the query may live.
async fn look(cache: CacheHeader, connection: Connection, limit: Duration) -> Option<Error> {
    let question = Request::CacheConfiguration(cache);
    let answer = connection.request("continuous_query", &question, Leaves::Nothing);
    let Ok(Err(error)) = timeout(limit, answer).await else {
        return None;
    };
    (error.status() == Some(Status::CACHE_DOES_NOT_EXIST)).then_some(error)
}
