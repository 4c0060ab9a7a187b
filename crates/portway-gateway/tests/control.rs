//! The control API of a gateway, over its transports.

#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

#[path = "control/gateway.rs"]
mod gateway;
#[path = "fleet/world.rs"]
#[expect(dead_code, reason = "this file uses a part of it")]
mod world;

use std::time::{Duration, Instant};

use gateway::{ADMIN, ENROL, Gateway, READ, added, redeem};
use portway_control::{
    Reason,
    v1::{
        AddPeerRequest, ChangePeerRequest, GetPeerRequest, GetStatisticsRequest, InviteRequest,
        ListGatewaysRequest, ListPeersRequest, ListSessionsRequest, PeerSource, RemovePeerRequest,
        WatchRequest, WatchStatisticsRequest, listed_peer::Entry, peer_change::Kind,
        watched_change::Change,
    },
};
use portway_gateway::PrivateKey;
use portway_rpc::{Code, MAXIMUM_TIMEOUT, Request, Status};
use world::{local_peer, within};

/// More changes than a gateway keeps for a slow watcher, and than fit on the way to it.
const FLOOD: u32 = 4_000;

fn reason<T: std::fmt::Debug>(outcome: Result<T, Status>) -> Option<Reason> {
    Reason::of(&outcome.expect_err("it is refused"))
}

#[tokio::test]
async fn a_watcher_hears_what_becomes_of_a_peer() {
    let gateway = Gateway::start().await;
    let control = gateway.control(ADMIN).await;
    let watched = control.watch(Request::new(WatchRequest::default()).timeout(MAXIMUM_TIMEOUT));
    let mut watched = watched.await.unwrap();
    let started = within(watched.receive()).await.unwrap().unwrap();
    assert!(matches!(started.change, Some(Change::Started(_))));

    added(&control, "laptop").await;
    let disable = ChangePeerRequest {
        peer: "laptop".to_owned(),
        enabled: Some(false),
        ..ChangePeerRequest::default()
    };
    control.change_peer(disable).await.unwrap();
    let remove = RemovePeerRequest {
        peer: "laptop".to_owned(),
    };
    control.remove_peer(remove).await.unwrap();

    for (expected, sequence) in [(Kind::Added, 1), (Kind::Changed, 2), (Kind::Removed, 3)] {
        let next = within(watched.receive()).await.unwrap().unwrap();
        let Some(Change::Peer(change)) = next.change else {
            panic!("expected a change of a peer, not {next:?}");
        };
        assert_eq!((change.kind(), change.sequence), (expected, sequence));
        assert_eq!(change.peer.unwrap().name, "laptop");
    }
}

#[tokio::test]
async fn a_slow_watcher_is_told_what_it_lost_and_holds_up_nobody() {
    let gateway = Gateway::start().await;
    let control = gateway.control(ADMIN).await;
    added(&control, "laptop").await;
    let everything = Request::new(WatchRequest::default()).timeout(MAXIMUM_TIMEOUT);
    let mut watched = control.watch(everything).await.unwrap();
    within(watched.receive()).await.unwrap();
    // Nobody reads meanwhile.
    for keepalive in 1..=FLOOD {
        let change = ChangePeerRequest {
            peer: "laptop".to_owned(),
            keepalive_seconds: Some(keepalive),
            ..ChangePeerRequest::default()
        };
        within(control.change_peer(change)).await.unwrap();
    }
    // The addition may be heard or not; each of the changes is heard or told to be lost.
    let (mut heard, mut lost, mut last) = (0, 0, None);
    while last.is_none_or(|last| last < u64::from(FLOOD) + 1) {
        let next = within(watched.receive()).await.unwrap().unwrap();
        match next.change.unwrap() {
            Change::Lost(told) => lost += told.count,
            Change::Peer(change) => {
                let first = last.is_none().then_some(change.sequence);
                heard += first.map_or(1, |sequence| u64::from(sequence > 1));
                last = Some(change.sequence);
            }
            other => panic!("nothing else happens: {other:?}"),
        }
    }
    assert!(lost > 0, "so much does not fit on the way");
    assert_eq!(heard + lost, u64::from(FLOOD));
}

