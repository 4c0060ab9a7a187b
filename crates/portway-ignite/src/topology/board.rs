//! The side of the topology that operations see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use portway_ignite_protocol::{CacheId, RawValue, TypeRegistry, WriteValue};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

use crate::client::Schemas;
use crate::configuration::ClientConfiguration;
use crate::connection::Connection;
use crate::error::Error;
use crate::seldom::Boxed;

use super::mapping::{Access, Holder, Mapping, Partitioned};
use super::route::Route;
use super::seek::{Round, Sought};
use super::services::FRESH_FOR;
use super::snapshot::Snapshot;
use super::state::ConnectionState;
use super::worker::Worker;

/// Hints that wait for the worker. One that finds no place is given again by the next operation.
const HINTS_LIMIT: usize = 256;

/// What somebody would like to be known.
#[derive(Debug)]
pub(crate) enum Hint {
    /// Where the keys of a cache are.
    Cache(CacheId),
    /// A binary type, on which the place of keys depends.
    Type(i32),
    /// Where a service runs.
    Service(Arc<str>),
    /// Nothing any more: the client closes, and waits until it has.
    Close(oneshot::Sender<()>),
}

/// Where the worker puts what operations see.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) snapshot: ArcSwap<Snapshot>,
    /// Whether it matters which node is asked: the snapshot's word, for a look at every operation.
    pub(super) has_choice: AtomicBool,
    /// Rung with each new snapshot.
    pub(super) published: watch::Sender<()>,
    pub(super) state: watch::Sender<ConnectionState>,
}

/// The nodes of the grid as operations see them. The worker ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Topology {
    configuration: Arc<ClientConfiguration>,
    board: Arc<Board>,
    hints: mpsc::Sender<Hint>,
    schemas: Arc<Schemas>,
}

