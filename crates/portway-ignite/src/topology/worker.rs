//! The task that keeps a client connected and its knowledge of the grid fresh.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arc_swap::ArcSwap;
use portway_ignite_protocol::{Feature, TopologyVersion};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::client::Schemas;
use crate::configuration::ClientConfiguration;
use crate::connection::Connection;
use crate::error::Error;
use crate::reconnect::Backoff;
use crate::seldom::Seldom;

use super::board::{Board, Hint};
use super::discovery::Discovery;
use super::members::{Members, Opened};
use super::questions::Questions;
use super::seek::{Round, Sought};
use super::services::Services;
use super::state::ConnectionState;
use super::tasks::{self, Event};
use super::types::AskedTypes;

/// A timer has to be set to something where there is nothing to wait for.
const NOTHING_TO_DO: Duration = Duration::from_secs(24 * 60 * 60);

/// Owns the connections of a client and all that is known of the grid.
pub(super) struct Worker {
    pub(super) configuration: Arc<ClientConfiguration>,
    pub(super) board: Arc<Board>,
    pub(super) schemas: Arc<Schemas>,
    hints: mpsc::Receiver<Hint>,
    pub(super) tasks: JoinSet<Event>,
    pub(super) live: BTreeMap<u64, Live>,
    next_serial: u64,
    pub(super) members: Members,
    pub(super) questions: Questions,
    pub(super) discovery: Discovery,
    pub(super) services: Services,
    pub(super) types: AskedTypes,
    /// The nodes of the own data centre.
    pub(super) near: Vec<Uuid>,
    pub(super) seeking: Seeking,
    /// Why there is no connection, while there is none.
    pub(super) away: Option<Error>,
    /// Whether the snapshot has to be replaced.
    pub(super) changed: bool,
}

/// A connection that can be used.
pub(super) struct Live {
    pub(super) connection: Connection,
    pub(super) version: Option<TopologyVersion>,
    since: Instant,
}

/// Looking for any node.
pub(super) struct Seeking {
    pub(super) is_running: bool,
    pub(super) next: usize,
    pub(super) backoff: Backoff,
}

impl Worker {
    /// A worker that knows nothing yet. It is boxed, so that it is never copied.
    pub(super) fn new(
        configuration: Arc<ClientConfiguration>,
        schemas: Arc<Schemas>,
        hints: mpsc::Receiver<Hint>,
    ) -> Box<Self> {
        let now = Instant::now();
        let policy = configuration.reconnect.clone();
        let per_node = configuration.topology.connections_per_node;
        Box::new(Self {
            board: Arc::new(Board {
                snapshot: ArcSwap::default(),
                has_choice: AtomicBool::new(false),
                published: watch::Sender::new(()),
                // Nobody sees it before there is a connection.
                state: watch::Sender::new(ConnectionState::Away {
                    error: Error::Closed,
                }),
            }),
            schemas,
            hints,
            tasks: JoinSet::new(),
            live: BTreeMap::new(),
            next_serial: 0,
            members: Members::new(per_node, policy.clone()),
            questions: Questions::default(),
            discovery: Discovery::new(now),
            services: Services::default(),
            types: AskedTypes::default(),
            near: Vec::new(),
            seeking: Seeking {
                // The client's own search, at its start.
                is_running: true,
                next: 0,
                backoff: Backoff::new(policy),
            },
            away: None,
            changed: false,
            configuration,
        })
    }

    /// A task panicked, in code of the program such as an address finder. It may have been the one that
    /// looks for the grid: another one may begin. (Two of them do no harm.)
    fn interrupted(&mut self, error: &JoinError) {
        tracing::error!(%error, "a task of the topology failed");
        self.seeking.is_running = false;
    }

    pub(super) fn board(&self) -> Arc<Board> {
        self.board.clone()
    }

    /// Runs until all handles of the client are dropped, or it is closed. What the client finds at its
    /// start is shown to operations at once, and given to the worker by `first`.
    pub(super) async fn run(mut self: Box<Self>, first: oneshot::Receiver<(Sought, Instant)>) {
        self.tasks.spawn(tasks::first(first));
        loop {
            self.act(Instant::now());
            self.publish();
            let due = self.due(Instant::now());
            tokio::select! {
                hint = self.hints.recv() => match hint {
                    Some(Hint::Close(closed)) => return Seldom::new(|| self.close(closed)).await,
                    Some(hint) => self.hinted(hint, Instant::now()),
                    None => return,
                },
                Some(event) = self.tasks.join_next() => match event {
                    Ok(event) => self.happened(event, Instant::now()),
                    Err(error) => self.interrupted(&error),
                },
                () = sleep_until(due) => {}
            }
        }
    }

