//! `portway up --events`: what becomes of peers, told to whoever listens at NATS.

#![cfg(test)]

#[path = "control/calls.rs"]
#[expect(dead_code, reason = "this file uses a part of it")]
mod calls;
mod common;

use std::time::Instant;

use calls::Calls;
use common::{
    PATIENCE, Place, Running,
    nats::{Nats, free_port},
};
use portway_control::{ControlOptions, ControlTarget};
use serde_json::Value;

/// More events than wait for a broker that is away, in the gateway and in its connection.
const FLOOD: u32 = 6_000;

fn gateway(place: &Place, port: u16) -> Running {
    let broker = format!("nats://127.0.0.1:{port}");
    let data = ["up", "--listen", "127.0.0.1:0", "--data", "data"];
    place.start(&[&data[..], &["--events", &broker]].concat())
}

/// Listens at a subject of the events.
fn subscriber(place: &Place, port: u16, subject: &str) -> Running {
    let target = format!("nats://127.0.0.1:{port}/portway.events.{subject}");
    place.start(&["sub", &target, "--json"])
}

#[track_caller]
fn peer(place: &Place, arguments: &[&str]) {
    let done = place.run(&[&["peer"], arguments, &["--data", "data"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

/// The next event that is wanted.
fn event(subscriber: &mut Running, wanted: &str) -> Value {
    let quoted = format!("\"{wanted}\"");
    let line = subscriber.line(|line| line.contains(&quoted));
    let message: Value = serde_json::from_str(&line).expect("JSON");
    message["body"].clone()
}

/// How many events had this outcome.
fn count(gateway: &Running, outcome: &str) -> u64 {
    let metrics = common::get(gateway.value("metrics"), "/metrics");
    let line = format!("portway_events_total{{outcome=\"{outcome}\"}} ");
    let value = metrics.lines().find_map(|found| found.strip_prefix(&line));
    value
        .and_then(|value| value.parse().ok())
        .expect("it is counted")
}

#[test]
fn what_becomes_of_a_peer_is_published_in_order() {
    let Some(server) = Nats::start() else { return };
    let place = Place::new();
    let _gateway = gateway(&place, server.port());
    let mut everything = subscriber(&place, server.port(), ">");
    let mut removals = subscriber(&place, server.port(), "*.peer.removed");
    peer(&place, &["add", "laptop"]);
    peer(&place, &["disable", "laptop"]);
    peer(&place, &["remove", "laptop"]);
    for (sequence, kind) in ["peer.added", "peer.changed", "peer.removed"]
        .iter()
        .enumerate()
    {
        let event = event(&mut everything, kind);
        assert_eq!(event["sequence"], sequence + 1);
        assert_eq!(event["peer"]["name"], "laptop");
        assert!(
            event["gateway"].is_string() && event["at"].is_string(),
            "{event}"
        );
    }
    let removal = event(&mut removals, "peer.removed");
    assert_eq!(removal["peer"]["enabled"], false);
}

#[test]
fn a_broker_that_is_away_holds_up_nothing_and_what_it_misses_is_counted() {
    let port = free_port();
    let place = Place::new();
    let gateway = gateway(&place, port);
    peer(&place, &["add", "early"]);
    let Some(mut server) = Nats::start_at(port) else {
        return;
    };
    let begin = Instant::now();
    while count(&gateway, "published") == 0 {
        assert!(begin.elapsed() < PATIENCE, "the broker is not found");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.kill();
    let socket = ControlTarget::Socket(place.path().join("data/control.sock"));
    let calls = Calls::connect(&socket, &ControlOptions::new()).expect("it runs");
    (1..=FLOOD).for_each(|keepalive| calls.change("early", keepalive));
    assert!(count(&gateway, "dropped") > 0, "so many do not fit");

    server.revive();
    let mut subscriber = subscriber(&place, port, ">");
    // The connection is renewed by itself; what is told then says how much is missing.
    let telling = std::thread::spawn(move || event(&mut subscriber, "lost"));
    let begin = Instant::now();
    while !telling.is_finished() {
        assert!(begin.elapsed() < PATIENCE, "no event comes any more");
        calls.change("early", 25);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let lost = telling.join().expect("it was told");
    assert!(
        lost["count"].as_u64().is_some_and(|count| count > 0),
        "{lost}"
    );
    assert_eq!(gateway.terminate().0, Some(0));
}