impl Topology {
    /// Connects to the first node that can be used, and starts the worker. All that needs no node is
    /// built while that node is busy with the handshake.
    ///
    /// Boxed here, it is no part of the code and of the futures of the programs that connect.
    pub(crate) fn start(
        configuration: Arc<ClientConfiguration>,
    ) -> Boxed<'static, Result<Self, Error>> {
        Box::pin(Self::connect(configuration))
    }

    async fn connect(configuration: Arc<ClientConfiguration>) -> Result<Self, Error> {
        configuration.check()?;
        let first = Round {
            pause: Duration::ZERO,
            known: Vec::new(),
            start: 0,
        };
        let mut built = None;
        let mut build = || {
            built.get_or_insert_with(|| Self::build(&configuration));
        };
        let Sought { result, next } = first.run(&configuration, &mut build).await;
        let connection = result?;
        let (topology, found) = built.unwrap_or_else(|| Self::build(&configuration));
        topology.board.show_first(&connection);
        let sought = Sought {
            result: Ok(connection),
            next,
        };
        // The worker ends before its clients only with the runtime.
        let _ = found.send((sought, Instant::now()));
        Ok(topology)
    }

    /// The topology that knows nothing yet, with its worker, which waits for what is found first.
    fn build(
        configuration: &Arc<ClientConfiguration>,
    ) -> (Self, oneshot::Sender<(Sought, Instant)>) {
        let (hints, received) = mpsc::channel(HINTS_LIMIT);
        let schemas = Arc::<Schemas>::default();
        let worker = Worker::new(configuration.clone(), schemas.clone(), received);
        let topology = Self {
            configuration: configuration.clone(),
            board: worker.board(),
            hints,
            schemas,
        };
        // The first look at a snapshot takes memory, as the first operation does.
        drop(topology.snapshot());
        configuration.observer.prepare();
        let (found, first) = oneshot::channel();
        tokio::spawn(worker.run(first));
        (topology, found)
    }

    /// The binary types that were fetched from the grid.
    pub(crate) fn schemas(&self) -> &Arc<Schemas> {
        &self.schemas
    }

    pub(crate) fn state(&self) -> watch::Receiver<ConnectionState> {
        self.board.state.subscribe()
    }

    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.board.snapshot.load()
    }

    /// A connection for an operation; waits while there is none.
    ///
    /// # Errors
    /// [`Error::Closed`], now or while it waits.
    pub(crate) async fn connection(&self, route: Route<'_>) -> Result<Connection, Error> {
        if let Some(connection) = self.snapshot().pick(route) {
            return Ok(connection);
        }
        let mut published = self.board.published.subscribe();
        loop {
            published.mark_unchanged();
            let snapshot = self.board.snapshot.load_full();
            match (snapshot.pick(route), &snapshot.away) {
                (Some(connection), _) => return Ok(connection),
                (None, Some(closed @ Error::Closed)) => return Err(closed.clone()),
                _ => {}
            }
            // The worker ends before its clients only with the runtime.
            if published.changed().await.is_err() {
                return Err(Error::Closed);
            }
        }
    }

    /// Why there is no connection, if there is none.
    pub(crate) fn away(&self) -> Option<Error> {
        self.snapshot().away.clone()
    }

    /// The node that serves a key best, as far as known; what is not known will be asked for.
    pub(crate) fn holder<Q>(&self, cache: CacheId, key: &Q, access: Access) -> Option<Uuid>
    where
        Q: WriteValue + ?Sized,
    {
        if !self.board.has_choice.load(Ordering::Relaxed) {
            return None;
        }
        let snapshot = self.snapshot();
        let mapping = self.mapping(&snapshot, cache)?;
        let encoded = RawValue::encode(key, snapshot.binary()?);
        let holder = || {
            let mapper = self
                .configuration
                .topology
                .partition_mapper
                .as_ref()
                .map(|mapper| &*mapper.0);
            mapping.holder(cache, &encoded, access, &*self.schemas, mapper)
        };
        match holder() {
            Holder::AfterType(_) => self.learn::<Q>(&snapshot),
            found => return found.node(),
        }
        match holder() {
            Holder::AfterType(type_id) => {
                self.hint(Hint::Type(type_id));
                None
            }
            found => found.node(),
        }
    }

    /// The node that serves a partition best, as far as known.
    pub(crate) fn holder_of_partition(
        &self,
        cache: CacheId,
        partition: u32,
        access: Access,
    ) -> Option<Uuid> {
        let snapshot = self.snapshot();
        let mapping = self.mapping(&snapshot, cache)?;
        mapping.holder_of_partition(partition, access).node()
    }

    /// The nodes that run a service, as far as known.
    pub(crate) fn nodes_of_service(&self, name: &str) -> Option<Arc<[Uuid]>> {
        let snapshot = self.snapshot();
        if !snapshot.has_choice() {
            return None;
        }
        let known = snapshot.services.get(name);
        if known.is_none_or(|known| known.since + FRESH_FOR <= Instant::now()) {
            self.hint(Hint::Service(name.into()));
        }
        known.map(|known| known.nodes.clone())
    }

    /// Ends all connections, after what is in flight was answered.
    pub(crate) async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.hints.send(Hint::Close(closed)).await.is_ok() {
            // The worker that is gone has closed everything, too.
            let _ = done.await;
        }
    }

    /// The partitions of a cache, if it has any and it matters which node is asked.
    fn mapping<'s>(&self, snapshot: &'s Snapshot, cache: CacheId) -> Option<&'s Partitioned> {
        if !snapshot.has_choice() {
            return None;
        }
        match snapshot
            .mappings
            .as_ref()
            .and_then(|mappings| mappings.of(cache))
        {
            Some(Mapping::Partitioned(mapping)) => Some(mapping),
            Some(Mapping::None) => None,
            None => {
                self.hint(Hint::Cache(cache));
                None
            }
        }
    }

    /// Takes over what a Rust type itself says of its binary types, which spares a question.
    fn learn<Q: WriteValue + ?Sized>(&self, snapshot: &Snapshot) {
        let Some(binary) = snapshot.binary() else {
            return;
        };
        let mut registry = TypeRegistry::new(binary);
        Q::describe(&mut registry);
        for binary_type in registry.iter() {
            self.schemas.add(binary_type.clone());
        }
    }

    fn hint(&self, hint: Hint) {
        // A full queue holds the same hint, most likely; if not, the next operation gives it again.
        let _ = self.hints.try_send(hint);
    }
}
