//! A broker inside of TLS, with certificates and passwords of clients.

use std::fs;

use portway_kafka::{ConsumerOptions, Kafka, PollError, ProducerOptions, Sasl, Tls};
use portway_rpc::pattern::Topic;
use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::{
    broker::Broker,
    order::{Order, soon},
};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new([]).unwrap();
        // OpenSSL takes a certificate whose authority has the same name for one that signed itself.
        let name = &mut parameters.distinguished_name;
        name.push(DnType::CommonName, "authority");
        parameters.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    fn certificate(&self) -> String {
        self.0.pem()
    }

    /// Returns a certificate for `name` and its private key.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Sends a record and reads it again.
async fn pass(kafka: Kafka, topic: &'static str) {
    let topic = Topic::<Order>::new(topic);
    let producer = kafka.producer(&topic, &ProducerOptions::new()).unwrap();
    soon(producer.send(Order { number: 7 })).await.unwrap();
    let mut consumer = kafka
        .consumer(&topic, "check", &ConsumerOptions::new())
        .unwrap();
    assert_eq!(soon(consumer.poll()).await.unwrap().body().number, 7);
}

/// Returns why no record is received.
async fn refused(kafka: Kafka) -> PollError {
    let topic = Topic::<Order>::new("check.refused");
    let mut consumer = kafka
        .consumer(&topic, "check", &ConsumerOptions::new())
        .unwrap();
    soon(consumer.poll()).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_and_passwords_are_what_a_secured_broker_asks_for() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let (certificate, key) = authority.sign("127.0.0.1");
    let path = folder.path();
    fs::write(path.join("broker.pem"), format!("{key}{certificate}")).unwrap();
    fs::write(path.join("authority.pem"), authority.certificate()).unwrap();
    let Some((_broker, [tls, sasl])) = Broker::start_with_tls(folder) else {
        return;
    };
    let [tls, sasl] = [tls, sasl].map(|port| Kafka::new(format!("127.0.0.1:{port}")));
    let trusting = Tls::new().authority(authority.certificate());
    let (certificate, key) = authority.sign("client");
    let with_certificate = trusting.clone().identity(certificate, key);

    pass(tls.clone().tls(&with_certificate), "check.certificate").await;
    pass(
        sasl.clone()
            .tls(&trusting)
            .sasl(&Sasl::plain("alice", "secret")),
        "check.plain",
    )
    .await;
    // In whichever order they are told.
    let scram = Sasl::scram_sha_256("alice", "secret");
    pass(sasl.clone().sasl(&scram).tls(&trusting), "check.scram-256").await;
    let scram = Sasl::scram_sha_512("alice", "secret");
    pass(sasl.clone().tls(&trusting).sasl(&scram), "check.scram-512").await;

    let foreign = Tls::new().authority(Authority::new().certificate());
    let untrusted = refused(sasl.clone().tls(&foreign).sasl(&scram)).await;
    assert!(
        matches!(untrusted, PollError::Insecure { .. }),
        "{untrusted:?}"
    );
    // What a broker does not like about a client it says sometimes, and sometimes it is just gone.
    let wrong = Sasl::scram_sha_512("alice", "guessed");
    for kafka in [sasl.tls(&trusting).sasl(&wrong), tls.tls(&trusting)] {
        let error = refused(kafka).await;
        assert!(
            matches!(
                error,
                PollError::Insecure { .. } | PollError::Unavailable { .. }
            ),
            "{error:?}"
        );
    }
}

#[test]
fn no_secret_is_in_debug() {
    let tls = Tls::new().identity("certificate", "KEY");
    let sasl = Sasl::plain("alice", "PASSWORD");
    let text = format!(
        "{tls:?} {sasl:?} {:?}",
        Kafka::new("a:1").tls(&tls).sasl(&sasl)
    );
    assert!(
        !text.contains("KEY") && !text.contains("PASSWORD"),
        "{text}"
    );
}
