//! The handshake in all its versions.

use portway_ignite_protocol::{
    Credentials, Feature, Features, HandshakeRequest, HandshakeResponse, Status, Version,
};

const VERSIONS: [Version; 5] = [
    Version::V1_0,
    Version::V1_1,
    Version::V1_2,
    Version::V1_6,
    Version::V1_7,
];

#[test]
fn a_request_carries_what_its_version_has() {
    for version in VERSIONS {
        let mut expected = full_request(version);
        if version < Version::V1_7 {
            expected.features = Features::NONE;
            expected.attributes.clear();
        }
        if version < Version::V1_1 {
            expected.credentials = None;
        }

        let frame = full_request(version).to_frame().unwrap();

        assert_eq!(
            HandshakeRequest::from_payload(&frame[4..]),
            Ok(expected),
            "{version}"
        );
    }
}

#[test]
fn a_request_with_user_and_password_has_the_known_layout() {
    let mut request = HandshakeRequest::new(Version::V1_1, Features::NONE);
    request.credentials = Some(Credentials::new("ignite", "pw"));

    let frame = request.to_frame().unwrap();

    let mut expected = vec![26, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 2];
    expected.extend([9, 6, 0, 0, 0]);
    expected.extend(b"ignite");
    expected.extend([9, 2, 0, 0, 0]);
    expected.extend(b"pw");
    assert_eq!(frame, expected);
}

#[test]
fn attributes_are_sent_only_with_their_feature() {
    let mut request = full_request(Version::V1_7);
    request.features = request.features.without(Feature::UserAttributes);

    let frame = request.to_frame().unwrap();

    let received = HandshakeRequest::from_payload(&frame[4..]).unwrap();
    assert!(received.attributes.is_empty());
    assert_eq!(received.credentials, request.credentials);
}

#[test]
fn an_answer_carries_what_the_requested_version_has() {
    for version in VERSIONS {
        let refused = HandshakeResponse::Refused {
            version: Version::ZERO,
            message: "wrong password".into(),
            status: if version < Version::V1_1 {
                Status::FAILED
            } else {
                Status::AUTHENTICATION_FAILED
            },
        };

        let frame = refused.to_frame(version).unwrap();

        assert_eq!(
            HandshakeResponse::from_payload(&frame[4..], version),
            Ok(refused)
        );
    }
}

#[test]
fn a_password_is_in_no_debug_text() {
    let request = full_request(Version::V1_7);

    let text = format!("{request:?} {:?}", request.credentials);

    assert!(
        text.contains("ignite") && !text.contains("secret"),
        "{text}"
    );
}

fn full_request(version: Version) -> HandshakeRequest {
    let mut request = HandshakeRequest::new(version, Features::SUPPORTED);
    request.attributes = [("name".into(), "portway".into())].into();
    request.credentials = Some(Credentials::new("ignite", "secret"));
    request
}
