//! `portway flows` as a user meets it, on the embedded grid.

#![cfg(test)]

mod common;

use std::{fs, thread, time::Duration, time::Instant};

use common::{PATIENCE, Place};
use serde_json::Value;

fn flows(place: &Place, arguments: &[&str]) -> Value {
    let done = place.run(&[&["flows", "--json", "--data", "data"], arguments].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout).expect("JSON")
}

/// A peer that has pinged the gateway three times.
fn pinged(place: &Place, name: &str) {
    let added = place.run(&["peer", "add", name, "--data", "data"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let file = place.path().join("peer.conf");
    fs::write(&file, added.stdout).expect("the folder is ours");
    let done = place.run(&["client", "peer.conf", "--ping", "10.77.0.1"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

#[test]
fn who_talked_to_whom_is_shown_and_summed_up_and_survives_the_gateway() {
    let place = Place::new();
    let up = [
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--flow-interval",
        "1s",
    ];
    let gateway = place.start(&up);
    pinged(&place, "laptop");
    let begin = Instant::now();
    let sum = loop {
        let sums = flows(&place, &["--top"])["sums"].take();
        match sums.get(0) {
            // They may be told between a packet and its answer.
            Some(sum) if sum["received_packets"] == 3 && sum["sent_packets"] == 3 => {
                break sum.clone();
            }
            _ => assert!(begin.elapsed() < PATIENCE, "{sums}"),
        }
        thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(sum["peer"], "laptop");
    assert_eq!(
        (&sum["protocol"], &sum["service_port"]),
        (&1.into(), &0.into())
    );
    assert_eq!(sum["remote_address"], "10.77.0.1");
    assert_eq!(
        (&sum["received_bytes"], &sum["sent_bytes"]),
        (&252.into(), &252.into())
    );
    let listed = flows(&place, &["--peer", "laptop"]);
    let listed = listed["flows"].as_array().expect("a list");
    let packets: u64 = listed
        .iter()
        .filter_map(|flow| flow["sent_packets"].as_u64())
        .sum();
    assert_eq!(packets, 3);
    assert!(
        listed.iter().all(|flow| flow["inner"] == "10.77.0.2:0"),
        "{listed:?}"
    );

    gateway.terminate();
    let _again = place.start(&up);
    assert_eq!(flows(&place, &["--top"])["sums"][0], sum);
}

#[test]
fn without_a_table_it_says_what_makes_one() {
    let place = Place::new();
    let _gateway = place.start(&[
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--no-flows",
    ]);
    let done = place.run(&["flows", "--data", "data"]);
    done.refused(1, &["no table of conversations", "--no-flows"]);
    let unknown = place.run(&["flows", "--data", "data", "--peer", "nobody"]);
    unknown.refused(1, &["no peer nobody", "portway peer list"]);
}
