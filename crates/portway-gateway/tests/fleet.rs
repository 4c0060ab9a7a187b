//! A fleet on a real grid in this process, followed by a real data path.

#[path = "fleet/world.rs"]
mod world;

use std::{
    collections::HashSet,
    time::{Duration, Instant, SystemTime},
};

use portway_gateway::{
    PrivateKey,
    fleet::{
        FleetError, FleetKey, FollowerStatus, OnConflict, PeerRow, Refusal, Service, UnixSeconds,
    },
};
use world::{World, new_peer, within};

#[tokio::test]
async fn many_adders_at_once_never_share_an_address() {
    const ADDERS: usize = 48;
    let world = World::start().await;
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..ADDERS {
        // Each has a connection of its own, as processes would.
        let fleet = world.fleet().await;
        tasks.spawn(async move {
            fleet
                .add(new_peer(&format!("peer-{index}")), SystemTime::now())
                .await
                .unwrap()
                .record
        });
    }
    let records = within(tasks.join_all()).await;
    let addresses: HashSet<_> = records
        .iter()
        .flat_map(|record| record.prefixes.as_slice())
        .collect();
    assert_eq!(
        addresses.len(),
        2 * ADDERS,
        "one IPv4 and one IPv6 address for each"
    );
    world.follows(ADDERS).await;
}

#[tokio::test]
async fn a_peer_is_live_when_it_was_added_and_cut_off_when_it_was_removed() {
    let world = World::start().await;
    let added = world
        .fleet
        .add(new_peer("laptop"), SystemTime::now())
        .await
        .unwrap();
    let key = added.record.public_key;
    world.has(&key).await;
    let snapshot = world.gateway.snapshot_async().await.unwrap();
    assert_eq!(
        snapshot.peers[0].allowed_prefixes,
        added.record.prefixes.as_slice()
    );
    world.fleet.remove("laptop").await.unwrap();
    world.has_not(&key).await;
    let again = world
        .fleet
        .add(new_peer("desktop"), SystemTime::now())
        .await
        .unwrap();
    assert_eq!(
        again.record.prefixes, added.record.prefixes,
        "the addresses are free again"
    );
}

#[tokio::test]
async fn disabled_and_expired_peers_are_cut_off() {
    let world = World::start().await;
    let laptop = world.added("laptop").await;
    world.has(&laptop.public_key).await;
    let now = SystemTime::now();
    world
        .fleet
        .set_service("laptop", Service::Disabled, now)
        .await
        .unwrap();
    world.has_not(&laptop.public_key).await;
    world
        .fleet
        .set_service("laptop", Service::Enabled, now)
        .await
        .unwrap();
    world.has(&laptop.public_key).await;

    let soon = UnixSeconds::from_system_time(now + Duration::from_secs(2));
    let mut guest = new_peer("guest");
    guest.expires = Some(soon);
    let guest = world.fleet.add(guest, now).await.unwrap().record;
    world.has(&guest.public_key).await;
    world.has_not(&guest.public_key).await;
    assert!(SystemTime::now() >= soon.to_system_time());
}