#[tokio::test]
async fn each_role_may_do_what_it_is_for() {
    let gateway = Gateway::start().await;
    for (token, may_read, may_change) in [
        (ADMIN, true, true),
        (READ, true, false),
        (ENROL, false, false),
    ] {
        let control = gateway.control(token).await;
        let look = [
            reason_or_none(control.list_gateways(ListGatewaysRequest {}).await),
            reason_or_none(control.get_statistics(GetStatisticsRequest {}).await),
            reason_or_none(
                control
                    .get_peer(GetPeerRequest {
                        peer: "nobody".to_owned(),
                    })
                    .await,
            )
            .filter(|reason| *reason != Reason::UnknownPeer),
            first(control.list_peers(ListPeersRequest {}).await).await,
            first(control.list_sessions(ListSessionsRequest {}).await).await,
            first(control.watch(WatchRequest::default()).await).await,
            first(
                control
                    .watch_statistics(WatchStatisticsRequest::default())
                    .await,
            )
            .await,
        ];
        assert_eq!(look, [(!may_read).then_some(Reason::Role); 7], "{token}");
        let peer = || "nobody".to_owned();
        let change = [
            reason(control.add_peer(AddPeerRequest::default()).await),
            reason(control.invite(InviteRequest::default()).await),
            reason(
                control
                    .remove_peer(RemovePeerRequest { peer: peer() })
                    .await,
            ),
            reason(
                control
                    .change_peer(ChangePeerRequest {
                        peer: peer(),
                        ..Default::default()
                    })
                    .await,
            ),
        ];
        let expected = match may_change {
            true => [
                Reason::Field,
                Reason::Field,
                Reason::UnknownPeer,
                Reason::UnknownPeer,
            ],
            false => [Reason::Role; 4],
        };
        assert_eq!(change.map(Option::unwrap), expected, "{token}");
        let expected = if token == READ {
            Reason::Role
        } else {
            Reason::Token
        };
        assert_eq!(reason(redeem(&control, "wrong", "").await), Some(expected));
    }
}

fn reason_or_none<T>(outcome: Result<T, Status>) -> Option<Reason> {
    outcome.err().and_then(|status| Reason::of(&status))
}

/// Why a stream does not begin, if it does not.
async fn first<T>(opened: Result<portway_rpc::Receiving<T>, Status>) -> Option<Reason> {
    let mut opened = opened.unwrap();
    reason_or_none(within(opened.receive()).await)
}

#[tokio::test]
async fn a_caller_that_nobody_knows_is_told_what_to_send() {
    let gateway = Gateway::start().await;
    let control = gateway.control("a token that is not known").await;
    let refused = control.list_gateways(ListGatewaysRequest {}).await;
    let status = refused.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(
        status.message().contains("authorization: Bearer"),
        "{status}"
    );
    assert!(!status.message().contains("a token that is not known"));
}

