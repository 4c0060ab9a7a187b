//! The same steps on both servers, one after the other, and what came of them.

use std::time::{Duration, Instant};

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite_protocol::{CacheHeader, EndTransaction, EntryEvent, EventKind, Request};

use crate::outcome::Outcome;
use crate::random::Random;
use crate::side::{CLIENTS, Caches, Side};
use crate::step::{self, SHORT};

/// While a short-lived entry is younger than that, no clock makes a difference.
const CERTAINLY_ALIVE: Duration = Duration::from_millis(SHORT / 3);

/// What a real node is given to answer what it should not.
const SUSPICION: Duration = Duration::from_millis(3);

/// What a round is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    KeyValue,
    Transactions,
    Expiry,
    Sql,
}

/// A request that both servers let wait.
struct Waiting {
    request: Request,
    on_grid: i64,
    on_node: i64,
}

#[derive(Default)]
struct ClientState {
    transaction: Option<i32>,
    waiting: Option<Waiting>,
}

pub(crate) struct Round {
    kind: Kind,
    random: Random,
    caches: Caches,
    clients: [ClientState; CLIENTS],
    /// Whether the events of this step come in an order that a request gives; those of each key do.
    ordered: bool,
    /// What was done, for the report.
    history: Vec<String>,
    /// When the oldest entry that may be short-lived was written or read.
    short_lived: Option<Instant>,
    expired: [Vec<EntryEvent>; 2],
    grid: Grid,
    on_grid: Side,
    on_node: Side,
}

impl Round {
    pub(crate) async fn begin(address: &str, kind: Kind, seed: u64) -> Self {
        let caches = Caches::fresh();
        let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
        let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
        let own = listener.address().to_string();
        grid.serve(listener);
        Self {
            kind,
            random: Random::new(seed).with_numbers_only(kind == Kind::Sql),
            clients: Default::default(),
            ordered: true,
            history: vec![format!("PORTWAY_TEST_DIFFERENTIAL_SEED={seed}")],
            short_lived: None,
            expired: Default::default(),
            on_grid: Side::connect(&own, &caches, kind == Kind::Sql).await,
            on_node: Side::connect(address, &caches, kind == Kind::Sql).await,
            grid,
            caches,
        }
    }

