//! Invitations on both grids: ours in this process, and a real Ignite where `PORTWAY_TEST_IGNITE` names one.

#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

use std::time::{Duration, SystemTime};

use portway_gateway::{
    PrivateKey,
    fleet::{
        Fleet, FleetError, FleetKey, GatewayIdentity, InvitationToken, PeerName, RedeemError,
        UnixSeconds,
    },
};
use portway_grid::{Grid, GridConfiguration, ListenAddress, Listener};
use portway_ignite::{Client, ClientConfiguration};
use tokio::{sync::Barrier, task::JoinSet};

/// No wait in these tests is longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Who show one token at once, each over a connection of its own.
const CALLERS: usize = 50;

/// A fleet with one gateway, and how to reach its grid once more.
struct Place {
    addresses: String,
    key: FleetKey,
    fleet: Fleet,
    /// So that runs against one grid do not disturb each other.
    run: String,
    _grid: Option<Grid>,
}

impl Place {
    async fn embedded() -> Self {
        let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
        let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
        let ListenAddress::Tcp(address) = listener.address().clone() else {
            panic!("it was bound to TCP");
        };
        grid.serve(listener);
        Self::at(address.to_string(), Some(grid)).await
    }

    async fn real() -> Option<Self> {
        let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
        Some(Self::at(addresses, None).await)
    }

    async fn at(addresses: String, grid: Option<Grid>) -> Self {
        let secret = PrivateKey::generate().unwrap();
        // One for all tests that share a real grid: it takes gateways of one fleet only.
        let key = FleetKey::from_bytes([7; 32]);
        let fleet = Fleet::open(&connect(&addresses).await, &key).await.unwrap();
        let run = secret.public_key().to_hex()[..12].to_owned();
        let identity = GatewayIdentity {
            id: run.parse().unwrap(),
            endpoint: "192.0.2.1:51820".parse().unwrap(),
            public_key: secret.public_key(),
            networks: "10.77.0.0/16, fd00:77::/64".parse().unwrap(),
        };
        let registration = fleet.register(identity, SystemTime::now()).await.unwrap();
        tokio::spawn(registration.keep_until(std::future::pending()));
        Self {
            addresses,
            key,
            fleet,
            run,
            _grid: grid,
        }
    }

    fn name(&self, name: &str) -> PeerName {
        format!("{name}-{}", self.run).parse().unwrap()
    }

    /// The fleet over a connection of its own.
    async fn fleet(&self) -> Fleet {
        let client = connect(&self.addresses).await;
        Fleet::open(&client, &self.key).await.unwrap()
    }

    async fn invite(&self, name: &str) -> InvitationToken {
        let now = SystemTime::now();
        let expires = UnixSeconds::from_system_time(now + Duration::from_secs(3600));
        self.fleet
            .invite(&self.name(name), expires, now)
            .await
            .unwrap()
    }
}

async fn connect(addresses: &str) -> Client {
    let configuration = ClientConfiguration::new(addresses.split(',').map(str::to_owned));
    Client::connect(configuration).await.unwrap()
}

/// Shows a token with a fresh key.
async fn redeem(fleet: &Fleet, token: &InvitationToken) -> Result<String, RedeemError> {
    let key = PrivateKey::generate().unwrap().public_key();
    let added = fleet.redeem(token, key, SystemTime::now()).await?;
    assert_eq!(added.record.public_key, key);
    Ok(key.to_base64())
}

async fn one_of_many_wins(place: Place) {
    let token = place.invite("raced").await;
    let (mut callers, begin) = (JoinSet::new(), std::sync::Arc::new(Barrier::new(CALLERS)));
    for _ in 0..CALLERS {
        let (fleet, token, begin) = (place.fleet().await, token.clone(), begin.clone());
        callers.spawn(async move {
            begin.wait().await;
            redeem(&fleet, &token).await
        });
    }
    let outcomes = tokio::time::timeout(PATIENCE, callers.join_all())
        .await
        .unwrap();
    let winners: Vec<_> = outcomes.iter().filter_map(|it| it.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let losers = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(RedeemError::Token)));
    assert_eq!(losers.count(), CALLERS - 1);
    let roster = place.fleet.roster().await.unwrap();
    let name = place.name("raced");
    let let_in: Vec<_> = roster.peers().filter(|peer| peer.name == name).collect();
    assert_eq!(let_in.len(), 1);
    assert_eq!(let_in[0].public_key.to_base64(), *winners[0]);
}

async fn a_token_that_could_not_be_used_stays_good(place: Place) {
    let [first, second] = [place.invite("first").await, place.invite("second").await];
    let key = redeem(&place.fleet, &first).await.unwrap();
    let taken = place
        .fleet
        .redeem(&second, key.parse().unwrap(), SystemTime::now());
    assert!(matches!(
        taken.await,
        Err(RedeemError::Fleet(FleetError::KeyTaken { .. }))
    ));
    redeem(&place.fleet, &second).await.unwrap();
    assert!(matches!(
        redeem(&place.fleet, &second).await,
        Err(RedeemError::Token)
    ));
}

async fn an_expired_token_is_a_wrong_one(place: Place) {
    let now = SystemTime::now();
    let expires = UnixSeconds::from_system_time(now);
    let name = place.name("late");
    let token = place.fleet.invite(&name, expires, now).await.unwrap();
    for shown in [token, InvitationToken::shown("wrong")] {
        let refused = redeem(&place.fleet, &shown).await;
        assert!(matches!(refused, Err(RedeemError::Token)));
    }
}

#[tokio::test]
async fn of_many_who_show_one_token_at_once_one_is_let_in() {
    one_of_many_wins(Place::embedded().await).await;
    if let Some(place) = Place::real().await {
        one_of_many_wins(place).await;
    }
}

#[tokio::test]
async fn a_token_is_put_back_when_its_peer_could_not_be_added() {
    a_token_that_could_not_be_used_stays_good(Place::embedded().await).await;
    if let Some(place) = Place::real().await {
        a_token_that_could_not_be_used_stays_good(place).await;
    }
}

#[tokio::test]
async fn expired_and_unknown_tokens_are_refused_alike() {
    an_expired_token_is_a_wrong_one(Place::embedded().await).await;
    if let Some(place) = Place::real().await {
        an_expired_token_is_a_wrong_one(place).await;
    }
}

#[tokio::test]
async fn an_invitation_of_another_fleet_lets_nobody_in() {
    let place = Place::embedded().await;
    let token = place.invite("stranger").await;
    let client = connect(&place.addresses).await;
    let other = Fleet::open(&client, &FleetKey::from_bytes([9; 32])).await;
    let refused = redeem(&other.unwrap(), &token).await;
    assert!(matches!(refused, Err(RedeemError::Token)));
}
