//! Who comes in: users and their passwords, TLS with and without certificates of clients.

mod common;

use common::{RawClient, serve};
use portway_grid::{Credentials, Grid, GridConfiguration, WalMode};
use portway_ignite::{Client, ClientConfiguration};
use portway_ignite_protocol::{HandshakeResponse, Status};

/// What the handshake of a user answers: nothing, or the refusal's text.
async fn refusal(address: &str, credentials: Option<(&str, &str)>) -> Option<String> {
    let credentials = credentials.map(|(user, password)| Credentials::new(user, password));
    let mut client = RawClient::dial(address).await;
    match client.handshake(credentials).await {
        HandshakeResponse::Accepted { .. } => None,
        HandshakeResponse::Refused {
            message, status, ..
        } => {
            assert_eq!(status, Status::AUTHENTICATION_FAILED);
            Some(message)
        }
    }
}

fn wrong(user: &str) -> Option<String> {
    Some(format!(
        "The user name or password is incorrect [userName={user}]"
    ))
}

#[tokio::test]
async fn what_clients_say_about_themselves_is_shown_while_they_are_connected() {
    let (_grid, address) = serve(GridConfiguration::in_memory()).await;
    let plain = ClientConfiguration::new([address.clone()]);
    let reports = plain.clone().user_attribute("program", "reports");
    let client = Client::connect(plain).await.unwrap();
    let other = Client::connect(reports).await.unwrap();
    let sql = "SELECT A.NAME, A.VALUE FROM SYS.CLIENT_CONNECTION_ATTRIBUTES A \
               JOIN SYS.CLIENT_CONNECTIONS C ON C.CONNECTION_ID = A.CONNECTION_ID";
    let shown = async || -> Vec<(String, String)> {
        client.sql(sql).await.unwrap().collect_as().await.unwrap()
    };
    let said = ("program".to_owned(), "reports".to_owned());
    assert_eq!(shown().await, [said]);
    drop(other);
    for _ in 0..200 {
        if shown().await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("a client that went away is shown");
}

#[tokio::test]
async fn a_grid_that_asks_begins_with_the_default_user_of_ignite() {
    let configuration = GridConfiguration::in_memory().authentication(true);
    let (_grid, address) = serve(configuration).await;
    assert_eq!(refusal(&address, Some(("ignite", "ignite"))).await, None);
    assert_eq!(
        refusal(&address, Some(("ignite", "Ignite"))).await,
        wrong("ignite")
    );
    assert_eq!(
        refusal(&address, Some(("anna", "ignite"))).await,
        wrong("anna")
    );
    assert_eq!(refusal(&address, None).await, wrong("null"));
}

#[tokio::test]
async fn users_and_their_passwords_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = GridConfiguration::durable(folder.path())
        .wal_mode(WalMode::Fsync)
        .authentication(true);
    let grid = Grid::open(configuration.clone()).unwrap();
    grid.create_user("anna", "one").await.unwrap();
    grid.create_user("bert", "two").await.unwrap();
    grid.alter_user("anna", "three").await.unwrap();
    grid.alter_user("ignite", "four").await.unwrap();
    grid.drop_user("bert").await.unwrap();
    let refused = grid.drop_user("bert").await.unwrap_err();
    assert_eq!(refused.to_string(), "User doesn't exist [userName=bert]");
    drop(grid);

    let (_grid, address) = serve(configuration).await;
    assert_eq!(refusal(&address, Some(("anna", "three"))).await, None);
    assert_eq!(
        refusal(&address, Some(("anna", "one"))).await,
        wrong("anna")
    );
    assert_eq!(
        refusal(&address, Some(("bert", "two"))).await,
        wrong("bert")
    );
    assert_eq!(refusal(&address, Some(("ignite", "four"))).await, None);
}

#[tokio::test]
async fn users_are_changed_by_sql_with_the_texts_of_a_real_node() {
    let configuration = GridConfiguration::in_memory().authentication(true);
    let (_grid, address) = serve(configuration).await;
    let connect = async |user: &str, password: &str| {
        let configuration = ClientConfiguration::new([&address]).credentials(user, password);
        Client::connect(configuration).await.unwrap()
    };
    let admin = connect("ignite", "ignite").await;
    let create = "CREATE USER \"anna\" WITH PASSWORD 'one'";
    admin.execute(create).await.unwrap();
    let again = admin.execute(create).await.unwrap_err().to_string();
    assert!(
        again.contains("User already exists [login=anna]"),
        "{again}"
    );
    let anna = connect("anna", "one").await;
    let foreign = anna.execute("DROP USER \"ignite\"").await.unwrap_err();
    let text = "User management operations are not allowed for user. [curUser=anna]";
    assert!(foreign.to_string().contains(text), "{foreign}");
    anna.execute("ALTER USER \"anna\" WITH PASSWORD 'two'")
        .await
        .unwrap();
    assert_eq!(refusal(&address, Some(("anna", "two"))).await, None);
    admin.execute("DROP USER \"anna\"").await.unwrap();
    assert_eq!(
        refusal(&address, Some(("anna", "two"))).await,
        wrong("anna")
    );
}

