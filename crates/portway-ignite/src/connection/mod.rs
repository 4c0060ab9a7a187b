//! One connection: a handle that anyone may clone, and a driver task that owns the socket.
//!
//! ```text
//! Connection ──requests──►┐              ┌──► one write for all that is queued
//! Connection ──requests──►├─ Driver task ┤
//! Resource   ──releases──►┘   │    ▲     └──► heartbeats
//!                             │    └── answers by request id ──► the future that waits
//!                             └─────── notifications by resource id ──► event streams
//! ```
//!
//! Cursors, event streams, tasks and transactions belong to one connection and never move.

mod driver;
mod handshake;
mod heartbeat;
mod line;
mod listeners;
mod pending;
mod resource;
mod told;
mod transaction;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use portway_ignite_protocol::{self as protocol, TopologyVersion, encode_request};
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;

use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::error::{Delivery, Error, LossReason};
use crate::observe::Traffic;
use crate::transport::Transport;
use driver::Driver;
use line::{HandleEnd, line};
use pending::{Opens, Request, Waiter};
use resource::ResourceSlot;

pub(crate) use handshake::Agreement;
pub(crate) use listeners::NotificationQueue;
pub(crate) use pending::Reply;
pub(crate) use resource::Resource;
pub(crate) use told::ToldTypes;
pub(crate) use transaction::{TransactionPart, TransactionScope};

/// A handle of one connection. The connection ends when all its handles, cursors and streams are
/// dropped.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    address: Address,
    agreement: Agreement,
    told_types: OnceLock<Arc<ToldTypes>>,
    frame_limit: usize,
    next_id: AtomicI64,
    line: HandleEnd,
    requests_in_flight: usize,
    driver: AbortHandle,
}

/// A handle that does not keep its connection open.
#[derive(Debug)]
pub(crate) struct WeakConnection(Weak<Shared>);

impl WeakConnection {
    /// Whether requests can still be sent on the connection.
    pub(crate) fn is_open(&self) -> bool {
        let shared = self.0.upgrade();
        shared.is_some_and(|shared| !Connection { shared }.has_ended())
    }
}

/// A request that was sent.
#[derive(Debug)]
pub(crate) struct Submitted {
    connection: Connection,
    answer: oneshot::Receiver<Result<Reply, Error>>,
}

/// What the answer of a request leaves open on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    Nothing,
    Cursor,
    Listener,
    Task,
    Transaction,
    SetIterator,
}

impl Connection {
    /// Connects to the node at `address` and starts the driver.
    pub(crate) async fn open(
        address: &Address,
        configuration: &ClientConfiguration,
    ) -> Result<Self, Error> {
        let connecting = configuration.observer.connecting(address);
        match handshake::connect(address, configuration).await {
            Ok((transport, agreement)) => {
                let traffic = connecting.connected(&agreement);
                Ok(Self::start(
                    address,
                    configuration,
                    transport,
                    agreement,
                    traffic,
                ))
            }
            Err(error) => {
                connecting.failed(&error);
                Err(error)
            }
        }
    }

