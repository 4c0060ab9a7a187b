//! Where a server is.

use std::{fmt, path::PathBuf, str::FromStr};

use thiserror::Error;

use crate::socket::Place;

/// Where a framed server is: `framed://HOST:PORT`, `framed+tls://HOST:PORT` or `unix:PATH`.
///
/// ```
/// use portway_rpc::Target;
///
/// let target: Target = "framed://127.0.0.1:8080".parse()?;
/// assert_eq!(target.to_string(), "framed://127.0.0.1:8080");
/// # Ok::<(), portway_rpc::TargetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// A host name or address with its port, over TCP.
    Tcp(String),
    /// The same inside TLS.
    Tls(String),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// A text that is no [`Target`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} is no target: write framed://HOST:PORT, framed+tls://HOST:PORT or unix:PATH")]
pub struct TargetError {
    text: String,
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let target = Place::read(text, "framed", "framed+tls").map(|place| match place {
            Place::Tcp(host) => Self::Tcp(host),
            Place::Tls(host) => Self::Tls(host),
            Place::Unix(path) => Self::Unix(path),
        });
        target.ok_or_else(|| TargetError {
            text: text.to_owned(),
        })
    }
}

impl From<Target> for Place {
    fn from(target: Target) -> Self {
        match target {
            Target::Tcp(host) => Self::Tcp(host),
            Target::Tls(host) => Self::Tls(host),
            Target::Unix(path) => Self::Unix(path),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host) => write!(formatter, "framed://{host}"),
            Self::Tls(host) => write!(formatter, "framed+tls://{host}"),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_back_from_their_text() {
        for text in [
            "framed://[::1]:80",
            "framed+tls://gateway.example:443",
            "unix:/run/p.sock",
        ] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "host:1",
            "framed://host",
            "framed://:1",
            "framed://h:65536",
            "unix:",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
