//! Connecting to servers that refuse, know less, or are no servers at all.

use std::time::Duration;

use portway_ignite::protocol::{Dialect, ExpiryPolicy, Features, HANDSHAKE_FRAME_LIMIT, Version};
use portway_ignite::{Client, ClientConfiguration, ContinuousQuery, Error, Status};

use crate::server::{ScriptedServer, key_of, numbers, raw, soon};

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_node() {
    let server = ScriptedServer::start().await;
    let refuse = async {
        let mut peer = server.accept().await;
        peer.handshake().await;
        peer.refuse_handshake(Version::ZERO, Status::RECOVERY_MODE, "in recovery")
            .await;
        peer.wait_for_close().await;
    };
    let (result, ()) = tokio::join!(Client::connect(server.configuration()), refuse);
    let error = result.unwrap_err();
    assert!(matches!(error, Error::HandshakeRefused { .. }), "{error}");
    assert!(error.to_string().contains("in recovery"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_told_without_showing_it() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().credentials("gateway", "swordfish");
    let refuse = async {
        let mut peer = server.accept().await;
        let credentials = peer.handshake().await.credentials.unwrap();
        assert_eq!(
            (credentials.user.as_str(), credentials.password()),
            ("gateway", "swordfish")
        );
        peer.refuse_handshake(Version::ZERO, Status::AUTHENTICATION_FAILED, "no")
            .await;
    };
    let (result, ()) = tokio::join!(Client::connect(configuration), refuse);
    let error = result.unwrap_err();
    assert!(
        matches!(error, Error::AuthenticationRefused { .. }),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("swordfish"));
}

#[tokio::test]
async fn what_the_client_says_about_itself_is_in_its_first_message() {
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .user_attribute("program", "billing")
        .user_attribute("site", "north")
        .credentials("gateway", "swordfish");
    let welcome = async {
        let mut peer = server.accept().await;
        peer.handshake().await
    };
    let (_, request) = tokio::join!(
        tokio::time::timeout(Duration::from_millis(200), Client::connect(configuration)),
        welcome
    );
    let attributes: Vec<_> = request.attributes.into_iter().collect();
    let expected = [("program", "billing"), ("site", "north")];
    assert_eq!(
        attributes,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(request.credentials.unwrap().password(), "swordfish");
}

#[tokio::test]
async fn attributes_longer_than_a_handshake_may_be_are_refused_before_they_are_sent() {
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .user_attribute("story", "x".repeat(HANDSHAKE_FRAME_LIMIT));
    let error = Client::connect(configuration).await.unwrap_err();
    assert!(matches!(error, Error::RequestTooLong { .. }), "{error}");
}

#[tokio::test]
async fn no_higher_version_than_the_configured_one_is_offered() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().highest_version(Version::V1_4);
    let welcome = async {
        let mut peer = server.accept().await;
        let version = peer.handshake().await.version;
        let features = Features::NONE;
        peer.accept_handshake(Dialect { version, features }).await;
        version
    };
    let (client, version) = tokio::join!(Client::connect(configuration), welcome);
    client.unwrap();
    assert_eq!(version, Version::V1_4);
}

#[tokio::test]
async fn an_older_node_is_spoken_to_in_its_own_version() {
    for version in [Version::V1_0, Version::V1_2, Version::V1_4, Version::V1_6] {
        let server = ScriptedServer::start().await;
        let negotiate = async {
            let mut first = server.accept().await;
            assert_eq!(first.handshake().await.version, Version::V1_7);
            first
                .refuse_handshake(version, Status::FAILED, "Unsupported version")
                .await;
            let mut second = server.accept().await;
            assert_eq!(second.handshake().await.version, version);
            second
                .accept_handshake(Dialect {
                    version,
                    features: Features::NONE,
                })
                .await;
            second
        };
        let (client, mut peer) = tokio::join!(Client::connect(server.configuration()), negotiate);
        let cache = numbers(&client.unwrap());
        let serve = async {
            let (id, action) = peer.action().await;
            assert_eq!(key_of(action), 1);
            peer.answer(id, &raw(&7_i32)).await;
        };
        let (value, ()) = tokio::join!(cache.get(&1), serve);
        assert_eq!(value.unwrap(), Some(7), "{version}");
    }
}

#[tokio::test]
async fn what_an_older_node_does_not_know_is_not_sent() {
    let server = ScriptedServer::start().await;
    let negotiate = async {
        let mut first = server.accept().await;
        first.handshake().await;
        first
            .refuse_handshake(Version::V1_2, Status::FAILED, "Unsupported version")
            .await;
        let mut second = server.accept().await;
        second.handshake().await;
        let dialect = Dialect {
            version: Version::V1_2,
            features: Features::NONE,
        };
        second.accept_handshake(dialect).await;
        second
    };
    let (client, mut peer) = tokio::join!(Client::connect(server.configuration()), negotiate);
    let client = client.unwrap();
    let cache = numbers(&client);
    let expiring = cache.with_expiry(ExpiryPolicy::default());
    let error = expiring.put(&1, &1).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    let error = cache
        .continuous_query(ContinuousQuery::new())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    drop((client, cache, expiring));
    assert!(peer.frame().await.is_none(), "nothing was sent");
}

#[tokio::test]
async fn a_node_that_offers_no_known_version_is_not_tried_again() {
    let server = ScriptedServer::start().await;
    let refuse = async {
        let mut peer = server.accept().await;
        peer.handshake().await;
        let unknown = Version {
            major: 2,
            minor: 0,
            patch: 0,
        };
        peer.refuse_handshake(unknown, Status::FAILED, "Unsupported version")
            .await;
        peer.wait_for_close().await;
    };
    let (result, ()) = tokio::join!(Client::connect(server.configuration()), refuse);
    assert!(matches!(
        result.unwrap_err(),
        Error::HandshakeRefused { .. }
    ));
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let server = ScriptedServer::start().await;
    let limit = Duration::from_millis(50);
    let configuration = server.configuration().handshake_timeout(limit);
    let (result, _peer) = tokio::join!(Client::connect(configuration), server.accept());
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("handshake"), "{error}");
}

#[tokio::test]
async fn a_handshake_that_announces_too_much_is_given_up() {
    let server = ScriptedServer::start().await;
    let shout = async {
        let mut peer = server.accept().await;
        peer.handshake().await;
        peer.send(b"HTTP/1.1 400 Bad Request\r\n").await;
        peer.wait_for_close().await;
    };
    let (result, ()) = tokio::join!(Client::connect(server.configuration()), shout);
    assert!(matches!(result.unwrap_err(), Error::ConnectionLost { .. }));
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_named_with_a_hint() {
    let address = ScriptedServer::start().await.address();
    let error = Client::connect(ClientConfiguration::new([&address]))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    let shown = error.to_string();
    assert!(
        shown.contains(&address) && shown.contains("check that the node runs"),
        "{shown}"
    );
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_cannot_be_used() {
    let gone = ScriptedServer::start().await.address();
    let server = ScriptedServer::start().await;
    let configuration = ClientConfiguration::new([gone, server.address()]);
    let (client, _peer) = soon(server.connect(configuration)).await;
    assert!(client.connection_state().borrow().is_connected());
}
