//! `portway pub`, `sub`, `push` and `pull`: without a broker, and over NATS where it is installed.

#![cfg(test)]

mod common;

use std::{io::Write as _, process::Stdio, time::Duration};

use common::{
    Finished, Place,
    nats::{Nats, free_port},
};
use serde_json::Value;

/// Runs a command with this on its standard input.
fn run_with_input(place: &Place, arguments: &[&str], input: &str) -> Finished {
    let mut command = place.command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_publisher_serves_its_subscribers_without_a_broker() {
    let place = Place::new();
    let target = format!("framed://127.0.0.1:{}/numbers", free_port());
    let publisher = place.start(&["pub", &target, "1", "2", "3"]);
    assert_eq!(target, format!("{}/numbers", publisher.value("listen")));
    let got = place.run(&["sub", &target]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let lines: Vec<&str> = got.stdout.lines().collect();
    assert!(
        lines[0].starts_with(&format!("ready target={target} metrics=")),
        "{lines:?}"
    );
    assert_eq!(lines[1..], ["1", "2", "3"]);
    assert!(got.stderr.contains("3 messages, 3 bytes"), "{}", got.stderr);
}

#[test]
fn workers_share_the_jobs_of_a_unix_socket_as_json() {
    let place = Place::new();
    let target = format!("unix:{}#jobs", place.path().join("jobs.sock").display());
    let pushing = place.start(&["push", &target, "--json", r#"{"number":7}"#, "8"]);
    let got = place.run(&["pull", &target, "--json"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let lines = json_lines(&got.stdout);
    assert_eq!(lines[0]["event"], "ready");
    assert_eq!(lines[1]["body"]["number"], 7);
    assert_eq!(
        (&lines[2]["event"], &lines[2]["body"]),
        (&"message".into(), &8.into())
    );
    assert_eq!(
        (&lines[3]["event"], &lines[3]["messages"]),
        (&"end".into(), &2.into())
    );
    drop(pushing);
}

#[test]
fn bodies_that_are_no_json_come_as_strings_and_json_comes_as_text() {
    let place = Place::new();
    let target = format!("framed://127.0.0.1:{}/words", free_port());
    let pushing = place.start(&["push", &target, "two words"]);
    let got = place.run(&["pull", &target, "--json"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_eq!(json_lines(&got.stdout)[1]["body"], "two words");
    drop(pushing);
    let target = format!("framed://127.0.0.1:{}/numbers", free_port());
    let publishing = place.start(&["pub", &target, "--json", "[1, 2]"]);
    let got = place.run(&["sub", &target]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_eq!(got.stdout.lines().nth(1), Some("[1, 2]"));
    drop(publishing);
}

#[test]
fn wrong_use_has_exit_code_2_and_absence_1() {
    let place = Place::new();
    place
        .run(&["sub", "orders"])
        .refused(2, &["nats://", "framed://"]);
    let framed = format!("framed://127.0.0.1:{}/x", free_port());
    place
        .run(&["pub", &framed, "--durable", "1"])
        .refused(2, &["--durable", "nats://"]);
    place
        .run(&["sub", &framed])
        .refused(1, &["cannot reach", "portway pub"]);
    let absent = format!("nats://user:secret@127.0.0.1:{}/x", free_port());
    let refused = place.run(&["sub", &absent]);
    refused.refused(1, &["NATS"]);
    assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
}

#[test]
fn jobs_wait_in_nats_and_messages_do_not() {
    let Some(server) = Nats::start() else { return };
    let place = Place::new();
    let jobs = format!("nats://127.0.0.1:{}/jobs", server.port());
    let pushed = run_with_input(&place, &["push", &jobs], "a\nb\nc\n");
    assert_eq!(pushed.code, Some(0), "{}", pushed.stderr);
    let got = place.run(&["pull", &jobs, "--count", "3", "--timeout", "20"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_eq!(
        got.stdout.lines().skip(1).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    let pushed = place.run(&["push", &jobs, "no JSON"]);
    assert_eq!(pushed.code, Some(0), "{}", pushed.stderr);
    let got = place.run(&["pull", &jobs, "--json", "--count", "1", "--timeout", "20"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_eq!(json_lines(&got.stdout)[1]["body"], "no JSON");
    let topic = format!("nats://127.0.0.1:{}/topic", server.port());
    assert_eq!(place.run(&["pub", &topic, "lost"]).code, Some(0));
    let got = place.run(&["sub", &topic, "--count", "1", "--timeout", "1"]);
    assert_eq!(got.code, Some(1));
    assert!(got.stderr.contains("0 of 1 messages"), "{}", got.stderr);
    let subscriber = place.start(&["sub", &topic]);
    assert_eq!(place.run(&["pub", &topic, "found"]).code, Some(0));
    std::thread::sleep(Duration::from_millis(200));
    let (code, took, rest) = subscriber.terminate();
    assert_eq!((code, rest.as_str()), (Some(0), "found\n"));
    assert!(took < Duration::from_secs(2), "it took {took:?}");
}
