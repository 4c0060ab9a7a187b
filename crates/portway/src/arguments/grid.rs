//! How a grid is reached, and with which proof of identity.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::Args;
use portway_gateway::{HostPort, HostPortError};

use super::GridTlsArguments;
use crate::failure::{Advise as _, Advised};

/// The environment variable with the password of a grid.
const PASSWORD_VARIABLE: &str = "PORTWAY_GRID_PASSWORD";

/// The longest password that is read from a file; more is certainly the wrong file.
const LONGEST_PASSWORD: u64 = 4096;

/// One address of a grid: `HOST:PORT`, `[V6]:PORT` or `unix:PATH`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum GridAddress {
    /// A node that listens on TCP.
    Tcp(HostPort),
    /// A node on this machine, by its socket.
    Unix(PathBuf),
}

impl FromStr for GridAddress {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        match text.strip_prefix("unix:") {
            Some("") => Err(HostPortError::Host),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Tcp),
        }
    }
}

impl fmt::Display for GridAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// Where a grid listens: `ADDR:PORT` or `unix:PATH`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum GridListener {
    /// TCP; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A Unix socket that only its owner can open.
    Unix(PathBuf),
}

impl FromStr for GridListener {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some("") => Err("expected a path after unix:".to_owned()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text
                .parse()
                .map(Self::Tcp)
                .map_err(|_| "expected ADDR:PORT, [V6]:PORT or unix:PATH".to_owned()),
        }
    }
}

/// Names the grid that a command talks to.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Grid")]
pub(crate) struct GridArguments {
    /// Addresses of a grid: HOST:PORT, `[V6]:PORT` or unix:PATH, comma-separated
    /// [default: the gateway's own, DATA/grid.sock]
    #[arg(long, value_name = "ADDR[,ADDR]", value_delimiter = ',')]
    pub(crate) grid: Vec<GridAddress>,

    /// The key that seals the rows of the fleet [default: DATA/fleet.key]
    #[arg(long, value_name = "FILE")]
    pub(crate) fleet_key_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) credentials: CredentialArguments,

    #[command(flatten)]
    pub(crate) tls: GridTlsArguments,
}

/// User and password of a grid, for the side that dials and for the side that serves.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Grid")]
pub(crate) struct CredentialArguments {
    /// User of the grid; its password comes from --grid-password-file or PORTWAY_GRID_PASSWORD
    #[arg(long, value_name = "NAME")]
    pub(crate) grid_user: Option<String>,

    /// File with the password of --grid-user
    #[arg(long, value_name = "FILE", requires = "grid_user")]
    pub(crate) grid_password_file: Option<PathBuf>,
}

impl CredentialArguments {
    /// User and password, if a user was named.
    ///
    /// # Errors
    ///
    /// Fails when a user was named and no password can be had.
    pub(crate) fn credentials(&self) -> anyhow::Result<Option<(String, String)>> {
        let Some(user) = &self.grid_user else {
            return Ok(None);
        };
        let password = match &self.grid_password_file {
            Some(file) => password_in(file)?,
            None => std::env::var(PASSWORD_VARIABLE).advise(
                format_args!("--grid-user {user} has no password"),
                "name a file with --grid-password-file, or set PORTWAY_GRID_PASSWORD",
            )?,
        };
        Ok(Some((user.clone(), password)))
    }
}

/// Reads a password: the file's text without the line feed at its end.
fn password_in(file: &Path) -> anyhow::Result<String> {
    let problem = format!("cannot read the password file {}", file.display());
    let length = std::fs::metadata(file).map(|metadata| metadata.len());
    if length.advise(&problem, "it holds the password as its only line")? > LONGEST_PASSWORD {
        let hint = format!("a password has at most {LONGEST_PASSWORD} bytes");
        return Err(Advised::wrong_use(problem, hint).into());
    }
    let text = std::fs::read_to_string(file).advise(&problem, "it must be text in UTF-8")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
