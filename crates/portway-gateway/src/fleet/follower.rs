//! Keeps the data path in step with the rows of the grid.
//!
//! While the grid is away the last copy is served, and peers still expire in time.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use portway_ignite::{CacheEvent, ContinuousQuery, Cursor, EventStream, ScanQuery};

use super::{
    Fleet, FleetError, FleetKey, UnixSeconds,
    doubt::Doubt,
    follower_view::{FollowerView, Shared},
    row::PeerRow,
};
use crate::{Change, ChangeError, DataPathHandle, GatewayEventKind, PublicKey};

/// Events that are taken before the data path is told, so that many rows cost few commands.
const MAX_BATCH: usize = 256;
/// The wall clock may be set while a peer waits to expire, so it is looked at this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// The pause after a failed attempt to catch up doubles between these.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Follows `PEER` and tells the data path. Peers that others gave to the data path are left
/// alone.
pub struct Follower {
    fleet: Fleet,
    data_path: DataPathHandle,
    shared: Arc<Shared>,
    /// Held while changes are taken and applied, so that they are applied in order.
    turn: tokio::sync::Mutex<()>,
    /// The stream that the first sync left.
    events: Option<PeerEvents>,
}

type PeerEvents = EventStream<String, PeerRow>;

/// Why a turn of the follower ended.
enum Stop {
    /// The grid is away; there will be another turn.
    Grid(FleetError),
    /// There is nothing left to tell.
    DataPath(ChangeError),
}

impl From<portway_ignite::Error> for Stop {
    fn from(error: portway_ignite::Error) -> Self {
        Self::Grid(error.into())
    }
}

impl From<FleetError> for Stop {
    fn from(error: FleetError) -> Self {
        Self::Grid(error)
    }
}

impl Follower {
    /// Reads the rows for the first time and gives them to the data path; `own_key` is the
    /// gateway's public key.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses: there is no copy yet that could be served.
    pub async fn start(
        fleet: Fleet,
        key: &FleetKey,
        own_key: PublicKey,
        data_path: DataPathHandle,
    ) -> Result<Self, FleetError> {
        let shared = Shared::new(key, own_key);
        let turn = tokio::sync::Mutex::default();
        let mut follower = Self {
            fleet,
            data_path,
            shared: Arc::new(shared),
            turn,
            events: None,
        };
        match follower.catch_up().await {
            Ok(events) => follower.events = Some(events),
            Err(Stop::Grid(error)) => return Err(error),
            // The owner of the data path hears of its end from itself.
            Err(Stop::DataPath(error)) => tracing::error!(%error, "the data path took no peers"),
        }
        follower.shared.state().gather_news();
        Ok(follower)
    }

    /// Looks at this follower from outside.
    #[must_use]
    pub fn view(&self) -> FollowerView {
        FollowerView {
            shared: self.shared.clone(),
        }
    }

    /// Follows until the data path ends, and tells why.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it leaves the data path with the copy that it has.
    pub async fn run(mut self) -> ChangeError {
        let events = self.events.take();
        tokio::select! {
            error = self.follow_for_ever(events) => error,
            error = self.expire_for_ever() => error,
        }
    }

