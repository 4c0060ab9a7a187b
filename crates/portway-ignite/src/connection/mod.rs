//! One connection: a handle that anyone may clone, and a driver task that owns the socket.
//!
//! ```text
//! Connection ──frames───►┐            ┌──► one write for all that is in the outbox
//! Connection ──frames───►├─ Exchange ─┤
//!    ▲  wakes            │            └──◄ answers, each to the seat that its id names
//!    └───────────────────┘  Driver task
//! Resource   ──releases──────►│  └──► heartbeats, deadlines
//!                             └─────► notifications by resource id ──► event streams
//! ```
//!
//! Cursors, event streams, tasks and transactions belong to one connection and never move.

mod deadline;
mod driver;
mod exchange;
mod first_questions;
mod frame;
mod gathering;
mod handshake;
mod heartbeat;
mod line;
mod listeners;
mod opening;
mod pending;
mod read_size;
mod resource;
mod submitted;
mod table;
mod terms;
mod told;
mod transaction;

use std::future::poll_fn;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Poll, Waker};

use portway_ignite_protocol::{BinaryConfiguration, RequestBody, TopologyVersion};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::timeout_at;

use crate::address::Address;
use crate::error::{Delivery, Error, LossReason};
use exchange::Exchange;
use line::HandleEnd;
use pending::{Opens, Ties};
use resource::ResourceSlot;
use table::Queued;

pub(crate) use deadline::{Deadline, FAR};
pub(crate) use frame::Frame;
pub(crate) use handshake::{Agreement, Meanwhile};
pub(crate) use listeners::{Notification, NotificationQueue};
pub(crate) use pending::Reply;
pub(crate) use read_size::ReadSize;
pub(crate) use resource::Resource;
pub(crate) use submitted::Submitted;
pub(crate) use terms::{Leaves, Terms};
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
    exchange: Arc<Exchange>,
    line: HandleEnd,
    requests_in_flight: usize,
    driver: AbortHandle,
}

/// Room for one request, and for what its answer leaves open.
#[derive(Debug)]
pub(crate) struct Place(Opens);

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

impl Connection {
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
        self.shared.exchange.has_ended()
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

    /// Sends a request without binary objects and waits for its answer.
    ///
    /// # Cancel safety
    /// If the future is dropped the connection stays usable: a late answer is discarded, and what
    /// it opened on the server is released.
    pub(crate) async fn request(
        &self,
        operation: &'static str,
        request: &impl RequestBody,
        leaves: Leaves,
    ) -> Result<Reply, Error> {
        self.submit(operation, request, leaves).await?.wait().await
    }

    /// Sends a request without binary objects, whose answer can be waited for later.
    ///
    /// It waits only for room among the requests in flight.
    pub(crate) async fn submit(
        &self,
        operation: &'static str,
        request: &impl RequestBody,
        leaves: Leaves,
    ) -> Result<Submitted, Error> {
        let frame = self.plain_frame(request)?;
        self.submit_frame(operation, frame, Terms::new(leaves))
            .await
    }

    /// Sends a request, if there is room among the requests in flight and it can be sent at all.
    pub(crate) fn try_submit(
        &self,
        operation: &'static str,
        request: &impl RequestBody,
    ) -> Option<Submitted> {
        let frame = self.plain_frame(request).ok()?;
        let terms = Terms::new(Leaves::Nothing);
        let place = self.place_at_once(terms.leaves).ok()??;
        // Who waits for the answer later gives the waker.
        let sent = self
            .clone()
            .send(operation, frame, place, terms, Waker::noop());
        sent.ok()
    }

    /// The frame of a request without binary objects.
    fn plain_frame(&self, request: &impl RequestBody) -> Result<Frame, Error> {
        self.frame(request, BinaryConfiguration::default())
    }

    /// The frame of a request for this connection.
    pub(crate) fn frame(
        &self,
        request: &impl RequestBody,
        binary: BinaryConfiguration,
    ) -> Result<Frame, Error> {
        let dialect = self.shared.agreement.dialect;
        Frame::encode(request, dialect, binary, self.shared.frame_limit)
    }

    /// How the cluster wants binary objects, if its node said it already.
    pub(crate) fn binary_at_once(&self) -> Option<BinaryConfiguration> {
        self.shared.line.binary.get().copied()
    }

    /// How the cluster wants binary objects. The node is asked now, unless it was.
    pub(crate) async fn binary(&self) -> Result<BinaryConfiguration, Error> {
        if let Some(binary) = self.binary_at_once() {
            return Ok(binary);
        }
        self.shared.exchange.want_binary();
        tokio::select! {
            binary = self.shared.line.binary.wait() => Ok(*binary),
            error = self.ended() => Err(error.undelivered()),
        }
    }

    /// Sends a frame of this connection on given terms, whose answer can be waited for later.
    pub(crate) async fn submit_frame(
        &self,
        operation: &'static str,
        frame: Frame,
        terms: Terms,
    ) -> Result<Submitted, Error> {
        let opens = self.reserve(terms.leaves)?;
        self.take_room(operation, terms.deadline).await?;
        let waker = poll_fn(|context| Poll::Ready(context.waker().clone())).await;
        self.clone()
            .send(operation, frame, Place(opens), terms, &waker)
    }

    /// A place for one request, if there is one at once.
    pub(crate) fn place_at_once(&self, leaves: Leaves) -> Result<Option<Place>, Error> {
        let opens = self.reserve(leaves)?;
        let has_room = self.shared.exchange.try_take_room();
        Ok(has_room.then_some(Place(opens)))
    }

    /// Sends a frame for which there is a place; `waker` is woken by its answer.
    pub(crate) fn send(
        self,
        operation: &'static str,
        frame: Frame,
        place: Place,
        terms: Terms,
        waker: &Waker,
    ) -> Result<Submitted, Error> {
        let queued = Queued {
            operation,
            ties: Ties::of(place.0, terms.part_of),
            deadline: terms.deadline.at,
            waker: waker.clone(),
        };
        let id = frame.send(|bytes| self.shared.exchange.send(bytes, queued))?;
        Ok(Submitted::new(self, id, operation, terms.deadline))
    }

    /// Whether anybody waits for an answer, or there is something to write.
    pub(crate) fn is_awaited(&self) -> bool {
        self.shared.exchange.is_awaited()
    }

    /// Waits until no request is in flight. Requests that come later wait behind it.
    pub(crate) async fn drained(&self) {
        self.shared
            .exchange
            .drained(self.shared.requests_in_flight)
            .await;
    }

    /// Ends the connection at once.
    pub(crate) fn close(&self) {
        self.shared.driver.abort();
    }

    /// Asks the node for a sign of life; without one the connection ends.
    pub(crate) fn doubt(&self) {
        self.shared.exchange.doubt();
    }

    /// Takes room for one request. A timer is needed only where there is none at once.
    async fn take_room(&self, operation: &'static str, deadline: Deadline) -> Result<(), Error> {
        let exchange = &self.shared.exchange;
        if exchange.try_take_room() {
            return Ok(());
        }
        // Boxed, as it is seldom needed and would make the future of every operation large.
        let room = Box::pin(timeout_at(deadline.at, exchange.take_room())).await;
        room.map_err(|_| {
            self.doubt();
            deadline.missed_by(operation)
        })
    }

    #[inline]
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