#[tokio::test]
async fn tokens_that_are_not_good_are_refused_in_the_same_words_and_time() {
    let gateway = Gateway::start().await;
    let (admin, control) = (gateway.control(ADMIN).await, gateway.control(ENROL).await);
    let invite = |name: &str| {
        let request = InviteRequest {
            name: name.to_owned(),
            lifetime_seconds: 0,
        };
        admin.invite(request)
    };
    let used = invite("laptop").await.unwrap().token;
    redeem(&control, &used, "198.51.100.1").await.unwrap();
    let long = "x".repeat(100_000);
    let mut answers = Vec::new();
    for (index, token) in [used.as_str(), "wrong", "", &long].into_iter().enumerate() {
        let begin = Instant::now();
        let address = format!("198.51.100.{}", 10 + index);
        let status = redeem(&control, token, &address).await.unwrap_err();
        assert!(
            begin.elapsed() >= Duration::from_millis(300),
            "{:?}",
            begin.elapsed()
        );
        answers.push((status.code(), status.message().to_owned()));
    }
    assert_eq!(answers[0].0, Code::PermissionDenied);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn attempts_are_limited_by_the_address_of_the_client() {
    let gateway = Gateway::start().await;
    let control = gateway.control(ENROL).await;
    let mut refused = 0;
    for _ in 0..12 {
        let status = redeem(&control, "wrong", "203.0.113.5").await.unwrap_err();
        if Reason::of(&status) == Some(Reason::Attempts) {
            assert_eq!(status.code(), Code::ResourceExhausted);
            refused += 1;
        }
    }
    assert!(refused >= 1, "attempts come back slowly");
    let other = redeem(&control, "wrong", "203.0.113.6").await;
    assert_eq!(
        reason(other),
        Some(Reason::Token),
        "another address is not affected"
    );
}

#[tokio::test]
async fn whoever_enrols_is_told_all_that_his_side_must_know() {
    let gateway = Gateway::start().await;
    let (admin, control) = (gateway.control(ADMIN).await, gateway.control(ENROL).await);
    let request = InviteRequest {
        name: "laptop".to_owned(),
        lifetime_seconds: 60,
    };
    let invitation = admin.invite(request).await.unwrap();
    let enrolment = redeem(&control, &invitation.token, "198.51.100.1")
        .await
        .unwrap();
    assert_eq!(enrolment.name, "laptop");
    assert_eq!(
        enrolment.gateway_public_key,
        gateway.world.public_key.to_base64()
    );
    assert_eq!(
        enrolment.endpoint,
        gateway.world.gateway.local_address().to_string()
    );
    assert_eq!(enrolment.addresses, ["10.77.0.2/32", "fd00:77::2/128"]);
    assert_eq!(enrolment.dns, ["10.77.0.53"]);
    let private: PrivateKey = enrolment.private_key.parse().unwrap();
    assert_eq!(private.public_key().to_base64(), enrolment.public_key);
    for line in [
        format!("PrivateKey = {}", enrolment.private_key),
        "DNS = 10.77.0.53".to_owned(),
    ] {
        assert!(
            enrolment.configuration.contains(&line),
            "{}",
            enrolment.configuration
        );
    }
    gateway.world.has(&private.public_key()).await;
}

#[tokio::test]
async fn what_wg_gave_to_the_interface_is_listed_and_changed_there() {
    let gateway = Gateway::start().await;
    let control = gateway.control(ADMIN).await;
    added(&control, "laptop").await;
    let key = PrivateKey::generate().unwrap().public_key();
    let change = vec![local_peer(key)];
    gateway.world.gateway.apply_async(change).await.unwrap();

    let mut listed = control.list_peers(ListPeersRequest {}).await.unwrap();
    let mut sources = Vec::new();
    while let Some(next) = within(listed.receive()).await.unwrap() {
        if let Some(Entry::Peer(peer)) = next.entry {
            sources.push((peer.name.clone(), peer.source()));
        }
    }
    let expected = [
        ("laptop".to_owned(), PeerSource::Grid),
        (String::new(), PeerSource::Interface),
    ];
    assert_eq!(sources, expected);
    let peer = key.to_base64();
    let removed = control.remove_peer(RemovePeerRequest { peer: peer.clone() });
    assert_eq!(reason(removed.await), Some(Reason::NotOfTheGrid));
    let shown = control.get_peer(GetPeerRequest { peer }).await.unwrap();
    assert_eq!(shown.source(), PeerSource::Interface);
}

#[tokio::test]
async fn statistics_come_again_and_again_and_end_with_the_gateway() {
    let gateway = Gateway::start().await;
    let control = gateway.control(READ).await;
    let request = WatchStatisticsRequest {
        interval_milliseconds: 1,
    };
    let mut told = control.watch_statistics(request).await.unwrap();
    for _ in 0..3 {
        let statistics = within(told.receive()).await.unwrap().unwrap();
        assert_eq!(statistics.gateway, "one");
    }
    gateway.service.close();
    let ended = within(async {
        loop {
            if let Err(status) = told.receive().await {
                break status;
            }
        }
    });
    assert_eq!(Reason::of(&ended.await), Some(Reason::Ending));
}
