//! The handshake.

use super::*;

fn handshake(request: &HandshakeRequest, required: Option<&Credentials>) -> HandshakeResponse {
    let payload = unframed(request.to_frame().unwrap());
    let admission = match required {
        Some(required) => check_credentials(&payload, required),
        None => Admission::Anyone,
    };
    let answer = match greet(&payload, &host(), admission, Ends::default()).unwrap() {
        Greeting::Accepted { answer, .. } | Greeting::Refused { answer } => answer,
    };
    HandshakeResponse::from_payload(&unframed(answer), request.version).unwrap()
}

#[test]
fn every_version_from_1_0_to_1_7_is_served() {
    for minor in 0..=7 {
        let version = Version {
            major: 1,
            minor,
            patch: 0,
        };
        let response = handshake(&HandshakeRequest::new(version, Features::SUPPORTED), None);
        assert!(
            matches!(response, HandshakeResponse::Accepted { .. }),
            "{version}"
        );
        let mut peer = Peer::new(version, Features::SUPPORTED);
        assert_eq!(
            peer.ask::<Vec<String>>(&Request::CacheNames(())).unwrap(),
            [] as [&str; 0]
        );
    }
}

#[test]
fn an_unknown_version_is_refused_with_the_highest_known() {
    for (major, minor) in [(1, 8), (2, 0), (0, 9)] {
        let version = Version {
            major,
            minor,
            patch: 0,
        };
        let response = handshake(&HandshakeRequest::new(version, Features::NONE), None);
        let HandshakeResponse::Refused {
            version: offered, ..
        } = response
        else {
            panic!("{version} was accepted");
        };
        assert_eq!(offered, Version::LATEST);
    }
}

#[test]
fn only_features_that_both_have_are_agreed_on() {
    let wanted = Features::NONE
        .with(Feature::Heartbeat)
        .with(Feature::TransactionAwareQueries);
    let response = handshake(&HandshakeRequest::new(Version::LATEST, wanted), None);
    let HandshakeResponse::Accepted { features, node } = response else {
        panic!("refused")
    };
    assert_eq!(features, Features::NONE.with(Feature::Heartbeat));
    assert_eq!(node, Some(host().node));
}

#[test]
fn user_and_password_are_both_needed_where_they_are_asked_for() {
    let required = Credentials::new("ada", "secret");
    let answer = |given: Option<Credentials>| {
        let mut request = HandshakeRequest::new(Version::LATEST, Features::NONE);
        request.credentials = given;
        match handshake(&request, Some(&required)) {
            HandshakeResponse::Accepted { .. } => None,
            HandshakeResponse::Refused { status, .. } => Some(status),
        }
    };
    assert_eq!(answer(Some(Credentials::new("ada", "secret"))), None);
    for wrong in [
        ("ada", "secreT"),
        ("ada", ""),
        ("ada", "secret1"),
        ("bob", "secret"),
    ] {
        let status = answer(Some(Credentials::new(wrong.0, wrong.1)));
        assert_eq!(status, Some(Status::AUTHENTICATION_FAILED), "{wrong:?}");
    }
    assert_eq!(answer(None), Some(Status::AUTHENTICATION_FAILED));
}

#[test]
fn what_is_no_handshake_gets_no_answer() {
    for garbage in [&b""[..], b"\x02", b"\x01\x01", b"GET / HTTP/1.1"] {
        assert!(
            greet(garbage, &host(), Admission::Anyone, Ends::default()).is_err(),
            "{garbage:?}"
        );
    }
}

#[test]
fn odbc_and_jdbc_are_told_that_they_are_not_served() {
    for client in [0, 1] {
        let payload = [1, 1, 0, 7, 0, 0, 0, client];
        let Greeting::Refused { answer } =
            greet(&payload, &host(), Admission::Anyone, Ends::default()).unwrap()
        else {
            panic!("a client of kind {client} was accepted");
        };
        let response = HandshakeResponse::from_payload(&unframed(answer), Version::LATEST);
        let HandshakeResponse::Refused {
            version, message, ..
        } = response.unwrap()
        else {
            panic!("the refusal reads as an acceptance");
        };
        assert_eq!(version, Version::ZERO);
        assert!(message.contains("thin clients"), "{message}");
    }
}