    /// Takes a connection into use.
    pub(super) fn adopt(&mut self, connection: Connection, now: Instant) {
        let opened = self.opened(&connection);
        self.members.adopt(&opened, now);
        self.keep(opened.serial, connection, now);
    }

    /// What the members have to know of a connection, with a number of its own.
    pub(super) fn opened(&mut self, connection: &Connection) -> Opened {
        self.next_serial += 1;
        Opened {
            address: connection.address().clone(),
            node: connection.agreement().node,
            serial: self.next_serial,
        }
    }

    /// Takes a connection into use that has its place among the members.
    pub(super) fn keep(&mut self, serial: u64, connection: Connection, now: Instant) {
        let version = *connection.topology().borrow();
        self.tasks
            .spawn(tasks::watch(connection.clone(), serial, version));
        if self.away.take().is_some() {
            tracing::info!(address = %connection.address(), "the grid is back");
        }
        let live = Live {
            connection,
            version,
            since: now,
        };
        self.live.insert(serial, live);
        self.saw(version);
        self.changed = true;
    }

    /// Lets go of a connection that ended.
    pub(super) fn ended(&mut self, serial: u64, error: Error, now: Instant) {
        let Some(live) = self.live.remove(&serial) else {
            return;
        };
        self.members.lost(serial, now);
        self.changed = true;
        if !self.live.is_empty() {
            tracing::info!(%error, "a connection to the grid was lost");
            return;
        }
        self.seeking.backoff.lived(now - live.since);
        self.questions.reset();
        self.discovery.reset();
        self.services.reset();
        self.gone(error);
    }

    /// Notes that there is no connection.
    pub(super) fn gone(&mut self, error: Error) {
        tracing::warn!(%error, "the grid is away");
        self.away = Some(error);
        self.changed = true;
    }

    /// Notes the version of the topology that a node told of.
    pub(super) fn saw(&mut self, version: Option<TopologyVersion>) {
        let Some(version) = version else { return };
        let before = self.questions.newest().map(|newest| newest.major);
        self.questions.saw(version);
        if before < Some(version.major) {
            self.configuration.observer.topology_changed(version);
            self.nodes_changed();
        }
    }

    /// A connection to a node that told of the newest version, so that it answers from there.
    pub(super) fn informed(&self) -> Option<Connection> {
        let newest = self.live.values().max_by_key(|live| live.version)?;
        Some(newest.connection.clone())
    }

    /// Opens and asks what is due.
    fn act(&mut self, now: Instant) {
        if self.live.is_empty() {
            return self.seek();
        }
        if self.configuration.topology.partition_awareness {
            for dial in self.members.dial(now) {
                self.tasks
                    .spawn(tasks::dial(self.configuration.clone(), dial));
            }
        }
        self.discover(now);
        self.ask_partitions(now);
    }

    fn due(&self, now: Instant) -> Instant {
        let mut due = now + NOTHING_TO_DO;
        if !self.live.is_empty() {
            let dial = self
                .members
                .due()
                .filter(|_| self.configuration.topology.partition_awareness);
            let partitions = self.questions.due(now);
            let discovery = self
                .discovery
                .due(self.major())
                .filter(|_| self.can_discover());
            due = [dial, partitions, discovery]
                .into_iter()
                .flatten()
                .fold(due, Instant::min);
        }
        due
    }

    fn seek(&mut self) {
        if self.seeking.is_running {
            return;
        }
        self.seeking.is_running = true;
        let round = Round {
            pause: self.seeking.backoff.pause(),
            known: self.members.addresses(),
            start: self.seeking.next,
        };
        self.tasks
            .spawn(tasks::seek(self.configuration.clone(), round));
    }

    fn discover(&mut self, now: Instant) {
        if !self.can_discover() || !self.discovery.ask(self.major(), now) {
            return;
        }
        if let Some(connection) = self.informed() {
            self.tasks
                .spawn(tasks::ask_endpoints(connection, self.configuration.clone()));
        }
    }

    fn ask_partitions(&mut self, now: Instant) {
        let Some(connection) = self.informed() else {
            return;
        };
        if let Some(caches) = self.questions.ask(now) {
            let configuration = self.configuration.clone();
            self.tasks
                .spawn(tasks::ask_partitions(connection, configuration, caches));
        }
    }

    /// Whether the grid is asked where its nodes are, and can tell.
    pub(super) fn can_discover(&self) -> bool {
        let options = &self.configuration.topology;
        let is_wanted = options.discovery && options.address_finder.is_none();
        is_wanted
            && self
                .informed()
                .is_some_and(|node| tasks::knows(&node, Feature::NodeEndpoints))
    }

    fn major(&self) -> Option<i64> {
        self.questions.newest().map(|newest| newest.major)
    }
}
