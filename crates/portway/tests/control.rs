//! The control API of `portway up` as its callers meet it.

#![cfg(test)]

#[path = "control/calls.rs"]
#[expect(dead_code, reason = "this file uses a part of it")]
mod calls;
mod common;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Instant};

use calls::{Calls, redeem};
use common::{Finished, PATIENCE, Place, Running};
use portway_control::{ControlOptions, ControlTarget, Reason, Role};
use portway_rpc::Code;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;

const UP: [&str; 5] = ["up", "--listen", "127.0.0.1:0", "--data", "data"];
/// What `up` says before the fingerprint of its certificate.
const FINGERPRINT: &str = "fingerprint ";

/// Writes a token that nobody else can read.
fn token(place: &Place, role: Role) -> String {
    let (text, file) = (
        format!("token-of-{role}-0123456789"),
        format!("{role}.token"),
    );
    write_private(&place.path().join(file), &text);
    text
}

fn write_private(file: &Path, text: &str) {
    fs::write(file, text).expect("the folder is ours");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("the file is ours");
}

/// A gateway that listens for all roles, and the address and fingerprint of its API.
struct Gateway {
    running: Running,
    url: String,
    fingerprint: String,
}

impl Gateway {
    fn start(place: &Place, further: &[&str]) -> Self {
        for role in Role::ALL {
            token(place, role);
        }
        let tokens = Role::ALL.map(|role| format!("--control-token={role}={role}.token"));
        let tokens = tokens.each_ref().map(String::as_str);
        let listen = ["--control-listen", "127.0.0.1:0"];
        let arguments = [&UP[..], &listen, &tokens, further].concat();
        let log = fs::File::create(place.path().join("log")).expect("the folder is ours");
        let running = place.start_with_log(&arguments, log);
        let (_, url) = running
            .value("control")
            .split_once(',')
            .expect("two addresses");
        Self {
            url: url.to_owned(),
            fingerprint: fingerprint(place),
            running,
        }
    }

    fn options(&self, role: Role) -> ControlOptions {
        ControlOptions::new()
            .token(format!("token-of-{role}-0123456789"))
            .fingerprint(self.fingerprint.parse().expect("a fingerprint"))
    }

    fn target(&self) -> ControlTarget {
        self.url.parse().expect("a URL")
    }

    /// Runs `portway peer` over TLS with the token of a role.
    fn peer(&self, place: &Place, role: Role, arguments: &[&str]) -> Finished {
        let file = format!("{role}.token");
        let how = [
            "--control",
            &self.url,
            "--control-fingerprint",
            &self.fingerprint,
        ];
        let proof = ["--control-token-file", &file];
        place.run(&[&["peer"], arguments, &how, &proof].concat())
    }
}

