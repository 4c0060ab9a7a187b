//! The client against nodes that speak TLS: a grid behind a relay, with certificates of a made-up
//! authority.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod authority;
mod real;
mod relay;

use std::time::Duration;

use portway_ignite::{
    CacheConfiguration, Client, ClientConfiguration, ConfigurationError, Error, ReconnectPolicy,
    TlsFailure, TlsOptions, TlsOptionsError,
};
use rustls::version::{TLS12, TLS13};

use authority::{Authority, Identity};
use relay::{Relay, grid};

/// Longer than anything here takes, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(20);
const HOST: &str = "127.0.0.1";

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it should happen soon")
}

fn trusting(authority: &Authority) -> TlsOptions {
    TlsOptions::new().authority(authority.pem())
}

fn showing(identity: &Identity, options: TlsOptions) -> TlsOptions {
    options.client_certificate(&identity.certificate, &identity.key)
}

async fn connect(address: &str, options: TlsOptions) -> Result<Client, Error> {
    let pauses = ReconnectPolicy::new(Duration::from_millis(5), Duration::from_millis(20));
    let configuration = ClientConfiguration::new([address]).reconnect(pauses);
    soon(Client::connect(configuration.tls(options))).await
}

async fn failure(address: &str, options: TlsOptions) -> TlsFailure {
    match connect(address, options).await.unwrap_err() {
        Error::Tls { reason, .. } => reason,
        other => panic!("no failure of TLS: {other:?}"),
    }
}

async fn refusal(options: TlsOptions) -> TlsOptionsError {
    match connect("127.0.0.1:1", options).await.unwrap_err() {
        Error::Configuration(ConfigurationError::Tls(error)) => error,
        other => panic!("not refused for its options: {other:?}"),
    }
}

#[tokio::test]
async fn everything_travels_inside_tls_and_large_values_too() {
    let authority = Authority::new();
    for version in [&TLS12, &TLS13] {
        let relay = Relay::start(authority.identity(HOST).server(None, version)).await;
        let client = connect(&relay.address, trusting(&authority)).await.unwrap();
        let cache = client
            .create_cache::<i32, Vec<u8>>(CacheConfiguration::new("bytes"))
            .await
            .unwrap();
        // More than the buffers of both sides take at once, so that writes have to wait.
        let large = vec![7; 8 << 20];
        for (key, value) in [(1, vec![1]), (2, large), (3, vec![3; 100_000])] {
            soon(cache.put(&key, &value)).await.unwrap();
            assert_eq!(soon(cache.get(&key)).await.unwrap(), Some(value));
        }
    }
}

