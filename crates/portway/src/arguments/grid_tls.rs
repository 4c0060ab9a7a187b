//! TLS of a grid, for the side that dials and for the side that serves.

use std::path::{Path, PathBuf};

use clap::Args;
use portway_grid::ListenerTls;
use portway_ignite::TlsOptions;

use crate::failure::{Advise as _, Advised};

/// Certificates of a grid and its clients, as PEM files.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "TLS")]
pub(crate) struct GridTlsArguments {
    /// Certificate of the authority that the other side is checked against
    #[arg(long, value_name = "FILE")]
    pub(crate) grid_ca: Option<PathBuf>,

    /// Certificate of this side, with the chain to its authority
    #[arg(long, value_name = "FILE", requires = "grid_key")]
    pub(crate) grid_cert: Option<PathBuf>,

    /// Private key of --grid-cert
    #[arg(long, value_name = "FILE", requires = "grid_cert")]
    pub(crate) grid_key: Option<PathBuf>,
}

impl GridTlsArguments {
    /// What a listener shows and asks for; `None` without a certificate.
    ///
    /// # Errors
    ///
    /// Fails when a file cannot be read, is of the wrong kind, or misses its certificate.
    pub(crate) fn listener(&self) -> Result<Option<ListenerTls>, Advised> {
        let (Some(certificate), Some(key)) = (&self.grid_cert, &self.grid_key) else {
            return match &self.grid_ca {
                Some(_) => Err(Advised::wrong_use(
                    "--grid-ca asks for certificates of clients, and the grid has none itself",
                    "give the grid's own with --grid-cert and --grid-key",
                )),
                None => Ok(None),
            };
        };
        let hint = "give certificate and key as PEM files that go together";
        let tls = ListenerTls::new(&read(certificate)?, &read(key)?);
        let tls = tls.advise("cannot serve inside TLS", hint)?;
        match &self.grid_ca {
            Some(authority) => tls
                .client_authority(&read(authority)?)
                .advise("cannot check certificates of clients", hint)
                .map(Some),
            None => Ok(Some(tls)),
        }
    }

    /// Whether anything asks for TLS.
    pub(crate) const fn is_asked_for(&self) -> bool {
        self.grid_ca.is_some() || self.grid_cert.is_some()
    }

    /// How to dial; `None` when nothing asks for TLS.
    pub(crate) fn dialler(&self) -> Option<TlsOptions> {
        if !self.is_asked_for() {
            return None;
        }
        let mut options = match &self.grid_ca {
            Some(authority) => TlsOptions::new().authority_file(authority),
            None => TlsOptions::new().system_authorities(),
        };
        if let (Some(certificate), Some(key)) = (&self.grid_cert, &self.grid_key) {
            options = options.client_certificate_files(certificate, key);
        }
        Some(options)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Advised> {
    std::fs::read(file).advise(
        format_args!("cannot read {}", file.display()),
        "name a PEM file that this user can read",
    )
}