/// What the gateway printed; it says it right after its ready line.
fn fingerprint(place: &Place) -> String {
    let begin = Instant::now();
    loop {
        let log = fs::read_to_string(place.path().join("log")).expect("it is there");
        if let Some((_, rest)) = log.split_once(FINGERPRINT)
            && let Some((fingerprint, _)) = rest.split_once('\n')
        {
            return fingerprint.to_owned();
        }
        assert!(begin.elapsed() < PATIENCE, "no fingerprint in {log:?}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn peers_are_changed_from_elsewhere_with_a_token_of_an_admin() {
    let place = Place::new();
    let gateway = Gateway::start(&place, &[]);
    let added = gateway.peer(&place, Role::Admin, &["add", "laptop"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert!(added.stdout.contains("PrivateKey = "), "{}", added.stdout);
    let list = gateway.peer(&place, Role::Read, &["list", "--json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    assert_eq!(list["peers"][0]["name"], "laptop");
    assert_eq!(list["peers"][0]["source"], "grid");
    assert_eq!(gateway.running.terminate().0, Some(0));
}

#[test]
fn a_role_that_does_not_permit_it_is_refused_and_told_which_does() {
    let place = Place::new();
    let gateway = Gateway::start(&place, &[]);
    let texts = [
        "needs the role admin",
        "has the role read",
        "--control-token",
    ];
    gateway
        .peer(&place, Role::Read, &["remove", "laptop"])
        .refused(1, &texts);
    gateway
        .peer(&place, Role::Enrol, &["list"])
        .refused(1, &["needs the role read", "has the role enrol"]);
    let open = [
        "peer",
        "list",
        "--control",
        &gateway.url,
        "--control-fingerprint",
    ];
    place
        .run(&[&open[..], &[&gateway.fingerprint]].concat())
        .refused(
            1,
            &["nobody is known by this token", "--control-token-file"],
        );
}

#[test]
fn a_gateway_with_another_certificate_is_not_trusted() {
    let place = Place::new();
    let gateway = Gateway::start(&place, &[]);
    let other = format!("sha256:{}", "0".repeat(64));
    let how = ["peer", "list", "--control", &gateway.url];
    place
        .run(&[&how[..], &["--control-fingerprint", &other]].concat())
        .refused(
            1,
            &[&gateway.fingerprint, "not the one", "--control-fingerprint"],
        );
    place
        .run(&how)
        .refused(1, &["UnknownIssuer", "--control-ca"]);
    let trusted = [
        "--control-ca",
        "data/control.crt",
        "--control-token-file",
        "read.token",
    ];
    let done = place.run(&[&how[..], &trusted].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

#[test]
fn the_certificate_stays_the_same_over_restarts() {
    let place = Place::new();
    let first = Gateway::start(&place, &[]);
    let fingerprint = first.fingerprint.clone();
    first.running.terminate();
    assert_eq!(Gateway::start(&place, &[]).fingerprint, fingerprint);
    for file in ["control.crt", "control.key"] {
        let metadata = fs::metadata(place.path().join("data").join(file)).expect("it is kept");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn what_would_let_in_anybody_or_nobody_does_not_start() {
    let place = Place::new();
    let listen = [&UP[..], &["--control-listen", "127.0.0.1:0"]].concat();
    place
        .run(&listen)
        .refused(2, &["nobody", "--control-token ROLE=FILE"]);
    token(&place, Role::Read);
    let with = |token: &str| place.run(&[&listen[..], &["--control-token", token]].concat());
    with("root=read.token").refused(2, &["admin, read and enrol"]);
    with("read=missing.token").refused(1, &["missing.token", "openssl rand -hex 32"]);
    fs::write(place.path().join("short"), "short").expect("the folder is ours");
    with("read=short").refused(1, &["open to other users", "chmod 600"]);
    write_private(&place.path().join("short"), "short");
    with("read=short").refused(1, &["16 or more", "openssl"]);
}

#[test]
fn a_socket_of_a_dead_gateway_is_replaced_and_one_of_a_living_is_not() {
    let place = Place::new();
    let grid = place.start(&["grid", "--listen", "127.0.0.1:0"]);
    // On a grid of its own, so that the embedded one does not refuse the second gateway first.
    let up = [&UP[..], &["--grid", grid.value("listen")]].concat();
    let socket = place.path().join("data/control.sock");
    drop(place.start(&up));
    assert!(socket.exists(), "it was killed, and left its socket behind");
    let gateway = place.start(&up);
    place
        .run(&up)
        .refused(1, &["control.sock", "another gateway", "--data"]);
    let listed = place.run(&["peer", "list", "--data", "data"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    assert_eq!(gateway.terminate().0, Some(0));
    assert!(!socket.exists(), "it is removed at the end");
}

#[test]
fn an_invitation_lets_one_of_many_in_and_shows_no_secret() {
    let place = Place::new();
    let gateway = Gateway::start(&place, &[]);
    let invited = gateway.peer(
        &place,
        Role::Admin,
        &["invite", "phone", "--expires", "1h", "--json"],
    );
    let invited: Value = serde_json::from_str(&invited.stdout).expect("JSON");
    let token = invited["token"].as_str().expect("a token");
    let outcomes = calls::race(&gateway.target(), &gateway.options(Role::Enrol), token, 50);
    let winners: Vec<_> = outcomes.iter().filter_map(|it| it.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert_eq!(winners[0].name, "phone");
    for status in outcomes.iter().filter_map(|it| it.as_ref().err()) {
        assert_eq!(Reason::of(status), Some(Reason::Token), "{status:?}");
        assert_eq!(status.code(), Code::PermissionDenied);
    }
    let log = fs::read_to_string(place.path().join("log")).expect("it is there");
    assert!(!log.contains(token) && !log.contains("0123456789"), "{log}");
}

#[test]
fn a_certificate_of_a_client_gives_the_role_of_its_authority() {
    let place = Place::new();
    let authority = authority();
    let file = place.path().join("readers.pem");
    fs::write(&file, authority.pem()).expect("the folder is ours");
    let gateway = Gateway::start(&place, &["--control-client-ca", "read=readers.pem"]);
    let options = |issuer: &Authority| {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(["anna".to_owned()]).expect("a name");
        let certificate = parameters.signed_by(&key, issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        ControlOptions::new()
            .fingerprint(gateway.fingerprint.parse().expect("a fingerprint"))
            .identity(vec![certificate.der().clone()], key)
    };
    let known = Calls::connect(&gateway.target(), &options(&authority)).expect("it is trusted");
    assert!(known.list_gateways().is_ok());
    assert_eq!(
        Reason::of(&known.invite("x").unwrap_err()),
        Some(Reason::Role)
    );
    let stranger = Calls::connect(&gateway.target(), &options(&self::authority()));
    // A client hears of the refusal with its first call at the latest.
    assert!(
        stranger
            .and_then(|stranger| stranger.list_gateways())
            .is_err()
    );
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut parameters = CertificateParams::new([]).expect("no names are no problem");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(parameters, key).expect("an authority")
}

#[test]
fn redeeming_over_the_socket_needs_no_token_of_a_role() {
    let place = Place::new();
    let _gateway = place.start(&[&UP[..], &["--peer-dns", "10.77.0.53"]].concat());
    let invited = place.run(&["peer", "invite", "phone", "--data", "data"]);
    assert_eq!(invited.code, Some(0), "{}", invited.stderr);
    let target = ControlTarget::Socket(place.path().join("data/control.sock"));
    let enrolment = redeem(&target, &ControlOptions::new(), invited.stdout.trim());
    assert_eq!(enrolment.expect("the token is good").dns, ["10.77.0.53"]);
}
