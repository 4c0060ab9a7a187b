//! A transaction on its connection: which requests are part of it, and when it may end.
//!
//! A server carries out a request whose transaction it does not know any more as if it were part
//! of none, and it does not keep the order of requests. So the request that ends a transaction must
//! not be sent while another one is on its way, also one that nobody waits for any more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Connection;
use super::resource::Resource;
use crate::error::Error;

/// A transaction of one connection.
#[derive(Debug)]
pub(crate) struct TransactionScope {
    connection: Connection,
    id: i32,
    state: Mutex<State>,
    /// Rung when no part is on its way any more.
    idle: Notify,
}

#[derive(Debug)]
struct State {
    /// Requests that the node has not answered.
    parts: usize,
    /// Requests that were ever let in.
    entered: usize,
    /// Whether parts are still let in.
    open: bool,
    /// Whether nobody will end it.
    abandoned: bool,
    /// Rolls back by being dropped; `None` once somebody ends the transaction.
    resource: Option<Resource>,
}

/// A request that is part of a transaction, until the node answers it.
#[derive(Debug)]
pub(crate) struct TransactionPart(Arc<TransactionScope>);

impl TransactionScope {
    pub(crate) fn new(connection: Connection, id: i32, resource: Option<Resource>) -> Arc<Self> {
        let state = State {
            parts: 0,
            entered: 0,
            open: true,
            abandoned: false,
            resource,
        };
        Arc::new(Self {
            connection,
            id,
            state: Mutex::new(state),
            idle: Notify::new(),
        })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The number that requests name it by.
    pub(crate) fn id(&self) -> i32 {
        self.id
    }

    /// Makes the next request a part.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<TransactionPart, Error> {
        let mut state = self.state();
        if !state.open {
            return Err(Error::TransactionOver);
        }
        state.parts += 1;
        state.entered += 1;
        Ok(TransactionPart(self.clone()))
    }

    /// Whether only one part was ever let in.
    pub(crate) fn has_one_part(&self) -> bool {
        self.state().entered == 1
    }

    /// Lets no more parts in, waits for those on their way, and leaves the end to the caller.
    ///
    /// Cancel safe: until it returns, [`abandon`](Self::abandon) still rolls back.
    pub(crate) async fn close(&self) -> Option<Resource> {
        loop {
            let idle = self.idle.notified();
            if let Some(resource) = self.try_close() {
                return resource;
            }
            idle.await;
        }
    }

    fn try_close(&self) -> Option<Option<Resource>> {
        let mut state = self.state();
        state.open = false;
        (state.parts == 0).then(|| state.resource.take())
    }

    /// Rolls back as soon as no part is on its way, unless somebody ended it.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.open = false;
        state.abandoned = true;
        if state.parts == 0 {
            state.resource = None;
        }
    }

    fn leave(&self) {
        let mut state = self.state();
        state.parts -= 1;
        if state.parts > 0 {
            return;
        }
        if state.abandoned {
            state.resource = None;
        }
        self.idle.notify_one();
    }

    /// Nothing under the lock can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TransactionPart {
    fn drop(&mut self) {
        self.0.leave();
    }
}
