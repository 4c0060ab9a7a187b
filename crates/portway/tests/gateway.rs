//! `portway up`, `portway peer` and `portway grid` as a user meets them.

#![cfg(test)]

mod common;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpStream, UdpSocket},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};

use common::{PATIENCE, Place, Running};
use portway_gateway::{PrivateKey, PublicKey, TunnelFile};
use serde_json::Value;

const UP: [&str; 5] = ["up", "--listen", "127.0.0.1:0", "--data", "data"];

/// Runs `portway peer` against the gateway in `data`.
fn peer(place: &Place, arguments: &[&str]) -> common::Finished {
    let whole = [&["peer"], arguments, &["--data", "data"]].concat();
    place.run(&whole)
}

/// As `peer`, for what must succeed; its stdout.
#[track_caller]
fn peer_ok(place: &Place, arguments: &[&str]) -> String {
    let done = peer(place, arguments);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    done.stdout
}

#[track_caller]
fn added(place: &Place, arguments: &[&str]) -> TunnelFile {
    peer_ok(place, &[&["add"], arguments].concat())
        .parse()
        .expect("a wg-quick file")
}

fn listed(place: &Place) -> Vec<Value> {
    let list: Value = serde_json::from_str(&peer_ok(place, &["list", "--json"])).expect("JSON");
    list["peers"].as_array().expect("a list of peers").clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o777
}

/// One number at `/metrics`.
fn metric(gateway: &Running, name: &str) -> Option<u64> {
    let mut stream = TcpStream::connect(gateway.value("metrics")).expect("metrics are served");
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("it listens");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("metrics are text");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.parse().ok()
}