    async fn follow_for_ever(&self, mut events: Option<PeerEvents>) -> ChangeError {
        let mut pause = FIRST_PAUSE;
        loop {
            let turn = match events.take() {
                Some(events) => self.follow(events).await,
                None => self.return_to_grid().await.map(|caught_up| {
                    events = Some(caught_up);
                }),
            };
            match turn {
                Ok(()) => pause = FIRST_PAUSE,
                Err(Stop::DataPath(error)) => return error,
                Err(Stop::Grid(reason)) => {
                    self.shared.note_absence(reason);
                    // What was heard before the end holds, however long the grid is away.
                    if let Err(Stop::DataPath(error)) = self.tell().await {
                        return error;
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Catches up with a grid that was away, and may have come back without its tables.
    async fn return_to_grid(&self) -> Result<PeerEvents, Stop> {
        self.fleet.make_tables().await?;
        let events = self.catch_up().await?;
        self.shared.note_return();
        Ok(events)
    }

    /// Registers, scans and compares; the events that arrive meanwhile count more than the scan.
    async fn catch_up(&self) -> Result<PeerEvents, Stop> {
        let mut events = self
            .fleet
            .peers
            .continuous_query(ContinuousQuery::new())
            .await?;
        self.shared.state().begin_sync();
        let mut rows = self.fleet.peers.scan(ScanQuery::new()).await?;
        while self.take_some(&mut events, &mut rows).await? {
            self.tell().await?;
        }
        self.shared.state().end_sync(now());
        self.tell().await?;
        Ok(events)
    }

    /// Takes a batch of rows, and the events in between; false at the end of the scan.
    async fn take_some(
        &self,
        events: &mut PeerEvents,
        rows: &mut Cursor<String, PeerRow>,
    ) -> Result<bool, Stop> {
        for _ in 0..MAX_BATCH {
            tokio::select! {
                event = events.next() => self.take_event(event)?,
                row = rows.next() => match row {
                    None => return Ok(false),
                    Some(row) => self.take_row(row)?,
                },
            }
        }
        Ok(true)
    }

    fn take_row(&self, row: Result<(String, PeerRow), portway_ignite::Error>) -> Result<(), Stop> {
        match row {
            Ok((key, row)) => {
                let outcome = self.shared.state().handle_scanned(&key, &row, now());
                self.shared.report(&key, outcome);
                Ok(())
            }
            Err(error) => Ok(self.shared.unreadable(error)?),
        }
    }

    /// Hears of changes until the grid is away, and begins anew where the listener is in doubt.
    async fn follow(&self, mut events: PeerEvents) -> Result<(), Stop> {
        let mut doubt = Doubt::new(&self.fleet.client);
        loop {
            tokio::select! {
                event = events.next() => {
                    self.take_event(event)?;
                    self.take_waiting(&mut events).await?;
                    self.tell().await?;
                }
                arisen = doubt.arises() => {
                    arisen?;
                    events = self.catch_up().await?;
                }
            }
        }
    }

    /// Takes the events that are there already.
    async fn take_waiting(&self, events: &mut PeerEvents) -> Result<(), Stop> {
        for _ in 1..MAX_BATCH {
            match tokio::time::timeout(Duration::ZERO, events.next()).await {
                Ok(event) => self.take_event(event)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn take_event(
        &self,
        event: Option<Result<CacheEvent<String, PeerRow>, portway_ignite::Error>>,
    ) -> Result<(), Stop> {
        let event = match event {
            Some(Ok(event)) => event,
            Some(Err(error)) => return Ok(self.shared.unreadable(error)?),
            None => return Err(Stop::Grid(FleetError::Unheard)),
        };
        let mut state = self.shared.state();
        let outcome = match &event {
            CacheEvent::Created { key, value } | CacheEvent::Updated { key, value, .. } => {
                state.handle_written(key, value, now())
            }
            CacheEvent::Removed { key, old } | CacheEvent::Expired { key, old } => {
                state.handle_removed(key, old.as_ref(), now());
                Ok(())
            }
            _ => Ok(()),
        };
        drop(state);
        self.shared.report(event.key(), outcome);
        Ok(())
    }

    async fn expire_for_ever(&self) -> ChangeError {
        loop {
            let deadline = self.shared.state().next_timeout();
            tokio::select! {
                () = tokio::time::sleep(time_until(deadline)) => {}
                () = self.shared.changed.notified() => continue,
            }
            self.shared.state().handle_timeout(now());
            if let Err(Stop::DataPath(error)) = self.tell().await {
                return error;
            }
        }
    }

    /// Tells the data path what changed, in order.
    async fn tell(&self) -> Result<(), Stop> {
        let _turn = self.turn.lock().await;
        let (changes, news) = {
            let mut state = self.shared.state();
            (state.poll_changes(), state.poll_news())
        };
        self.shared.changed.notify_one();
        let applied = match changes.is_empty() {
            true => Ok(()),
            false => self.apply(changes).await,
        };
        // Who hears of it finds it done.
        let at = SystemTime::now();
        for news in news {
            let kind = GatewayEventKind::Peer(news);
            self.shared.events.publish(at, kind);
        }
        applied
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), Stop> {
        match self.data_path.apply_async(changes).await {
            Err(error @ ChangeError::Gone(_)) => Err(Stop::DataPath(error)),
            Err(error) => {
                tracing::error!(%error, "the data path refused a change of the fleet");
                Ok(())
            }
            Ok(()) => {
                self.shared.applied.send_replace(());
                Ok(())
            }
        }
    }
}

fn now() -> UnixSeconds {
    UnixSeconds::from_system_time(SystemTime::now())
}

fn time_until(deadline: Option<UnixSeconds>) -> Duration {
    let moment = deadline.map(UnixSeconds::to_system_time);
    let left = moment.map(|moment| moment.duration_since(SystemTime::now()).unwrap_or_default());
    left.map_or(LONGEST_SLEEP, |left| left.min(LONGEST_SLEEP))
}
