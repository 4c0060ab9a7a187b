//! Where a gRPC server is.

use std::{fmt, path::PathBuf, str::FromStr};

use thiserror::Error;

use crate::socket::Place;

/// Where a gRPC server is: `grpc://HOST:PORT`, `grpcs://HOST:PORT` (TLS) or `unix:PATH`.
///
/// ```
/// use portway_rpc::GrpcTarget;
///
/// let target: GrpcTarget = "grpc://127.0.0.1:50051".parse()?;
/// assert_eq!(target.to_string(), "grpc://127.0.0.1:50051");
/// # Ok::<(), portway_rpc::GrpcTargetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GrpcTarget {
    /// A host name or address with its port, over TCP.
    Tcp(String),
    /// The same inside TLS.
    Tls(String),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// A text that is no [`GrpcTarget`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} is no gRPC target: write grpc://HOST:PORT, grpcs://HOST:PORT or unix:PATH")]
pub struct GrpcTargetError {
    text: String,
}

impl GrpcTarget {
    /// Returns what requests name as the server's authority.
    pub(crate) fn authority(&self) -> &str {
        match self {
            Self::Tcp(host) | Self::Tls(host) => host,
            Self::Unix(_) => "localhost",
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

impl FromStr for GrpcTarget {
    type Err = GrpcTargetError;

    fn from_str(text: &str) -> Result<Self, GrpcTargetError> {
        let target = Place::read(text, "grpc", "grpcs").and_then(|place| match place {
            Place::Tcp(host) => is_authority(&host).then_some(Self::Tcp(host)),
            Place::Tls(host) => is_authority(&host).then_some(Self::Tls(host)),
            Place::Unix(path) => Some(Self::Unix(path)),
        });
        target.ok_or_else(|| GrpcTargetError {
            text: text.to_owned(),
        })
    }
}

/// Requests name the host, which HTTP has its own rules for.
fn is_authority(host: &str) -> bool {
    host.parse::<http::uri::Authority>().is_ok()
}

impl From<GrpcTarget> for Place {
    fn from(target: GrpcTarget) -> Self {
        match target {
            GrpcTarget::Tcp(host) => Self::Tcp(host),
            GrpcTarget::Tls(host) => Self::Tls(host),
            GrpcTarget::Unix(path) => Self::Unix(path),
        }
    }
}

impl fmt::Display for GrpcTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host) => write!(formatter, "grpc://{host}"),
            Self::Tls(host) => write!(formatter, "grpcs://{host}"),
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
            "grpc://[::1]:80",
            "grpcs://gateway.example:443",
            "unix:/run/p.sock",
        ] {
            assert_eq!(text.parse::<GrpcTarget>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "host:1",
            "grpc://host",
            "grpc://:1",
            "grpc://a b:1",
            "grpc://h:65536",
            "unix:",
        ] {
            assert!(text.parse::<GrpcTarget>().is_err(), "{text}");
        }
    }
}
