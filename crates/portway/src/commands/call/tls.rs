//! Whom to believe inside TLS, and as whom to appear.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::failure::{Advise as _, Advised};

const PEM_HINT: &str = "name a PEM file, such as openssl writes";

/// Whom to believe inside TLS, and as whom to appear.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "TLS")]
pub(super) struct TlsArguments {
    /// Believe servers of this authority (PEM) [default: those that the system believes]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Prove with this certificate (PEM) who calls
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// The private key of --cert (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
}

impl TlsArguments {
    /// Makes the configuration of a client.
    pub(super) fn configuration(&self) -> Result<Arc<ClientConfig>, Advised> {
        let builder = ClientConfig::builder().with_root_certificates(self.roots()?);
        let (Some(certificate), Some(key)) = (&self.cert, &self.key) else {
            return Ok(builder.with_no_client_auth().into());
        };
        let certificates = read_certificates(certificate)?;
        let key = PrivateKeyDer::from_pem_file(key).advise(
            format_args!("cannot read the key in {}", key.display()),
            PEM_HINT,
        )?;
        let configuration = builder.with_client_auth_cert(certificates, key);
        let configuration = configuration.advise(
            "certificate and key do not go together",
            "give the key that the certificate was made for",
        )?;
        Ok(configuration.into())
    }

    fn roots(&self) -> Result<RootCertStore, Advised> {
        let mut roots = RootCertStore::empty();
        let Some(path) = &self.ca else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            return Ok(roots);
        };
        for certificate in read_certificates(path)? {
            roots.add(certificate).advise(
                format_args!(
                    "{} has a certificate that is none of an authority",
                    path.display()
                ),
                PEM_HINT,
            )?;
        }
        Ok(roots)
    }
}

fn read_certificates(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, Advised> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let read: Vec<_> = read.advise(
        format_args!("cannot read the certificates in {}", path.display()),
        PEM_HINT,
    )?;
    if read.is_empty() {
        let failed = format_args!("{} has no certificate", path.display()).to_string();
        return Err(Advised::failed(failed, PEM_HINT));
    }
    Ok(read)
}