    pub(crate) async fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            if self
                .short_lived
                .is_some_and(|since| since.elapsed() > CERTAINLY_ALIVE)
            {
                self.let_expire().await;
            }
            // Operations that waited go on side by side.
            self.ordered = self.clients.iter().all(|state| state.waiting.is_none());
            self.step().await;
            self.compare_woken().await;
            self.compare_events().await;
            let too_late = Duration::from_millis(SHORT - 50);
            if self
                .short_lived
                .is_some_and(|since| since.elapsed() > too_late)
            {
                // A busy machine: whether entries had expired by now nobody knows.
                return;
            }
        }
    }

    /// Ends what is open, and compares what is left.
    pub(crate) async fn end(mut self) {
        let too_late = Duration::from_millis(SHORT - 50);
        let certain = self
            .short_lived
            .is_none_or(|since| since.elapsed() < too_late);
        if certain && self.end_transactions().await {
            self.let_expire().await;
            self.compare_events().await;
            for place in 0..2 {
                self.execute(0, step::scan(self.caches.header(place))).await;
            }
        }
        // A cache is destroyed when no transaction uses it any more.
        self.on_node.clients.clear();
        self.on_node.destroy(&self.caches).await;
        self.grid.shutdown().await;
    }

    /// Answers whether all could be ended: those that wait for each other cannot.
    async fn end_transactions(&mut self) -> bool {
        for _ in 0..CLIENTS {
            for client in 0..CLIENTS {
                let state = &mut self.clients[client];
                if state.waiting.is_none()
                    && let Some(transaction) = state.transaction.take()
                {
                    self.execute(client, end(transaction, false)).await;
                    self.compare_woken().await;
                }
            }
        }
        let over = |state: &ClientState| state.waiting.is_none() && state.transaction.is_none();
        self.clients.iter().all(over)
    }

    async fn step(&mut self) {
        let client = self.random.below(CLIENTS);
        if self.clients[client].waiting.is_some() {
            return;
        }
        if self.an_outsider_waits() {
            // A real node links the locks that one of its threads takes: what else that thread does
            // would wait too, and which thread does what nobody can tell.
            if let Some(transaction) = self.clients[client].transaction.take() {
                self.execute(client, end(transaction, true)).await;
            }
            return;
        }
        let transactional = self.kind == Kind::Transactions;
        let place = self.random.below(2);
        let mut header = self
            .caches
            .header(if transactional && self.random.below(12) > 0 {
                0
            } else {
                place
            });
        if self.kind == Kind::Expiry && self.random.below(2) == 0 {
            header.expiry = Some(step::policy(&mut self.random));
            self.short_lived.get_or_insert_with(Instant::now);
        }
        let request = self.choose(client, header);
        self.execute(client, request).await;
    }

    /// Whether an operation outside of transactions waits.
    fn an_outsider_waits(&self) -> bool {
        let outsider = |state: &ClientState| state.waiting.is_some() && state.transaction.is_none();
        self.clients.iter().any(outsider)
    }

    fn choose(&mut self, client: usize, mut header: CacheHeader) -> Request {
        let open = self.clients[client].transaction;
        let none_open = self.clients.iter().all(|state| state.transaction.is_none());
        match (self.random.below(10), open) {
            (0..5, None) if self.kind == Kind::Sql => step::statement(&mut self.random, header),
            (0, None) if self.kind == Kind::Transactions => step::begin(&mut self.random),
            (1, None) if self.kind == Kind::Transactions => step::begin(&mut self.random),
            (0, Some(transaction)) => {
                self.clients[client].transaction = None;
                end(transaction, true)
            }
            (1, Some(transaction)) if self.random.below(3) == 0 => {
                self.clients[client].transaction = None;
                end(transaction, false)
            }
            (2, _) if none_open => step::sweeping(&mut self.random, header),
            (3, _) if self.random.below(3) == 0 => step::scan(header),
            _ => {
                header.transaction = open;
                step::operation(&mut self.random, header)
            }
        }
    }

    /// Sends a request to both, and compares the answers unless both let it wait.
    async fn execute(&mut self, client: usize, request: Request) {
        self.history.push(format!("{client}: {request:?}"));
        let grid = &mut self.on_grid.clients[client];
        let on_grid = grid.send(&request).await;
        grid.ask(&Request::CacheNames(())).await.unwrap();
        let on_node = self.on_node.clients[client].send(&request).await;
        self.ordered &= !step::is_remove_all(&request) && !step::is_statement(&request);
        let waiting = Waiting {
            request,
            on_grid,
            on_node,
        };
        match self.on_grid.clients[client].take(on_grid) {
            Some(answer) => self.compare(client, waiting, answer).await,
            None => self.clients[client].waiting = Some(waiting),
        }
    }

    async fn compare(&mut self, client: usize, waiting: Waiting, answer: crate::wire::Answer) {
        let request = &waiting.request;
        if let (Request::StartTransaction(_), Ok(number)) = (request, &answer) {
            let number = i32::from_le_bytes(number[..].try_into().unwrap());
            self.clients[client].transaction = Some(number);
        }
        let here = Outcome::of(request, answer);
        let there = self.on_node.clients[client].answer(waiting.on_node).await;
        let Some(there) = there else {
            panic!(
                "the node lets wait what the grid answers with {here:?}\n{}",
                self.report()
            );
        };
        let there = Outcome::of(request, there);
        assert!(
            here == there,
            "grid: {here:?}\nnode: {there:?}\n{}",
            self.report()
        );
    }

    /// Compares what does not wait any more.
    async fn compare_woken(&mut self) {
        for client in 0..CLIENTS {
            let Some(waiting) = self.clients[client].waiting.take() else {
                continue;
            };
            let wire = &mut self.on_grid.clients[client];
            wire.ask(&Request::CacheNames(())).await.unwrap();
            match wire.take(waiting.on_grid) {
                Some(answer) => self.compare(client, waiting, answer).await,
                None => self.must_wait(client, waiting).await,
            }
        }
    }

    async fn must_wait(&mut self, client: usize, waiting: Waiting) {
        let wire = &mut self.on_node.clients[client];
        wire.receive_for(SUSPICION).await;
        if let Some(answer) = wire.take(waiting.on_node) {
            panic!(
                "the grid lets wait what the node answers with {answer:?}\n{}",
                self.report()
            );
        }
        self.clients[client].waiting = Some(waiting);
    }

    async fn compare_events(&mut self) {
        let (mut here, expired) = split(self.on_grid.take_events().await);
        self.expired[0].extend(expired);
        self.on_node.listener.await_events_like(here.len()).await;
        let (mut there, expired) = split(self.on_node.take_events().await);
        self.expired[1].extend(expired);
        if !self.ordered {
            here.sort_by(by_key);
            there.sort_by(by_key);
        }
        assert!(
            here == there,
            "grid: {here:?}\nnode: {there:?}\n{}",
            self.report()
        );
    }

    /// Waits until everything short-lived is gone on both.
    async fn let_expire(&mut self) {
        if self.short_lived.take().is_none() {
            return;
        }
        self.history.push("everything expires".to_owned());
        tokio::time::sleep(Duration::from_millis(SHORT + 300)).await;
        self.compare_events().await;
        let missing = self.expired[0].len().saturating_sub(self.expired[1].len());
        self.on_node.listener.await_events(missing).await;
        self.compare_events().await;
        let [mut here, mut there] = std::mem::take(&mut self.expired);
        // Both caches tell the same listener.
        let key_and_value = |event: &EntryEvent| (event.key.clone(), event.old_value.clone());
        here.sort_by_key(key_and_value);
        there.sort_by_key(key_and_value);
        assert!(
            here == there,
            "grid: {here:?}\nnode: {there:?}\n{}",
            self.report()
        );
    }

    fn report(&self) -> String {
        self.history.join("\n")
    }
}

fn end(transaction: i32, commit: bool) -> Request {
    Request::EndTransaction(EndTransaction {
        transaction,
        commit,
    })
}

fn by_key(one: &EntryEvent, other: &EntryEvent) -> std::cmp::Ordering {
    one.key.cmp(&other.key)
}

/// Events of changes, and those of expiry: a server finds an expired entry when it looks for it.
fn split(events: Vec<EntryEvent>) -> (Vec<EntryEvent>, Vec<EntryEvent>) {
    events
        .into_iter()
        .partition(|event| event.kind != EventKind::Expired)
}