#[tokio::test]
async fn names_keys_and_prefixes_belong_to_one_peer() {
    let world = World::start().await;
    let mut router = new_peer("router");
    router.prefixes = "192.168.4.0/24, 192.168.5.0/24".parse().unwrap();
    let router = world
        .fleet
        .add(router, SystemTime::now())
        .await
        .unwrap()
        .record;

    let add = async |peer| world.fleet.add(peer, SystemTime::now()).await;
    let taken = add(new_peer("router")).await.unwrap_err();
    assert!(matches!(taken, FleetError::NameTaken { .. }), "{taken}");
    let mut same_key = new_peer("other");
    same_key.public_key = router.public_key;
    let taken = add(same_key).await.unwrap_err();
    assert!(matches!(taken, FleetError::KeyTaken { .. }), "{taken}");
    let mut gateway = new_peer("other");
    gateway.public_key = world.public_key;
    let taken = add(gateway).await.unwrap_err();
    assert!(
        matches!(taken, FleetError::KeyTaken { name: None, .. }),
        "{taken}"
    );

    let mut thief = new_peer("thief");
    thief.prefixes = "192.168.4.0/24".parse().unwrap();
    let taken = add(thief.clone()).await.unwrap_err();
    assert!(matches!(taken, FleetError::PrefixTaken { .. }), "{taken}");
    thief.on_conflict = OnConflict::Steal;
    let thief = add(thief).await.unwrap().record;
    let roster = world.fleet.roster().await.unwrap();
    let stolen = "192.168.4.0/24".parse().unwrap();
    assert!(!roster.find("router").unwrap().prefixes.contains(&stolen));
    world.has(&thief.public_key).await;
    let mut inside = new_peer("inside");
    inside.prefixes = "10.77.9.0/24".parse().unwrap();
    let refused = add(inside).await.unwrap_err();
    assert!(
        matches!(refused, FleetError::PrefixInTunnel { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn an_address_of_a_failed_add_is_free_again() {
    let world = World::start_with("10.9.0.0/30").await;
    let only = world.added("only").await;
    let full = world
        .fleet
        .add(new_peer("late"), SystemTime::now())
        .await
        .unwrap_err();
    assert!(
        matches!(full, FleetError::NoAddress { family: "IPv4", .. }),
        "{full}"
    );
    world
        .fleet
        .remove(&only.public_key.to_base64())
        .await
        .unwrap();
    world
        .fleet
        .add(new_peer("late"), SystemTime::now())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_removal_that_was_cut_off_can_be_done_again() {
    let world = World::start_with("10.9.0.0/30").await;
    let only = new_peer("only");
    world.fleet.add(only, SystemTime::now()).await.unwrap();
    // The grid fails between the steps of the removal.
    world.client.destroy_cache("ADDRESS").await.unwrap();
    world.fleet.remove("only").await.unwrap_err();
    let fleet = world.fleet().await;
    fleet.remove("only").await.unwrap();
    fleet
        .add(new_peer("next"), SystemTime::now())
        .await
        .unwrap();
}

#[tokio::test]
async fn who_writes_the_grid_without_the_key_admits_nobody() {
    let world = World::start().await;
    let laptop = world.added("laptop").await;
    world.has(&laptop.public_key).await;
    let rows = world.client.cache::<String, PeerRow>("PEER");
    let key = laptop.public_key.to_base64();
    let row = rows.get(&key).await.unwrap().unwrap();

    // One row under another key, one with another prefix, one sealed by another fleet.
    let stranger = PrivateKey::generate().unwrap().public_key();
    rows.put(&stranger.to_base64(), &row).await.unwrap();
    let widened = PeerRow {
        prefixes: "0.0.0.0/0".into(),
        ..row.clone()
    };
    rows.put(&key, &widened).await.unwrap();
    let other = world.fleet_with(&FleetKey::from_bytes([9; 32])).await;
    assert!(matches!(
        other.gateways().await,
        Err(FleetError::OtherFleet)
    ));
    rows.put(&"no key".to_owned(), &row).await.unwrap();
    world.refuses(Refusal::Forged, 2).await;
    world.refuses(Refusal::Malformed, 1).await;

    let snapshot = world.gateway.snapshot_async().await.unwrap();
    assert_eq!(snapshot.peers.len(), 1, "the stranger is not in");
    assert_eq!(
        snapshot.peers[0].allowed_prefixes,
        laptop.prefixes.as_slice()
    );
    assert_eq!(world.fleet.roster().await.unwrap().refused().len(), 3);
}

#[tokio::test]
async fn an_earlier_row_put_back_is_refused() {
    let world = World::start().await;
    let laptop = world.added("laptop").await;
    world.has(&laptop.public_key).await;
    let rows = world.client.cache::<String, PeerRow>("PEER");
    let key = laptop.public_key.to_base64();
    let enabled = rows.get(&key).await.unwrap().unwrap();
    world
        .fleet
        .set_service("laptop", Service::Disabled, SystemTime::now())
        .await
        .unwrap();
    world.has_not(&laptop.public_key).await;
    rows.put(&key, &enabled).await.unwrap();
    world.refuses(Refusal::Older, 1).await;
    assert!(!world.view.serves(&laptop.public_key));
}

#[tokio::test]
async fn the_last_copy_is_served_while_the_grid_is_away_and_then_caught_up() {
    let mut world = World::start().await;
    let stays = world.added("stays").await;
    let goes = world.added("goes").await;
    let mut guest = new_peer("guest");
    let soon = UnixSeconds::from_system_time(SystemTime::now() + Duration::from_secs(2));
    guest.expires = Some(soon);
    let guest = world
        .fleet
        .add(guest, SystemTime::now())
        .await
        .unwrap()
        .record;
    world.follows(3).await;

    world.stop_the_grid().await;
    within(async {
        while !matches!(world.view.status(), FollowerStatus::Away { .. }) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(world.view.serves(&stays.public_key) && world.view.serves(&goes.public_key));
    world.has_not(&guest.public_key).await;

    // What happens behind the gateway's back, before it hears of the grid again.
    world.start_the_grid_privately().await;
    let behind = world.private_fleet().await;
    behind.remove("goes").await.unwrap();
    let new = behind
        .add(new_peer("new"), SystemTime::now())
        .await
        .unwrap()
        .record;
    world.show_the_grid().await;
    within(world.view.following()).await;
    world.has(&new.public_key).await;
    world.has_not(&goes.public_key).await;
    assert!(world.view.serves(&stays.public_key));
}

#[tokio::test]
async fn a_peer_is_live_within_milliseconds() {
    let world = World::start().await;
    let (mut adding, mut times) = (Vec::new(), Vec::new());
    for index in 0..20 {
        let begun = Instant::now();
        let added = world
            .fleet
            .add(new_peer(&format!("peer-{index}")), SystemTime::now())
            .await;
        let (key, returned) = (added.unwrap().record.public_key, Instant::now());
        adding.push(returned - begun);
        world.has(&key).await;
        times.push(returned.elapsed());
    }
    adding.sort();
    times.sort();
    println!(
        "live after `add` returned: median {:?}, worst {:?}",
        times[10], times[19]
    );
    // The aim is 10 ms on a quiet machine. One that is busy shows it in `add`, too, which is some of the same work.
    let limit = Duration::from_millis(100).max(4 * adding[10]);
    assert!(times[10] < limit, "{times:?}, limit {limit:?}");
}

#[tokio::test]
async fn peers_that_wg_added_are_left_alone() {
    let world = World::start().await;
    let local = PrivateKey::generate().unwrap().public_key();
    world
        .gateway
        .apply_async(vec![world::local_peer(local)])
        .await
        .unwrap();
    let laptop = world.added("laptop").await;
    world.has(&laptop.public_key).await;
    world.fleet.remove("laptop").await.unwrap();
    world.has_not(&laptop.public_key).await;
    world.has(&local).await;
}