/// As on a node of 2.17: a change of users is looked at when somebody connects, and not later.
#[tokio::test]
async fn open_connections_outlive_the_password_and_the_user() {
    let configuration = GridConfiguration::in_memory().authentication(true);
    let (grid, address) = serve(configuration).await;
    grid.create_user("anna", "one").await.unwrap();
    let configuration = ClientConfiguration::new([&address]).credentials("anna", "one");
    let anna = Client::connect(configuration).await.unwrap();
    let numbers = anna.create_cache_with_name::<i32, i32>("numbers").await;
    let numbers = numbers.unwrap();
    grid.alter_user("anna", "two").await.unwrap();
    numbers.put(&1, &1).await.unwrap();
    grid.drop_user("anna").await.unwrap();
    numbers.put(&2, &2).await.unwrap();
    assert_eq!(numbers.get(&1).await.unwrap(), Some(1));
    let own = anna
        .execute("ALTER USER \"anna\" WITH PASSWORD 'three'")
        .await;
    let text = own.unwrap_err().to_string();
    assert!(
        text.contains("User doesn't exist [userName=anna]"),
        "{text}"
    );
    assert_eq!(
        refusal(&address, Some(("anna", "two"))).await,
        wrong("anna")
    );
}

#[cfg(feature = "tls")]
#[expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod tls {
    use portway_grid::{Grid, GridConfiguration, Listener, ListenerTls};
    use portway_ignite::{Client, ClientConfiguration, TlsOptions};
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::common::soon;

    /// An authority that signs certificates for a test.
    struct Authority(CertifiedIssuer<'static, KeyPair>);

    /// A certificate and its key, as PEM.
    struct Identity {
        certificate: String,
        key: String,
    }

    impl Authority {
        fn new() -> Self {
            let mut parameters = CertificateParams::new(Vec::new()).unwrap();
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            Self(CertifiedIssuer::self_signed(parameters, key).unwrap())
        }

        fn pem(&self) -> String {
            self.0.pem()
        }

        fn sign(&self, name: &str) -> Identity {
            let key = KeyPair::generate().unwrap();
            let parameters = CertificateParams::new([name.to_owned()]).unwrap();
            let certificate = parameters.signed_by(&key, &self.0).unwrap();
            Identity {
                certificate: certificate.pem(),
                key: key.serialize_pem(),
            }
        }
    }

    async fn serve(tls: ListenerTls) -> (Grid, String) {
        let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
        let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
        let listener = listener.with_tls(tls);
        let address = listener.address().to_string();
        grid.serve(listener);
        (grid, address)
    }

    fn listener_tls(identity: &Identity) -> ListenerTls {
        ListenerTls::new(identity.certificate.as_bytes(), identity.key.as_bytes()).unwrap()
    }

    /// Whether a client with these options can work.
    async fn can_work(address: &str, tls: TlsOptions) -> bool {
        let configuration = ClientConfiguration::new([address]).tls(tls);
        let Ok(client) = soon(Client::connect(configuration)).await else {
            return false;
        };
        soon(client.cache_names()).await.is_ok()
    }

    #[tokio::test]
    async fn clients_inside_tls_are_served_and_check_the_node() {
        let authority = Authority::new();
        let (_grid, address) = serve(listener_tls(&authority.sign("127.0.0.1"))).await;
        let trusting = TlsOptions::new().authority(authority.pem());
        assert!(can_work(&address, trusting).await);
        let other = TlsOptions::new().authority(Authority::new().pem());
        assert!(!can_work(&address, other).await);
    }

    #[tokio::test]
    async fn only_certificates_of_the_authority_of_clients_come_in() {
        let (node, clients) = (Authority::new(), Authority::new());
        let tls = listener_tls(&node.sign("127.0.0.1"));
        let tls = tls.client_authority(clients.pem().as_bytes()).unwrap();
        let (_grid, address) = serve(tls).await;
        let with = |identity: Identity| {
            TlsOptions::new()
                .authority(node.pem())
                .client_certificate(identity.certificate, identity.key)
        };
        assert!(can_work(&address, with(clients.sign("anna"))).await);
        assert!(!can_work(&address, with(node.sign("bert"))).await);
        assert!(!can_work(&address, TlsOptions::new().authority(node.pem())).await);
    }

    #[test]
    fn what_is_no_certificate_is_refused_with_its_name() {
        let identity = Authority::new().sign("a");
        let no_key = ListenerTls::new(identity.certificate.as_bytes(), b"nothing").unwrap_err();
        assert!(no_key.to_string().contains("private key"), "{no_key}");
        let foreign = Authority::new().sign("b");
        let unpaired =
            ListenerTls::new(identity.certificate.as_bytes(), foreign.key.as_bytes()).unwrap_err();
        assert!(unpaired.to_string().contains("key"), "{unpaired}");
    }
}
