//! A grid, a gateway that follows it, and what a test asks of them.

#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

use std::{
    future::Future,
    path::PathBuf,
    time::{Duration, Instant, SystemTime},
};

use mio::{Registry, event::Event};
use portway_gateway::{
    Change, DataPath, DataPathConfiguration, DataPathHandle, Inner, InnerStack, ListenAddress,
    PeerChange, PeerEvent, PeerId, PrivateKey, PublicKey,
    fleet::{
        Fleet, FleetKey, Follower, FollowerView, GatewayIdentity, NewPeer, OnConflict, PeerRecord,
        Prefixes, Refusal, write_sessions,
    },
};
use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{Client, ClientConfiguration, ReconnectPolicy};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// No wait in these tests is longer.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it happens in time")
}

/// A peer with a fresh key and no wishes.
pub(crate) fn new_peer(name: &str) -> NewPeer {
    NewPeer {
        public_key: PrivateKey::generate().unwrap().public_key(),
        name: name.parse().unwrap(),
        prefixes: Prefixes::default(),
        on_conflict: OnConflict::Refuse,
        keepalive: 0,
        expires: None,
        preshared_key: None,
    }
}

/// As `wg set` adds one.
pub(crate) fn local_peer(key: PublicKey) -> Change {
    Change::Peer(PeerChange::new(key))
}

pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) client: Client,
    pub(crate) view: FollowerView,
    pub(crate) gateway: DataPathHandle,
    pub(crate) public_key: PublicKey,
    key: FleetKey,
    folder: TempDir,
    grid: Option<Grid>,
}

impl World {
    /// Lets a peer in and tells its record.
    pub(crate) async fn added(&self, name: &str) -> PeerRecord {
        let added = self.fleet.add(new_peer(name), SystemTime::now()).await;
        added.unwrap().record
    }

    pub(crate) async fn start() -> Self {
        Self::start_with("10.77.0.0/16, fd00:77::/64").await
    }

    pub(crate) async fn start_with(networks: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = FleetKey::from_bytes([1; 32]);
        let grid = open_grid(&folder.path().join("grid"));
        grid.serve(Listener::bind_unix(folder.path().join("grid.sock")).unwrap());
        let client = connect(folder.path().join("grid.sock")).await;
        let fleet = Fleet::open(&client, &key).await.unwrap();
        let (gateway, events, public_key) = start_gateway();
        let identity = GatewayIdentity {
            id: "one".parse().unwrap(),
            endpoint: gateway.local_address().to_string().parse().unwrap(),
            public_key,
            networks: networks.parse().unwrap(),
        };
        let registration = fleet.register(identity, SystemTime::now()).await.unwrap();
        tokio::spawn(registration.keep_until(std::future::pending()));
        let follower = Follower::start(fleet.clone(), &key, public_key, gateway.clone())
            .await
            .unwrap();
        let view = follower.view();
        tokio::spawn(follower.run());
        let id = "one".parse().unwrap();
        tokio::spawn(write_sessions(fleet.clone(), view.clone(), id, events));
        Self {
            fleet,
            client,
            view,
            gateway,
            public_key,
            key,
            folder,
            grid: Some(grid),
        }
    }

    /// The same fleet over a connection of its own.
    pub(crate) async fn fleet(&self) -> Fleet {
        self.fleet_with(&self.key).await
    }

    pub(crate) async fn fleet_with(&self, key: &FleetKey) -> Fleet {
        Fleet::open(&connect(self.socket()).await, key)
            .await
            .unwrap()
    }

    pub(crate) async fn stop_the_grid(&mut self) {
        self.grid.take().unwrap().shutdown().await;
    }

    /// Starts the grid again where the gateway does not look.
    pub(crate) async fn start_the_grid_privately(&mut self) {
        let grid = open_grid(&self.folder.path().join("grid"));
        grid.serve(Listener::bind_unix(self.private_socket()).unwrap());
        self.grid = Some(grid);
    }

    pub(crate) async fn private_fleet(&self) -> Fleet {
        Fleet::open(&connect(self.private_socket()).await, &self.key)
            .await
            .unwrap()
    }

    pub(crate) async fn show_the_grid(&self) {
        self.grid
            .as_ref()
            .unwrap()
            .serve(Listener::bind_unix(self.socket()).unwrap());
    }

    pub(crate) async fn follows(&self, peers: usize) {
        self.until(|world| world.view.peers() == peers).await;
    }

    /// Waits until the data path has the peer.
    pub(crate) async fn has(&self, key: &PublicKey) {
        within(async { while !self.is_in(key).await {} }).await;
    }

    pub(crate) async fn has_not(&self, key: &PublicKey) {
        within(async { while self.is_in(key).await {} }).await;
    }

    pub(crate) async fn refuses(&self, reason: Refusal, times: u64) {
        self.until(|world| world.view.refused().of(reason) >= times)
            .await;
    }

    async fn is_in(&self, key: &PublicKey) -> bool {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let snapshot = self.gateway.snapshot_async().await.unwrap();
        snapshot.peers.iter().any(|peer| peer.public_key == *key)
    }

    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        within(async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("grid.sock")
    }

    fn private_socket(&self) -> PathBuf {
        self.folder.path().join("private.sock")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.gateway.stop();
    }
}

fn open_grid(folder: &std::path::Path) -> Grid {
    Grid::open(GridConfiguration::durable(folder)).unwrap()
}

async fn connect(socket: PathBuf) -> Client {
    let address = format!("unix:{}", socket.display());
    let pauses = ReconnectPolicy::new(Duration::from_millis(5), Duration::from_millis(50));
    let configuration = ClientConfiguration::new([address])
        .reconnect(pauses)
        .request_timeout(Duration::from_secs(2));
    Client::connect(configuration).await.unwrap()
}

fn start_gateway() -> (DataPathHandle, mpsc::Receiver<PeerEvent>, PublicKey) {
    let key = PrivateKey::generate().unwrap();
    let public_key = key.public_key();
    let listen = ListenAddress::At("127.0.0.1:0".parse().unwrap());
    let mut configuration = DataPathConfiguration::new(listen);
    configuration.private_key = Some(key);
    let (handle, events) = DataPath::start(configuration, Inner::Stack(Box::new(Nowhere))).unwrap();
    (handle, events, public_key)
}

/// An inner side that takes packets and gives none.
struct Nowhere;

impl InnerStack for Nowhere {
    fn attach(&mut self, _registry: Registry, _first_token: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn handle_packet(&mut self, _from: PeerId, _packet: &[u8], _now: Instant) {}

    fn handle_event(&mut self, _event: &Event, _now: Instant) {}

    fn handle_timeout(&mut self, _now: Instant) {}

    fn next_timeout(&mut self) -> Option<Instant> {
        None
    }

    fn poll_packet(&mut self, _packet: &mut [u8], _now: Instant) -> Option<usize> {
        None
    }

    fn forget_peer(&mut self, _peer: PeerId) {}
}