#[track_caller]
fn wait_for_metric(gateway: &Running, name: &str, wanted: u64) {
    let begin = Instant::now();
    while metric(gateway, name) != Some(wanted) {
        assert!(
            begin.elapsed() < PATIENCE,
            "{name} is {:?}",
            metric(gateway, name)
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether any file below holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        let content = fs::read(&path).unwrap_or_default();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn it_tells_everything_in_one_line_and_ends_in_time() {
    let place = Place::new();
    let gateway = place.start(&UP);
    for key in ["listen", "data", "grid", "control", "metrics", "public-key"] {
        assert!(!gateway.value(key).is_empty());
    }
    let (code, took, rest) = gateway.terminate();
    assert_eq!((code, rest.as_str()), (Some(0), ""));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn nobody_else_can_look_into_the_folder() {
    let place = Place::new();
    let _gateway = place.start(&UP);
    let data = place.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for file in [
        "gateway.key",
        "fleet.key",
        "gateway.id",
        "grid.sock",
        "control.sock",
    ] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_peer_is_followed_from_its_addition_to_its_removal() {
    let place = Place::new();
    let gateway = place.start(&UP);
    let file = added(&place, &["laptop", "--keepalive", "25", "--preshared-key"]);
    let begin = Instant::now();
    wait_for_metric(&gateway, "portway_peers", 1);
    println!("live {:?} after `peer add` returned", begin.elapsed());

    let addresses: Vec<_> = file
        .interface
        .addresses
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(addresses[0], "10.77.0.2/32");
    assert!(
        addresses[1].starts_with("fd") && addresses[1].ends_with("::2/128"),
        "{addresses:?}"
    );
    let section = &file.peers[0];
    assert_eq!(section.public_key.to_base64(), gateway.value("public-key"));
    assert_eq!(
        section.endpoint.as_ref().unwrap().to_string(),
        gateway.value("listen")
    );
    assert_eq!(
        (section.keepalive, section.allowed_prefixes.len()),
        (Some(25), 2)
    );
    assert!(section.preshared_key.is_some());

    let peers = listed(&place);
    let key = file.interface.private_key.as_ref().unwrap().public_key();
    assert_eq!(peers[0]["public_key"], key.to_base64());
    assert_eq!(
        (&peers[0]["state"], &peers[0]["session"]),
        (&"enabled".into(), &Value::Null)
    );
    peer_ok(&place, &["disable", "laptop"]);
    assert_eq!(listed(&place)[0]["state"], "disabled");
    peer_ok(&place, &["remove", &key.to_base64()]);
    wait_for_metric(&gateway, "portway_peers", 0);
    assert!(listed(&place).is_empty());
}

#[test]
fn a_restart_keeps_identity_and_peers() {
    let place = Place::new();
    let first = place.start(&UP);
    added(&place, &["laptop"]);
    let (key, before) = (first.value("public-key").to_owned(), listed(&place));
    first.terminate();
    let second = place.start(&UP);
    assert_eq!(second.value("public-key"), key);
    assert_eq!(listed(&place), before);
    wait_for_metric(&second, "portway_peers", 1);
}

#[test]
fn secrets_of_peers_are_stored_nowhere() {
    let place = Place::new();
    let log = fs::File::create(place.path().join("log")).unwrap();
    let mut command = place.command(&[&UP[..], &["-vv", "--ready-file", "ready"]].concat());
    let mut gateway = command
        .stdout(std::process::Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !place.path().join("ready").exists() {
        assert!(begin.elapsed() < PATIENCE, "it does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let file = added(&place, &["laptop", "--preshared-key"]);
    peer_ok(&place, &["show", "laptop"]);
    let private = file.interface.private_key.unwrap();
    let shared = file.peers[0].preshared_key.clone().unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&gateway),
        rustix::process::Signal::TERM,
    )
    .unwrap();
    gateway.wait().unwrap();
    assert!(
        holds(place.path(), private.public_key().to_base64().as_bytes()),
        "the search works"
    );
    for secret in [private.as_bytes(), shared.as_bytes()] {
        assert!(!holds(place.path(), secret), "raw bytes are found");
    }
    for text in [
        private.to_base64(),
        shared.to_base64(),
        private.to_hex(),
        shared.to_hex(),
    ] {
        assert!(!holds(place.path(), text.as_bytes()), "a text is found");
    }
}

#[test]
fn a_peer_with_its_own_key_is_told_no_private_key() {
    let place = Place::new();
    let _gateway = place.start(&UP);
    let key: PublicKey = PrivateKey::generate().unwrap().public_key();
    let text = peer_ok(&place, &["add", "office", "--public-key", &key.to_base64()]);
    assert!(!text.contains("PrivateKey"), "{text}");
    assert_eq!(listed(&place)[0]["public_key"], key.to_base64());
}

#[test]
fn the_qr_code_is_all_that_is_printed() {
    let place = Place::new();
    let _gateway = place.start(&UP);
    let code = peer_ok(&place, &["add", "phone", "--qr"]);
    assert!(
        code.lines().count() > 20 && !code.contains("PrivateKey"),
        "{code}"
    );
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let place = Place::new();
    peer(&place, &["list"]).refused(1, &["no gateway runs at", "portway up", "hint"]);
    let _gateway = place.start(&UP);
    added(&place, &["router", "--allowed-ip", "192.168.7.0/24"]);
    peer(&place, &["add", "router"]).refused(1, &["router belongs to the peer", "hint"]);
    let taken = ["add", "other", "--allowed-ip", "192.168.7.0/24"];
    peer(&place, &taken).refused(1, &["192.168.7.0/24 belongs to the peer router", "--steal"]);
    added(&place, &[&taken[1..], &["--steal"]].concat());
    peer(&place, &["show", "nobody"]).refused(1, &["no peer nobody", "peer list"]);
    let bits = ["add", "x", "--allowed-ip", "192.168.7.1/24"];
    peer(&place, &bits).refused(2, &["did you mean 192.168.7.0/24?"]);
    let past = ["add", "x", "--expires", "2020-01-01"];
    peer(&place, &past).refused(2, &["--expires names a time that is over"]);
    peer(&place, &["add", "a b"]).refused(2, &["cannot name a peer"]);
    assert_eq!(
        listed(&place).len(),
        2,
        "what was refused left nothing behind"
    );
}

#[test]
fn another_fleet_key_opens_nothing() {
    let place = Place::new();
    let _gateway = place.start(&UP);
    added(&place, &["laptop"]);
    let other = Place::new();
    other.start(&UP).terminate();
    let key = other.path().join("data/fleet.key");
    let key = key.to_str().unwrap();
    peer(&place, &["add", "thief", "--fleet-key-file", key])
        .refused(1, &["another fleet key", "--fleet-key-file"]);
    peer(&place, &["show", "laptop", "--fleet-key-file", key]).refused(1, &["no peer laptop"]);
}

#[test]
fn a_grid_of_its_own_serves_a_gateway() {
    let place = Place::new();
    let grid = place.start(&["grid", "--listen", "127.0.0.1:0", "--data", "store"]);
    let address = grid.value("listen").to_owned();
    let gateway = place.start(&[&UP[..], &["--grid", &address]].concat());
    assert_eq!(gateway.value("grid"), address);
    assert!(listed(&place).is_empty(), "through the gateway");
    let done = peer(&place, &["add", "laptop", "--grid", &address]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    wait_for_metric(&gateway, "portway_peers", 1);
    assert_eq!(listed(&place).len(), 1);
    assert_eq!(gateway.terminate().0, Some(0));
    peer(&place, &["list"]).refused(1, &["no gateway runs at"]);
    let done = peer(&place, &["add", "late", "--grid", &address]);
    done.refused(1, &["no gateway of this fleet is running"]);
    assert_eq!(grid.terminate().0, Some(0));
}

#[test]
fn the_grid_asks_for_a_password_on_tcp() {
    let place = Place::new();
    place
        .run(&[&UP[..], &["--grid-listen", "127.0.0.1:0"]].concat())
        .refused(2, &["--grid-user"]);
    let open = ["--grid-listen", "0.0.0.0:0", "--grid-user", "anna"];
    place
        .run(&[&UP[..], &open].concat())
        .refused(2, &["--grid-cert", "--insecure"]);
    fs::write(place.path().join("password"), "correct horse\n").unwrap();
    fs::write(place.path().join("wrong"), "incorrect horse\n").unwrap();
    let served = ["--grid-listen", "127.0.0.1:0", "--grid-user", "anna"];
    let gateway = place.start(&[&UP[..], &served, &["--grid-password-file", "password"]].concat());
    let (_, address) = gateway
        .value("grid")
        .split_once(',')
        .expect("two addresses");
    let list = |file: &[&str]| peer(&place, &[&["list", "--grid", address], file].concat());
    assert_eq!(
        list(&["--grid-user", "anna", "--grid-password-file", "password"]).code,
        Some(0)
    );
    list(&["--grid-user", "anna", "--grid-password-file", "wrong"]).refused(1, &["hint"]);
    list(&[]).refused(1, &["hint"]);
}

#[test]
fn the_grid_on_tcp_is_reached_inside_tls_by_whoever_knows_its_authority() {
    let place = Place::new();
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    for (name, text) in [
        ("grid.pem", certified.cert.pem()),
        ("grid.key", certified.signing_key.serialize_pem()),
        ("password", "correct horse\n".to_owned()),
    ] {
        fs::write(place.path().join(name), text).unwrap();
    }
    let user = ["--grid-user", "anna", "--grid-password-file", "password"];
    let tls = ["--grid-cert", "grid.pem", "--grid-key", "grid.key"];
    let gateway = place.start(&[&UP[..], &["--grid-listen", "127.0.0.1:0"], &user, &tls].concat());
    let (_, address) = gateway
        .value("grid")
        .split_once(',')
        .expect("two addresses");
    let list = |further: &[&str]| {
        let arguments = [&["list", "--grid", address], &user[..], further].concat();
        peer(&place, &arguments)
    };
    let trusted = list(&["--grid-ca", "grid.pem"]);
    assert_eq!(trusted.code, Some(0), "{}", trusted.stderr);
    list(&[]).refused(1, &["hint"]);
}

#[test]
fn two_gateways_do_not_share_a_folder_or_a_port() {
    let place = Place::new();
    let gateway = place.start(&UP);
    place.run(&UP).refused(1, &["in use", "--data"]);
    let address = gateway.value("listen");
    place
        .run(&["up", "--listen", address, "--ephemeral"])
        .refused(1, &[address, "--listen"]);
    drop(UdpSocket::bind("127.0.0.1:0").expect("other ports are free"));
}

#[test]
fn an_ephemeral_folder_is_gone_at_the_end() {
    let place = Place::new();
    let gateway = place.start(&["up", "--listen", "127.0.0.1:0", "--ephemeral"]);
    let data = gateway.value("data").to_owned();
    assert!(Path::new(&data).join("grid.sock").exists());
    gateway.terminate();
    assert!(!Path::new(&data).exists());
}
