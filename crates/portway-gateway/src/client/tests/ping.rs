use std::{net::IpAddr, time::Duration};

use portway_dataplane::PacketQueue;
use tokio::sync::mpsc::{Receiver, error::TryRecvError};

use super::{ClientWorld, OWN, client};
use crate::{
    PingError, PingReply,
    stack::{
        compose,
        packet::{self, Echo, EchoKind, Inbound},
        testing::{FAR, World},
    },
};

/// How long an answer takes.
const TRAVEL: Duration = Duration::from_millis(30);

/// Answers the requests of which `answered` approves, and returns the replies of the ping.
fn run(
    world: &mut ClientWorld,
    receiver: &mut Receiver<PingReply>,
    answered: impl Fn(u16) -> bool,
) -> Vec<PingReply> {
    let mut replies = Vec::new();
    world.run_until("the ping ends", |world| {
        for packet in std::mem::take(&mut world.far.others) {
            if let Ok(Inbound::Echo(echo)) = packet::parse(&packet)
                && echo.kind == EchoKind::Request
                && answered(echo.sequence)
            {
                let answer = reply_to(&echo);
                world.now += TRAVEL;
                world.send(&answer);
            }
        }
        loop {
            match receiver.try_recv() {
                Ok(reply) => replies.push(reply),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => return true,
            }
        }
    });
    replies
}

fn reply_to(echo: &Echo<'_>) -> Vec<u8> {
    written(&Echo {
        kind: EchoKind::Reply,
        source: echo.destination,
        destination: echo.source,
        ..*echo
    })
}

fn written(echo: &Echo<'_>) -> Vec<u8> {
    let mut queue = PacketQueue::default();
    compose::echo(echo, &mut queue);
    let mut buffer = [0; 1420];
    let length = queue.pop_into(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

#[test]
fn each_request_is_answered_and_timed() {
    for far in FAR {
        let (stack, handle) = client(&[]);
        let mut world = World::new(stack);
        let mut receiver = handle.ping(far, 3, Duration::from_secs(5)).unwrap();
        let replies = run(&mut world, &mut receiver, |_| true);
        let sequences: Vec<_> = replies.iter().map(|reply| reply.sequence).collect();
        assert_eq!(sequences, [0, 1, 2]);
        for reply in replies {
            assert_eq!(reply.round_trip, TRAVEL);
        }
    }
}

#[test]
fn a_ping_ends_after_its_time_though_answers_are_missing() {
    let (stack, handle) = client(&[]);
    let mut world = World::new(stack);
    let started = world.now;
    let mut receiver = handle.ping(FAR[0], 3, Duration::from_secs(5)).unwrap();
    let replies = run(&mut world, &mut receiver, |sequence| sequence == 1);
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0].sequence, 1);
    let lasted = world.now - started;
    assert!((5000..5200).contains(&lasted.as_millis()), "{lasted:?}");
}

#[test]
fn a_forged_answer_does_not_count() {
    let (stack, handle) = client(&[]);
    let mut world = World::new(stack);
    let mut receiver = handle.ping(FAR[0], 1, Duration::from_secs(1)).unwrap();
    world.run_until("the request leaves", |world| !world.far.others.is_empty());
    let packet = world.far.others.remove(0);
    let Ok(Inbound::Echo(request)) = packet::parse(&packet) else {
        panic!("no request: {packet:?}");
    };
    for (source, sequence) in [("10.77.0.3", 0), ("10.77.0.2", 1)] {
        world.send(&written(&Echo {
            kind: EchoKind::Reply,
            source: source.parse().unwrap(),
            destination: OWN[0],
            sequence,
            ..request
        }));
    }
    assert!(run(&mut world, &mut receiver, |_| false).is_empty());
}

#[test]
fn a_ping_that_cannot_be_is_refused_with_the_reason() {
    let (stack, handle) = client(&[]);
    let refused = handle.ping(FAR[0], 0, Duration::from_secs(1)).unwrap_err();
    assert_eq!(refused, PingError::NoRequest);
    drop(stack);
    let refused = handle.ping(FAR[0], 1, Duration::from_secs(1)).unwrap_err();
    assert_eq!(refused, PingError::Stopped);
}

#[test]
fn the_client_answers_ping_at_its_own_addresses_only() {
    let (stack, _handle) = client(&[]);
    let mut world = World::new(stack);
    let elsewhere: IpAddr = "10.77.0.5".parse().unwrap();
    for (destination, answers) in [(OWN[0], 1), (OWN[1], 1), (elsewhere, 0)] {
        world.send(&written(&Echo {
            kind: EchoKind::Request,
            source: FAR[usize::from(destination.is_ipv6())],
            destination,
            identifier: 1,
            sequence: 1,
            data: b"x",
        }));
        assert_eq!(std::mem::take(&mut world.far.others).len(), answers);
    }
}
