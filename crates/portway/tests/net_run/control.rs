use std::fs;

use serde_json::Value;

use crate::common::Place;

const RING: &str = r#"{
    "application": {"name": "two rings"},
    "umems": {"u": {"bufcnt": 2}},
    "lports": {"a": {"pmd": "net_ring:b", "umem": "u"}, "b": {"pmd": "net_ring:a", "umem": "u"}},
    "options": {"mode": "loopback", "no-metrics": true},
    "threads": {"one": {"lports": ["a", "b"], "idle_timeout": 1, "intr_timeout": 10}},
}"#;

fn place(text: &str) -> Place {
    let place = Place::new();
    fs::write(place.path().join("file.jsonc"), text).unwrap();
    place
}

#[test]
fn stats_are_a_table_for_people_and_an_object_for_programs() {
    let place = place(RING);
    let running = place.start(&["net", "run", "file.jsonc", "--control", "c"]);
    assert!(!running.ready.contains("metrics="), "{}", running.ready);
    let table = place.run(&["net", "stats", "--control", "c"]);
    assert_eq!((table.code, table.stderr.as_str()), (Some(0), ""));
    assert!(
        table.stdout.starts_with("port  mode      thread  in/s"),
        "{}",
        table.stdout
    );
    let told = place.run(&["net", "stats", "--control", "c", "--json"]);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["name"], "two rings");
    assert_eq!(told["pid"], running.id());
    assert_eq!(told["ports"][1]["name"], "b");
    assert_eq!(told["ports"][1]["counters"]["in_packets"], 0);
    assert_eq!(told["threads"][0]["ports"], serde_json::json!(["a", "b"]));
}

#[test]
fn the_mode_on_the_command_line_wins() {
    let place = place(RING);
    let _running = place.start(&[
        "net",
        "run",
        "--mode",
        "rx-only",
        "file.jsonc",
        "--control",
        "c",
    ]);
    let told = place.run(&["net", "stats", "--control", "c", "--json"]);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["ports"][0]["mode"], "drop");
}

#[test]
fn what_cannot_be_started_is_refused_with_its_reason() {
    let run = |text: &str, arguments: &[&str]| {
        let all = [&["net", "run", "file.jsonc", "--control", "c"], arguments].concat();
        place(text).run(&all)
    };
    run(&RING.replace("loopback", "capture"), &[]).refused(1, &["`capture-file`"]);
    run(&RING.replace("loopback", "l3fwd"), &[]).refused(1, &["`l3fwd-fib-rules`"]);
    run(&RING.replace("\"mode\": \"loopback\", ", ""), &[]).refused(1, &["has no mode"]);
    run(&RING.replace("net_ring:b", "net_rong"), &[]).refused(1, &["net_rong"]);
    run(RING, &["--mode", "fly"]).refused(2, &["the modes are"]);
    run(
        &RING
            .replace("net_ring:b", "net_af_packet")
            .replace("net_ring:a", "net_null"),
        &[],
    )
    .refused(1, &["hint:"]);
}

#[test]
fn without_anybody_who_runs_stats_say_so() {
    let place = Place::new();
    place
        .run(&["net", "stats", "--control", "nowhere"])
        .refused(1, &["no answer from nowhere", "hint:"]);
}
