//! Files by which one proves who one is: tokens, certificates, keys.

use std::path::Path;

use portway_gateway::fleet::load_token;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use zeroize::Zeroizing;

use crate::failure::{Advise as _, Advised};

/// Reads a token.
pub(super) fn token(file: &Path) -> Result<Zeroizing<String>, Advised> {
    load_token(file).advise(
        format_args!("cannot read a token in {}", file.display()),
        format_args!(
            "(umask 077; openssl rand -hex 32 > {}) makes one that nobody else can read",
            file.display()
        ),
    )
}

/// Reads all certificates of a file; at least one.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Advised> {
    let problem = format!("cannot read certificates in {}", file.display());
    let hint = "the file holds certificates in PEM: -----BEGIN CERTIFICATE-----";
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.advise(&problem, hint)?;
    if certificates.is_empty() {
        return Err(Advised::failed(problem, hint));
    }
    Ok(certificates)
}

/// Reads the private key of a file.
pub(super) fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, Advised> {
    PrivateKeyDer::from_pem_file(file).advise(
        format_args!("cannot read a private key in {}", file.display()),
        "the file holds a key without passphrase in PEM: -----BEGIN PRIVATE KEY-----",
    )
}

/// Those whom the certificates of a file vouch for.
pub(super) fn authorities(file: &Path) -> Result<RootCertStore, Advised> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).advise(
            format_args!("a certificate in {} vouches for nobody", file.display()),
            "name the certificate of the authority",
        )?;
    }
    Ok(roots)
}