    fn start(
        address: &Address,
        configuration: &ClientConfiguration,
        transport: Transport,
        agreement: Agreement,
        traffic: Traffic,
    ) -> Self {
        let (handle, end) = line(configuration.requests_in_flight, agreement.topology);
        let driver = Driver::new(address, configuration, transport, &agreement, end, traffic);
        let driver = tokio::spawn(driver.run()).abort_handle();
        let shared = Shared {
            address: address.clone(),
            agreement,
            told_types: OnceLock::new(),
            frame_limit: configuration.frame_limit,
            next_id: AtomicI64::new(1),
            line: handle,
            requests_in_flight: configuration.requests_in_flight,
            driver,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The node's address.
    pub(crate) fn address(&self) -> &Address {
        &self.shared.address
    }

    /// What was agreed on with the node.
    pub(crate) fn agreement(&self) -> &Agreement {
        &self.shared.agreement
    }

    /// Waits until the connection has ended, and tells why.
    pub(crate) async fn ended(&self) -> Error {
        let mut ended = self.shared.line.ended.clone();
        // The driver tells the reason before it drops its end; without one it was cut off itself.
        let _ = ended.wait_for(Option::is_some).await;
        self.lost()
    }

    /// Whether the connection has ended, so that no request can be sent any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.shared.line.requests.is_closed()
    }

    /// The newest distribution of the partitions that the node told of, now and with each change.
    pub(crate) fn topology(&self) -> watch::Receiver<Option<TopologyVersion>> {
        self.shared.line.topology.clone()
    }

    /// The binary types that the cluster behind this connection was told; `join` finds out which
    /// cluster that is.
    pub(crate) fn told_types(&self, join: impl FnOnce() -> Arc<ToldTypes>) -> &Arc<ToldTypes> {
        self.shared.told_types.get_or_init(join)
    }

    /// A handle that does not keep the connection open.
    pub(crate) fn downgrade(&self) -> WeakConnection {
        WeakConnection(Arc::downgrade(&self.shared))
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Cancel safety
    /// If the future is dropped the connection stays usable: a late answer is discarded, and what
    /// it opened on the server is released.
    pub(crate) async fn request(
        &self,
        operation: &'static str,
        request: &protocol::Request,
        leaves: Leaves,
    ) -> Result<Reply, Error> {
        self.submit(operation, request, leaves).await?.wait().await
    }

    /// Sends a request, whose answer can be waited for later.
    ///
    /// It waits only for room among the requests in flight.
    pub(crate) async fn submit(
        &self,
        operation: &'static str,
        request: &protocol::Request,
        leaves: Leaves,
    ) -> Result<Submitted, Error> {
        self.submit_as_part(operation, request, leaves, None).await
    }

    /// Sends a request, which may be a part of a transaction.
    pub(crate) async fn submit_as_part(
        &self,
        operation: &'static str,
        request: &protocol::Request,
        leaves: Leaves,
        part_of: Option<TransactionPart>,
    ) -> Result<Submitted, Error> {
        let (id, frame) = self.encode(request)?;
        let opens = self.reserve(leaves)?;
        let room = self.shared.line.room.clone().acquire_owned().await;
        let room = room.map_err(|_| self.lost().undelivered())?;
        let (reply, answer) = oneshot::channel();
        let waiter = Waiter {
            operation,
            opens,
            reply,
            room,
            part_of,
        };
        self.shared
            .line
            .requests
            .try_send(Request { id, frame, waiter })
            .map_err(|_| self.lost().undelivered())?;
        Ok(Submitted {
            connection: self.clone(),
            answer,
        })
    }

    /// Waits until no request is in flight. Requests that come later wait behind it.
    pub(crate) async fn drained(&self) {
        let all = u32::try_from(self.shared.requests_in_flight).unwrap_or(u32::MAX);
        // A connection that has ended has nothing in flight either.
        let _ = self.shared.line.room.acquire_many(all).await;
    }

    /// Ends the connection at once.
    pub(crate) fn close(&self) {
        self.shared.driver.abort();
    }

    /// Asks the node for a sign of life; without one the connection ends.
    pub(crate) fn doubt(&self) {
        self.shared.line.doubts.notify_one();
    }

    fn encode(&self, request: &protocol::Request) -> Result<(i64, bytes::Bytes), Error> {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let limit = self.shared.frame_limit;
        let frame =
            encode_request(request, id, self.shared.agreement.dialect).map_err(|error| {
                Error::RequestTooLong {
                    size: error.length,
                    limit,
                }
            })?;
        if frame.len() > limit {
            return Err(Error::RequestTooLong {
                size: frame.len(),
                limit,
            });
        }
        Ok((id, frame))
    }

    fn reserve(&self, leaves: Leaves) -> Result<Opens, Error> {
        let opens = match leaves {
            Leaves::Nothing => return Ok(Opens::Nothing),
            Leaves::Cursor => Opens::Cursor,
            Leaves::Listener => Opens::Listener,
            Leaves::Task => Opens::Task,
            Leaves::Transaction => Opens::Transaction,
            Leaves::SetIterator => Opens::SetIterator,
        };
        ResourceSlot::reserve(&self.shared.line.releases)
            .map(opens)
            .map_err(|error| error.into_error(|| self.lost().undelivered()))
    }

    fn lost(&self) -> Error {
        let reason = self.shared.line.ended.borrow().clone();
        reason.unwrap_or_else(|| Error::ConnectionLost {
            address: self.shared.address.clone(),
            reason: LossReason::ClosedHere,
            delivery: Delivery::Unknown,
        })
    }
}

impl Submitted {
    /// Waits for the answer. Cancel safe: it can be called again after it was dropped.
    pub(crate) async fn wait(&mut self) -> Result<Reply, Error> {
        let lost = |_| Err(self.connection.lost());
        (&mut self.answer).await.unwrap_or_else(lost)
    }
}
