//! A real Apache Ignite that wants client certificates and passwords, named by
//! `PORTWAY_TEST_IGNITE_SECURED` as `ADDRESS,FOLDER`, with the certificates that
//! `scripts/ignite start 1 --tls --auth` makes in the folder. Without it each test passes and does
//! nothing.

use std::path::PathBuf;

use portway_ignite::{
    CacheConfiguration, Client, ClientConfiguration, Error, TlsFailure, TlsOptions,
};

use crate::soon;

/// What these clients say about themselves.
const PROGRAM: (&str, &str) = ("program", "the tests of portway-ignite");

struct Secured {
    address: String,
    folder: PathBuf,
}

impl Secured {
    fn named() -> Option<Self> {
        let named = std::env::var("PORTWAY_TEST_IGNITE_SECURED").ok()?;
        let (address, folder) = named.split_once(',').expect("ADDRESS,FOLDER");
        Some(Self {
            address: address.to_owned(),
            folder: folder.into(),
        })
    }

    /// Trusts the node, and shows a certificate of this name or none.
    fn tls(&self, client: Option<&str>) -> TlsOptions {
        let file = |name: String| self.folder.join(name);
        let options = TlsOptions::new().authority_file(file("ca.pem".to_owned()));
        match client {
            None => options,
            Some(name) => options
                .client_certificate_files(file(format!("{name}.pem")), file(format!("{name}.key"))),
        }
    }

    fn configuration(&self) -> ClientConfiguration {
        ClientConfiguration::new([&self.address])
            .credentials("ignite", "ignite")
            .user_attribute(PROGRAM.0, PROGRAM.1)
    }
}

async fn refusal(configuration: ClientConfiguration) -> Error {
    soon(Client::connect(configuration)).await.unwrap_err()
}

#[tokio::test]
async fn the_right_certificate_and_password_let_a_client_in() {
    let Some(node) = Secured::named() else { return };
    let configuration = node.configuration().tls(node.tls(Some("client")));
    let client = soon(Client::connect(configuration)).await.unwrap();
    let configuration = CacheConfiguration::new("secured");
    let cache = soon(client.get_or_create_cache::<i32, Vec<u8>>(configuration));
    let cache = cache.await.unwrap();
    let large = vec![7; 4 << 20];
    soon(cache.put(&1, &large)).await.unwrap();
    assert_eq!(soon(cache.get(&1)).await.unwrap(), Some(large));
    soon(client.destroy_cache("secured")).await.unwrap();
}

#[tokio::test]
async fn the_node_knows_what_a_client_says_about_itself() {
    let Some(node) = Secured::named() else { return };
    let configuration = node.configuration().tls(node.tls(Some("client")));
    let client = soon(Client::connect(configuration)).await.unwrap();
    let query = "SELECT name, value FROM SYS.CLIENT_CONNECTION_ATTRIBUTES";
    let rows = soon(client.sql(query)).await.unwrap();
    let rows: Vec<(String, String)> = soon(rows.collect_as()).await.unwrap();
    let (name, value) = PROGRAM;
    assert!(
        rows.contains(&(name.to_owned(), value.to_owned())),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_client_without_a_certificate_learns_that_it_needs_one() {
    let Some(node) = Secured::named() else { return };
    let error = refusal(node.configuration().tls(node.tls(None))).await;
    assert!(
        matches!(
            error,
            Error::Tls {
                reason: TlsFailure::ClosedSilently {
                    showed_certificate: false
                },
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_refused() {
    let Some(node) = Secured::named() else { return };
    let error = refusal(node.configuration().tls(node.tls(Some("stranger")))).await;
    assert!(
        matches!(
            error,
            Error::Tls {
                reason: TlsFailure::ClosedSilently {
                    showed_certificate: true
                },
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused_inside_tls() {
    let Some(node) = Secured::named() else { return };
    let configuration = node.configuration().tls(node.tls(Some("client")));
    let error = refusal(configuration.credentials("ignite", "swordfish")).await;
    assert!(
        matches!(error, Error::AuthenticationRefused { .. }),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains("swordfish"));
}

#[tokio::test]
async fn a_client_without_tls_learns_that_the_node_wants_it() {
    let Some(node) = Secured::named() else { return };
    let error = refusal(node.configuration()).await;
    assert!(error.to_string().contains("TLS"), "{error}");
}
