//! An authority that signs the certificates of one test.

#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};

/// An authority that signs the certificates of one test.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::new([]).unwrap();
        parameters.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }

    fn sign(&self, name: &str) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        (vec![certificate.der().clone()], key)
    }

    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let (certificates, key) = self.sign("localhost");
        let configuration = ServerConfig::builder().with_no_client_auth();
        configuration
            .with_single_cert(certificates, key)
            .unwrap()
            .into()
    }

    /// A server that asks each client who it is.
    pub(crate) fn asking_server(&self) -> Arc<ServerConfig> {
        let (certificates, key) = self.sign("localhost");
        let verifier = WebPkiClientVerifier::builder(self.roots().into())
            .build()
            .unwrap();
        let configuration = ServerConfig::builder().with_client_cert_verifier(verifier);
        configuration
            .with_single_cert(certificates, key)
            .unwrap()
            .into()
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        let configuration = ClientConfig::builder().with_root_certificates(self.roots());
        configuration.with_no_client_auth().into()
    }

    pub(crate) fn known_client(&self) -> Arc<ClientConfig> {
        let (certificates, key) = self.sign("client");
        let configuration = ClientConfig::builder().with_root_certificates(self.roots());
        configuration
            .with_client_auth_cert(certificates, key)
            .unwrap()
            .into()
    }
}
