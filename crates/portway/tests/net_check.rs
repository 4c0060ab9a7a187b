//! `portway net check`: what a configuration would do, and what the machine lacks.

#![cfg(test)]

mod common;

use std::fs;

use common::{Finished, Place, limit};
use serde_json::Value;

/// Needs nothing of the machine.
const RING: &str = r#"{
    // Two ports in memory.
    "umems": { "u": { "bufcnt": 1 } },
    "lports": {
        "a": { "pmd": "net_ring:b", "umem": "u" },
        "b": { "pmd": "net_ring:a", "umem": "u" },
    },
    "options": { "mode": "lb" },
    "threads": { "fwd:0": { "lports": ["a", "b"] } },
}"#;

fn check(text: &str, arguments: &[&str]) -> Finished {
    let place = Place::new();
    fs::write(place.path().join("file.jsonc"), text).unwrap();
    place.run(&[&["net", "check", "file.jsonc"], arguments].concat())
}

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn a_configuration_that_can_run_is_told() {
    let finished = check(RING, &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = finished.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "region  u             1024 buffers of 2048 bytes, 2 MiB in 4KB pages",
            "port    a             a ring to b; memory: u",
            "port    b             a ring to a; memory: u",
            "thread  fwd:0         loopback on a, b; any processor",
        ]
    );
}

#[test]
fn what_is_missing_comes_with_what_mends_it_and_exit_code_1() {
    let text = RING
        .replace("net_ring:b", "net_af_packet")
        .replace("net_ring:a", "net_null");
    let finished = check(&text.replace("\"a\"", "\"no-such-link\""), &[]);
    assert_eq!(finished.code, Some(1));
    let lack = "lacks   no-such-link  there is no interface no-such-link in this network namespace\n        \
                mend: ip -brief link";
    assert!(finished.stdout.contains(lack), "{}", finished.stdout);
    assert!(
        finished.stderr.contains("this machine lacks"),
        "{}",
        finished.stderr
    );
}

#[test]
fn programs_get_the_same_with_places() {
    let text = RING.replace("\"mode\": \"lb\"", "");
    let finished = check(&text, &["--json"]);
    let report = json(&finished);
    assert_eq!(
        (finished.code, &report["ok"]),
        (Some(1), &Value::Bool(false))
    );
    assert_eq!(report["ports"][1]["how"], "a ring to a");
    let lack = &report["lacks"][0];
    assert_eq!(
        (&lack["names"][0], &lack["line"]),
        (&"fwd:0".into(), &9.into())
    );
    assert_eq!(lack["problem"], "nothing says what it does with packets");
}

#[test]
fn a_wrong_file_is_drawn_or_listed() {
    let text = RING.replace("bufcnt", "bufcount");
    let finished = check(&text, &[]);
    finished.refused(
        1,
        &[
            "there is no key `bufcount` in `umems.u`",
            "file.jsonc:3:23",
            "did you mean `bufcnt`?",
        ],
    );
    let finished = check(&text, &["--json"]);
    assert_eq!(finished.code, Some(1));
    let error = &json(&finished)["errors"][1];
    assert_eq!((&error["line"], &error["column"]), (&3.into(), &23.into()));
    assert_eq!(error["key"], "umems.u.bufcount");
    assert_eq!(error["help"], "did you mean `bufcnt`?");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::new();
    place
        .run(&["net", "check", "absent.jsonc"])
        .refused(1, &["cannot open absent.jsonc"]);
}

#[test]
fn variables_of_the_environment_stand_in_quotes() {
    let place = Place::new();
    let text = RING
        .replace("\"b\"", "\"${PEER}\"")
        .replace("net_ring:b", "net_ring:${PEER}");
    fs::write(place.path().join("file.jsonc"), text).unwrap();
    let arguments = ["net", "check", "file.jsonc"];
    place
        .run(&arguments)
        .refused(1, &["no variable PEER", "file.jsonc:5:"]);
    let output = limit::output(place.command(&arguments).env("PEER", "b"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("a             a ring to b"), "{said}");
}