#[tokio::test]
async fn many_requests_share_one_encrypted_connection() {
    let authority = Authority::new();
    let relay = Relay::start(authority.identity(HOST).server(None, &TLS13)).await;
    let client = connect(&relay.address, trusting(&authority)).await.unwrap();
    let cache = client
        .create_cache::<i32, String>(CacheConfiguration::new("texts"))
        .await
        .unwrap();
    let tasks: Vec<_> = (0..500)
        .map(|key| {
            let cache = cache.clone();
            tokio::spawn(async move {
                let value = "x".repeat(usize::try_from(key).unwrap() * 20);
                cache.put(&key, &value).await.unwrap();
                assert_eq!(cache.get(&key).await.unwrap(), Some(value));
            })
        })
        .collect();
    for task in tasks {
        soon(task).await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_without_a_farewell_is_replaced() {
    let authority = Authority::new();
    let relay = Relay::start(authority.identity(HOST).server(None, &TLS13)).await;
    let client = connect(&relay.address, trusting(&authority)).await.unwrap();
    let mut state = client.connection_state();
    relay.cut();
    soon(state.wait_for(|state| !state.is_connected()))
        .await
        .unwrap();
    assert!(soon(client.cache_names()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_authority_is_not_believed() {
    let relay = Relay::start(Authority::new().identity(HOST).server(None, &TLS13)).await;
    let namesake = Authority::new();
    for trusted in [namesake, Authority::named("another authority")] {
        let reason = failure(&relay.address, trusting(&trusted)).await;
        assert!(matches!(reason, TlsFailure::UnknownAuthority), "{reason}");
        assert!(reason.to_string().contains("authority_file"), "{reason}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_believed_unless_that_name_is_expected() {
    let authority = Authority::new();
    let relay = Relay::start(authority.identity("grid.example").server(None, &TLS13)).await;
    let reason = failure(&relay.address, trusting(&authority)).await;
    assert!(
        matches!(&reason, TlsFailure::NameMismatch { expected, .. } if expected == HOST),
        "{reason:?}"
    );
    assert!(reason.to_string().contains("grid.example"), "{reason}");
    let options = trusting(&authority).server_name("grid.example");
    connect(&relay.address, options).await.unwrap();
}

#[tokio::test]
async fn an_expired_certificate_is_not_believed() {
    let authority = Authority::new();
    let relay = Relay::start(authority.expired_identity(HOST).server(None, &TLS13)).await;
    let reason = failure(&relay.address, trusting(&authority)).await;
    assert!(matches!(reason, TlsFailure::OutOfDate), "{reason}");
}

#[tokio::test]
async fn a_node_that_wants_a_client_certificate_gets_the_configured_one() {
    let authority = Authority::new();
    for version in [&TLS12, &TLS13] {
        let server = authority.identity(HOST).server(Some(&authority), version);
        let relay = Relay::start(server).await;
        let reason = failure(&relay.address, trusting(&authority)).await;
        assert!(
            matches!(reason, TlsFailure::ClientCertificateRequired),
            "{reason:?}"
        );
        let options = showing(&authority.identity("client"), trusting(&authority));
        connect(&relay.address, options).await.unwrap();
    }
}

#[tokio::test]
async fn a_client_certificate_of_another_authority_is_refused() {
    let authority = Authority::new();
    for version in [&TLS12, &TLS13] {
        let server = authority.identity(HOST).server(Some(&authority), version);
        let relay = Relay::start(server).await;
        let stranger = Authority::new().identity("client");
        let reason = failure(&relay.address, showing(&stranger, trusting(&authority))).await;
        assert!(
            matches!(reason, TlsFailure::ClientCertificateRefused { .. }),
            "{reason:?}"
        );
    }
}

#[tokio::test]
async fn a_node_without_tls_is_told_apart() {
    let address = grid().await;
    let reason = failure(&address, trusting(&Authority::new())).await;
    assert!(matches!(reason, TlsFailure::NotTls), "{reason:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_has_no_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grid.sock");
    let _listener = tokio::net::UnixListener::bind(&path).unwrap();
    let address = format!("unix:{}", path.display());
    let reason = failure(&address, trusting(&Authority::new())).await;
    assert!(matches!(reason, TlsFailure::NoServerName), "{reason}");
}

#[tokio::test]
async fn options_that_cannot_work_are_refused_before_anything_is_tried() {
    let authority = Authority::new();
    let nobody = refusal(TlsOptions::new()).await;
    assert!(matches!(nobody, TlsOptionsError::NoAuthority), "{nobody}");

    let missing = refusal(TlsOptions::new().authority_file("/nowhere/ca.pem")).await;
    assert!(missing.to_string().contains("/nowhere/ca.pem"), "{missing}");

    let empty = refusal(TlsOptions::new().authority("not PEM at all")).await;
    assert!(matches!(empty, TlsOptionsError::Pem { .. }), "{empty}");

    let (one, other) = (authority.identity("one"), authority.identity("other"));
    let mixed = trusting(&authority).client_certificate(&one.certificate, &other.key);
    let mixed = refusal(mixed).await;
    assert!(matches!(mixed, TlsOptionsError::Unusable(_)), "{mixed}");
}

#[tokio::test]
async fn certificates_and_keys_are_read_from_files() {
    let authority = Authority::new();
    let server = authority.identity(HOST).server(Some(&authority), &TLS13);
    let relay = Relay::start(server).await;
    let folder = tempfile::tempdir().unwrap();
    let client = authority.identity("client");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let options = TlsOptions::new()
        .authority_file(file("ca.pem", &authority.pem()))
        .client_certificate_files(
            file("client.pem", &client.certificate),
            file("client.key", &client.key),
        );
    connect(&relay.address, options).await.unwrap();
}

#[test]
fn the_private_key_is_never_shown() {
    let identity = Authority::new().identity("client");
    let options = showing(&identity, TlsOptions::new());
    let shown = format!("{:?}", ClientConfiguration::new(["a:1"]).tls(options));
    let secret = identity.key.lines().nth(1).unwrap();
    assert!(
        shown.contains("TlsOptions") && !shown.contains(secret),
        "{shown}"
    );
}
