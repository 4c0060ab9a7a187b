//! The control API of a gateway: how it is served, and how it is reached.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Args;
use portway_control::{ControlTarget, Fingerprint, Role, RoleError};

/// A role, and the file with what proves it: `ROLE=FILE`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoleFile {
    pub(crate) role: Role,
    pub(crate) file: PathBuf,
}

/// Why a text is no [`RoleFile`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RoleFileError {
    /// One of the two is missing.
    #[error("expected ROLE=FILE, as in enrol=enrol.token")]
    Form,
    /// There is no such role.
    #[error(transparent)]
    Role(#[from] RoleError),
}

impl FromStr for RoleFile {
    type Err = RoleFileError;

    fn from_str(text: &str) -> Result<Self, RoleFileError> {
        let (role, file) = text.split_once('=').ok_or(RoleFileError::Form)?;
        if file.is_empty() {
            return Err(RoleFileError::Form);
        }
        Ok(Self {
            role: role.parse()?,
            file: file.into(),
        })
    }
}

/// How a gateway serves its control API beside DATA/control.sock.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Control")]
pub(crate) struct ControlServerArguments {
    /// Serve the control API there too, over gRPC with TLS; asks for --control-token or --control-client-ca
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) control_listen: Option<SocketAddr>,

    /// Give a role (admin, read, enrol) to callers with the token in this file, mode 0600 (may be repeated)
    #[arg(long, value_name = "ROLE=FILE", requires = "control_listen")]
    pub(crate) control_token: Vec<RoleFile>,

    /// Give a role to callers whose certificate this authority signed, in PEM (may be repeated)
    #[arg(long, value_name = "ROLE=FILE", requires = "control_listen")]
    pub(crate) control_client_ca: Vec<RoleFile>,

    /// Certificate of the control API in PEM [default: one that is made and kept in DATA]
    #[arg(long, value_name = "FILE", requires_all = ["control_key", "control_listen"])]
    pub(crate) control_cert: Option<PathBuf>,

    /// Private key of --control-cert in PEM, mode 0600
    #[arg(long, value_name = "FILE", requires = "control_cert")]
    pub(crate) control_key: Option<PathBuf>,
}

/// How a command reaches the control API of a gateway.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Control")]
pub(crate) struct ControlArguments {
    /// The control API of a gateway: a path, or grpcs://HOST:PORT
    /// [default: DATA/control.sock where a gateway runs]
    #[arg(long, value_name = "PATH|URL", conflicts_with_all = ["grid", "fleet_key_file"])]
    pub(crate) control: Option<ControlTarget>,

    /// File with the token for --control, mode 0600; or set PORTWAY_CONTROL_TOKEN
    #[arg(long, value_name = "FILE", requires = "control")]
    pub(crate) control_token_file: Option<PathBuf>,

    /// Trust the gateway whose certificate has this fingerprint, which `portway up` prints
    #[arg(
        long,
        value_name = "SHA256",
        requires = "control",
        conflicts_with = "control_ca"
    )]
    pub(crate) control_fingerprint: Option<Fingerprint>,

    /// Trust gateways that these certificates vouch for, in PEM [default: the system's]
    #[arg(long, value_name = "FILE", requires = "control")]
    pub(crate) control_ca: Option<PathBuf>,

    /// Certificate that proves who calls, in PEM
    #[arg(long, value_name = "FILE", requires_all = ["control_key", "control"])]
    pub(crate) control_cert: Option<PathBuf>,

    /// Private key of --control-cert in PEM
    #[arg(long, value_name = "FILE", requires = "control_cert")]
    pub(crate) control_key: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_its_file() {
        let parsed: RoleFile = "enrol=a=b".parse().unwrap();
        assert_eq!((parsed.role, parsed.file), (Role::Enrol, "a=b".into()));
        for text in ["enrol", "enrol=", "=file", "root=file"] {
            assert!(text.parse::<RoleFile>().is_err(), "{text}");
        }
    }
}
