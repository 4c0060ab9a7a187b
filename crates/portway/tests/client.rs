//! `portway client` with files that are wrong, and with a gateway that is not there.

#![cfg(test)]

mod common;

use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};

use common::{Finished, Place};

const KEY: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

/// A file with one line replaced.
fn file(original: &str, replacement: &str) -> String {
    let text = format!(
        "[Interface]\nPrivateKey = {KEY}\nAddress = 10.77.0.2/16\n\n\
         [Peer]\nPublicKey = {KEY}\nAllowedIPs = 10.77.0.0/16\nEndpoint = 127.0.0.1:9\n"
    );
    assert!(text.contains(original), "{original}");
    text.replace(original, replacement)
}

fn ping(place: &Place, text: &str, arguments: &[&str]) -> Finished {
    std::fs::write(place.path().join("x.conf"), text).unwrap();
    place.run(&[&["client", "x.conf", "--ping"], arguments].concat())
}

#[test]
fn a_wrong_file_is_refused_with_the_line_and_what_is_legal() {
    let place = Place::new();
    let refused = |original: &str, replacement: &str, texts: &[&str]| {
        ping(&place, &file(original, replacement), &["10.77.0.1"]).refused(1, texts);
    };
    let key = format!("PrivateKey = {KEY}");
    refused(
        &key,
        "PrivateKey = c2VjcmV0",
        &["line 2: PrivateKey", "44 characters", "hint:"],
    );
    refused(
        "10.77.0.0/16",
        "10.77.0.0/99",
        &["line 7: AllowedIPs", "10.77.0.0/99", "hint:"],
    );
    refused(
        "Endpoint = 127.0.0.1:9\n",
        "",
        &["no [Peer] with an Endpoint", "hint:"],
    );
    refused(
        "Endpoint = 127.0.0.1:9",
        "Endpoint = 127.0.0.1",
        &["line 8: Endpoint", "HOST:PORT"],
    );
    refused(
        "AllowedIPs = 10.77.0.0/16\n",
        "",
        &["no AllowedIPs", "hint:"],
    );
    refused(
        "10.77.0.0/16",
        "10.78.0.0/16",
        &["cover 10.77.0.1", "hint:"],
    );
    refused("[Peer]", "[Pear]", &["line 5", "[Interface] and [Peer]"]);
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let place = Place::new();
    let text = file(&format!("PrivateKey = {KEY}"), "PrivateKey = c2VjcmV0");
    let finished = ping(&place, &text, &["10.77.0.1", "-vvv"]);
    assert!(!finished.stderr.contains("c2VjcmV0"), "{}", finished.stderr);
}

#[test]
fn a_gateway_that_is_silent_is_told_from_one_that_is_there() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let endpoint = silent.local_addr().unwrap().to_string();
    let place = Place::new();
    let begin = Instant::now();
    let arguments = ["10.77.0.1", "--count", "1", "--timeout", "1"];
    let finished = ping(&place, &file("127.0.0.1:9", &endpoint), &arguments);
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    assert_eq!(finished.stdout, "1 sent, 0 received\n");
    assert!(
        finished.stderr.contains("did not answer the handshake"),
        "{}",
        finished.stderr
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(
        silent.recv(&mut [0; 256]).unwrap(),
        148,
        "a handshake initiation was sent"
    );
}

#[test]
fn a_forward_is_ready_before_the_gateway_is_and_ends_in_time() {
    let place = Place::new();
    std::fs::write(place.path().join("x.conf"), file("", "")).unwrap();
    let arguments = [
        "client",
        "x.conf",
        "-L",
        "0:10.77.0.1:80",
        "--ready-file",
        "ready",
    ];
    let running = place.start(&arguments);
    let ready = std::fs::read_to_string(place.path().join("ready")).unwrap();
    assert_eq!(ready, running.ready);
    std::net::TcpStream::connect(running.value("forward")).unwrap();
    let metrics = running.value("metrics").to_owned();
    assert!(common::get(&metrics, "/metrics").contains("portway_datagrams_total"));
    assert!(common::get(&metrics, "/readyz").starts_with("HTTP/1.1 200"));
    let (code, took, rest) = running.terminate();
    assert_eq!((code, rest.as_str()), (Some(0), ""));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_used_port_is_refused() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let forward = format!("{}:10.77.0.1:80", listener.local_addr().unwrap().port());
    let place = Place::new();
    std::fs::write(place.path().join("x.conf"), file("", "")).unwrap();
    place
        .run(&["client", "x.conf", "-L", &forward])
        .refused(1, &["cannot listen", "hint:"]);
}
