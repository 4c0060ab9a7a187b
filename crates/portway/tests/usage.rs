//! Arguments, help, exit codes and hints of the binary.

#![cfg(test)]

mod common;

use common::Place;
use serde_json::Value;

#[test]
fn help_is_data_and_wrong_use_is_not() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    for subcommand in [
        "up",
        "wireguard",
        "client",
        "peer",
        "grid",
        "sql",
        "pub",
        "sub",
        "push",
        "pull",
        "net",
        "doctor",
        "completions",
        "man",
    ] {
        let line = help
            .stdout
            .lines()
            .find(|line| line.trim_start().starts_with(subcommand));
        assert!(line.is_some(), "{subcommand} is missing in {}", help.stdout);
        let own = place.run(&[subcommand, "--help"]);
        assert!(own.stdout.contains("Examples:"), "{}", own.stdout);
    }
    place
        .run(&["fly"])
        .refused(2, &["unrecognized subcommand", "--help"]);
    assert_eq!(place.run(&[]).code, Some(2));
}

#[test]
fn a_grid_leaves_loopback_only_inside_tls_and_asking_who_comes() {
    let place = Place::new();
    let grid = ["grid", "--listen", "0.0.0.0:0"];
    place
        .run(&grid)
        .refused(2, &["leaves loopback without TLS", "--grid-cert"]);
    let without_question = ["--grid-cert", "a.pem", "--grid-key", "a.key"];
    place
        .run(&[&grid[..], &without_question].concat())
        .refused(2, &["leaves loopback without asking who comes", "--auth"]);
    let asking = [&without_question[..], &["--auth"]].concat();
    place
        .run(&[&grid[..], &asking].concat())
        .refused(1, &["cannot read a.pem"]);
}

#[test]
fn the_options_of_up_are_those_of_the_manual() {
    let help = Place::new().run(&["up", "--help"]).stdout;
    for option in [
        "--listen <ADDR:PORT>",
        "--outer <SIDE>",
        "--inner <SIDE>",
        "--network <PREFIX>",
        "--endpoint <HOST:PORT>",
        "--publish <PORT=HOST:PORT>",
        "--exit <POLICY>",
        "--data <DIR>",
        "--ephemeral",
        "--grid <ADDR[,ADDR]>",
        "--grid-listen <ADDR:PORT>",
        "--grid-user <NAME>",
        "--grid-password-file <FILE>",
        "--fleet-key-file <FILE>",
        "--metrics <ADDR:PORT>",
        "--ready-file <FILE>",
        "--json",
        "--insecure",
        "--verbose",
        "--log <FILTER>",
    ] {
        assert!(help.contains(option), "{option} is missing");
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_would_be_right() {
    let place = Place::new();
    place
        .run(&["up", "--outer", "xdp:eth0"])
        .refused(2, &["which datagrams", "--listen ADDR:PORT"]);
    place
        .run(&["up", "--inner", "xdp:eth0:9-1"])
        .refused(2, &["numbers and ranges", "0-3"]);
    place
        .run(&["up", "--inner", "tun:a/b"])
        .refused(2, &["1 to 15 letters"]);
    place
        .run(&["up", "--publish", "80"])
        .refused(2, &["80=127.0.0.1:8080"]);
    place
        .run(&["up", "--listen", "::1:51820:"])
        .refused(2, &["--listen"]);
    place
        .run(&["up", "--ephemeral", "--data", "x"])
        .refused(2, &["cannot be used with"]);
    place
        .run(&["up", "--grid-listen", "127.0.0.1:0"])
        .refused(2, &["--grid-user"]);
    place
        .run(&["up", "--grid-ca", "ca.pem"])
        .refused(2, &["--grid-listen"]);
    place
        .run(&["wireguard", "a/b"])
        .refused(2, &["1 to 15 letters"]);
    place
        .run(&["peer", "add", "x", "--expires", "1y"])
        .refused(2, &["24h"]);
    place
        .run(&["peer", "add", "x", "--public-key", "x"])
        .refused(2, &["44 characters"]);
    place
        .run(&["client", "x.conf"])
        .refused(2, &["--ping", "--forward"]);
    place
        .run(&["doctor", "--log", "a=b=c"])
        .refused(2, &["log filter", "hint:"]);
}

#[test]
fn doctor_tells_people_and_programs_the_same() {
    let place = Place::new();
    let text = place.run(&["doctor"]);
    assert_eq!(text.code, Some(0), "{}", text.stdout);
    assert!(text.stdout.contains("data directory"), "{}", text.stdout);
    assert!(!text.stdout.contains('\x1b'), "colours only on a terminal");
    let report: Value = serde_json::from_str(&place.run(&["doctor", "--json"]).stdout).unwrap();
    assert_eq!(report["ok"], true);
    let checks = report["checks"].as_array().unwrap();
    let hints = checks.iter().filter(|check| check["hint"] != "").count();
    let bad = checks
        .iter()
        .filter(|check| check["verdict"] != "ok")
        .count();
    assert_eq!(hints, bad, "each finding has its hint: {checks:?}");
}

#[test]
fn doctor_fails_when_something_essential_is_missing() {
    let place = Place::new();
    std::fs::write(place.path().join("file"), "").unwrap();
    let finished = place.run(&["doctor", "--data", "file"]);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stdout.contains("fail  data directory"),
        "{}",
        finished.stdout
    );
    assert!(finished.stderr.contains("hint:"), "{}", finished.stderr);
}

#[test]
fn completions_and_manual_pages_come_from_the_same_definition() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            place
                .run(&["completions", shell])
                .stdout
                .contains("wireguard"),
            "{shell}"
        );
    }
    assert!(place.run(&["man"]).stdout.contains(".TH portway 1"));
    assert_eq!(place.run(&["man", "pages"]).code, Some(0));
    for page in ["portway.1", "portway-up.1", "portway-peer-add.1"] {
        assert!(place.path().join("pages").join(page).exists(), "{page}");
    }
    std::fs::write(place.path().join("file"), "").unwrap();
    place
        .run(&["man", "file"])
        .refused(1, &["because:", "hint:"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut command = place.command(&["completions", "bash"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}
