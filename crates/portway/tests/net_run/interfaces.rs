use std::time::Duration;

use serde_json::json;

use crate::{
    common::{PATIENCE, get},
    lab::{Lab, eventually},
};

fn lab(name: &str) -> Option<Lab> {
    let lab = Lab::new(name, 2)?;
    for link in 0..2 {
        lab.ip(link, &format!("addr add 10.{link}.0.1/24 dev eth0"));
    }
    Some(lab)
}

fn options() -> serde_json::Value {
    json!({"mode": "echo", "echo-addresses": ["10.0.0.2", "10.1.0.2"]})
}

fn answers(lab: &Lab, link: usize) -> bool {
    lab.try_in(link, &format!("ping -c 1 -W 1 10.{link}.0.2"))
        .is_ok()
}

#[test]
fn a_link_that_was_down_works_again_when_it_is_up() {
    let Some(lab) = lab("updown") else { return };
    let plane = lab.start(&options());
    eventually("it answers", || answers(&lab, 0));
    lab.own_ip("link set p0 down");
    assert!(!answers(&lab, 0));
    assert_eq!(plane.port(0)["state"], "running");
    lab.own_ip("link set p0 up");
    eventually("it answers again", || answers(&lab, 0));
    plane.end();
}

#[test]
fn a_port_ends_with_its_interface_and_the_others_go_on() {
    let Some(lab) = lab("gone") else { return };
    let plane = lab.start(&options());
    eventually("both answer", || answers(&lab, 0) && answers(&lab, 1));
    lab.own_ip("link del p0");
    eventually("the port has ended", || plane.port(0)["state"] == "ended");
    let reason = plane.port(0)["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("the interface p0 was removed"), "{reason}");
    eventually("the other one still answers", || answers(&lab, 1));
    plane.end();
}

#[test]
fn the_end_of_the_last_port_is_the_end_and_a_failure() {
    let Some(lab) = Lab::new("last", 1) else {
        return;
    };
    let plane = lab.start(&options());
    lab.own_ip("link del p0");
    assert_eq!(plane.running.wait(), Some(1));
    let Some(lab) = Lab::new("last-file", 1) else {
        return;
    };
    let file = lab.place.path().join("file.pcap");
    let plane = lab.start(&json!({"mode": "capture", "capture-file": file}));
    lab.own_ip("link del p0");
    assert_eq!(
        plane.running.wait(),
        Some(1),
        "a file alone is no reason to stay"
    );
}

#[test]
fn metrics_tell_what_the_ports_count_and_whether_they_are_there() {
    let place = crate::common::Place::new();
    let text = r#"{
        "umems": {"u": {"bufcnt": 2}},
        "lports": {"a": {"pmd": "net_ring:b", "umem": "u"}, "b": {"pmd": "net_ring:a", "umem": "u"}},
        "options": {"mode": "tx-only-rx"},
        "threads": {"one": {"lports": ["a", "b"]}},
    }"#;
    std::fs::write(place.path().join("ring.jsonc"), text).unwrap();
    let control = place.path().join("c");
    let running = place.start(&[
        "net",
        "run",
        "ring.jsonc",
        "--control",
        control.to_str().unwrap(),
    ]);
    let metrics = running.value("metrics").to_owned();
    let ask = |name: &str| {
        let text = get(&metrics, "/metrics");
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .unwrap_or(0)
    };
    eventually("packets are counted", || {
        ask("portway_net_in_packets_total{port=\"a\"}") > 1000
    });
    eventually("drops are counted", || {
        ask("portway_net_dropped_total{port=\"b\",by=\"tx-only-rx\",reason=\"as_asked\"}") > 1000
    });
    eventually("loads are counted", || {
        ask("portway_net_thread_busy_microseconds_total{thread=\"one\"}") > 0
    });
    assert!(get(&metrics, "/readyz").ends_with("ok\n"));
    let (code, took, _) = running.terminate();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(2) && took < PATIENCE);
    assert!(!control.exists(), "the socket goes with the process");
}
