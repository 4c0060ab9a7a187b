//! What a gateway sees of its peers goes back to the grid, and nothing else does.

#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

#[expect(dead_code, reason = "this file uses a part of it")]
mod support;
#[path = "fleet/world.rs"]
#[expect(dead_code, reason = "this file uses a part of it")]
mod world;

use std::time::{Duration, SystemTime};

use portway_gateway::{
    Change, PeerChange, PublicKey,
    fleet::{NewPeer, PeerSession},
};
use support::Node;
use world::{World, new_peer, within};

const CLIENT: [u8; 4] = [10, 77, 0, 2];
const GATEWAY: [u8; 4] = [10, 77, 0, 1];

#[tokio::test]
async fn what_is_seen_of_a_peer_goes_back_to_the_grid() {
    let world = World::start().await;
    let (client, laptop) = connected_peer(&world).await;
    let before = SystemTime::now();
    client.send(support::packet(CLIENT.into(), GATEWAY.into(), 7, 100));

    let session = session_of(&world, &laptop).await;
    assert_eq!(session.gateway, "one");
    assert_eq!(session.endpoint.unwrap(), client.path.local_address());
    assert!(session.receiver_index.is_some());
    let handshake = session.last_handshake.unwrap();
    assert!(handshake + Duration::from_secs(1) >= before && handshake <= SystemTime::now());
    assert!(
        session.received_bytes >= 148,
        "an initiation was received: {session:?}"
    );
    assert!(session.sent_bytes >= 92, "a response was sent: {session:?}");
}

#[tokio::test]
async fn what_is_seen_while_the_grid_is_away_is_written_when_it_is_back() {
    let mut world = World::start().await;
    let (client, laptop) = connected_peer(&world).await;
    world.stop_the_grid().await;
    client.send(support::packet(CLIENT.into(), GATEWAY.into(), 7, 100));
    handshake_of(&world).await;
    world.start_the_grid_privately().await;
    world.show_the_grid().await;
    let session = session_of(&world, &laptop).await;
    assert_eq!(session.endpoint.unwrap(), client.path.local_address());
}

#[tokio::test]
async fn nonsense_in_the_place_of_a_session_is_written_over() {
    let world = World::start().await;
    let (client, laptop) = connected_peer(&world).await;
    let sessions = world.client.cache::<String, String>("SESSION");
    let nonsense = "nonsense".to_owned();
    sessions.put(&laptop.to_base64(), &nonsense).await.unwrap();
    client.send(support::packet(CLIENT.into(), GATEWAY.into(), 7, 100));
    let session = session_of(&world, &laptop).await;
    assert_eq!(session.endpoint.unwrap(), client.path.local_address());
}

#[tokio::test]
async fn a_peer_of_wg_is_never_written_to_the_grid() {
    let world = World::start().await;
    let client = Node::start([10, 0, 0, 2]);
    world
        .gateway
        .apply_async(vec![client.as_peer(None)])
        .await
        .unwrap();
    let mut gateway = PeerChange::new(world.public_key);
    gateway.endpoint = Some(world.gateway.local_address());
    gateway.allowed_prefixes = vec![("0.0.0.0/0".parse().unwrap(), true)];
    client
        .path
        .apply_async(vec![Change::Peer(gateway)])
        .await
        .unwrap();
    client.send(support::packet(
        [10, 0, 0, 2].into(),
        [10, 0, 0, 1].into(),
        7,
        100,
    ));
    handshake_of(&world).await;
    // Time enough for the writer: a session of the fleet is written within a few milliseconds.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(world.fleet.sessions().await.unwrap(), []);
}

/// A client whose key is in the fleet and who knows where the gateway is.
async fn connected_peer(world: &World) -> (Node, PublicKey) {
    let client = Node::start(CLIENT);
    let laptop = NewPeer {
        public_key: client.public_key(),
        ..new_peer("laptop")
    };
    world.fleet.add(laptop, SystemTime::now()).await.unwrap();
    world.has(&client.public_key()).await;
    let mut gateway = PeerChange::new(world.public_key);
    gateway.endpoint = Some(world.gateway.local_address());
    gateway.allowed_prefixes = vec![("10.77.0.0/16".parse().unwrap(), true)];
    client
        .path
        .apply_async(vec![Change::Peer(gateway)])
        .await
        .unwrap();
    let key = client.public_key();
    (client, key)
}

async fn handshake_of(world: &World) {
    within(async {
        while world.gateway.counters().handshakes() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

async fn session_of(world: &World, key: &PublicKey) -> PeerSession {
    within(async {
        loop {
            match world.fleet.session(key).await {
                Ok(Some(session)) if session.last_handshake.is_some() => return session,
                _ => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    })
    .await
}
