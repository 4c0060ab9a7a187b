//! Where a gateway's control API is.

use std::{fmt, path::PathBuf, str::FromStr};

/// Where a gateway's control API is: the path of its socket, or `grpcs://HOST:PORT`.
///
/// ```
/// use portway_control::ControlTarget;
///
/// let socket: ControlTarget = "/var/lib/portway/control.sock".parse()?;
/// assert_eq!(socket.to_string(), "unix:/var/lib/portway/control.sock");
/// let listener: ControlTarget = "grpcs://vpn.example.com:51821".parse()?;
/// assert!(matches!(listener, ControlTarget::Tls { .. }));
/// # Ok::<(), portway_control::TargetError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ControlTarget {
    /// The socket of a gateway on this machine; whoever can open it is an admin.
    Socket(PathBuf),
    /// gRPC with TLS.
    Tls {
        /// A name or an address, without brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
}

/// The text names no [`ControlTarget`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text:?} is no control API: write the path of control.sock, or grpcs://HOST:PORT")]
pub struct TargetError {
    text: String,
}

impl FromStr for ControlTarget {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let place = ["grpcs://", "https://"]
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let target = match (place, text.strip_prefix("unix:")) {
            (Some(place), _) => host_and_port(place),
            (None, Some(path)) => socket(path.strip_prefix("//").unwrap_or(path)),
            (None, None) if text.contains("://") => None,
            (None, None) => socket(text),
        };
        target.ok_or_else(|| TargetError {
            text: text.to_owned(),
        })
    }
}

fn socket(path: &str) -> Option<ControlTarget> {
    (!path.is_empty()).then(|| ControlTarget::Socket(path.into()))
}

fn host_and_port(place: &str) -> Option<ControlTarget> {
    let (host, port) = place.trim_end_matches('/').rsplit_once(':')?;
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let host = bare.unwrap_or(host);
    let is_plain = !host.is_empty() && !host.contains(['/', '@', '[', ']']);
    let is_bracketed_if_needed = bare.is_some() == host.contains(':');
    let port = port.parse().ok().filter(|port| *port != 0)?;
    (is_plain && is_bracketed_if_needed).then(|| ControlTarget::Tls {
        host: host.to_owned(),
        port,
    })
}

impl fmt::Display for ControlTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(formatter, "unix:{}", path.display()),
            Self::Tls { host, port } if host.contains(':') => {
                write!(formatter, "grpcs://[{host}]:{port}")
            }
            Self::Tls { host, port } => write!(formatter, "grpcs://{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_back_from_their_text() {
        for text in [
            "unix:/run/control.sock",
            "grpcs://gateway.example:443",
            "grpcs://[::1]:443",
        ] {
            assert_eq!(text.parse::<ControlTarget>().unwrap().to_string(), text);
        }
        let target: ControlTarget = "data/control.sock".parse().unwrap();
        assert_eq!(target, ControlTarget::Socket("data/control.sock".into()));
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "unix:",
            "grpcs://host",
            "grpcs://:1",
            "grpcs://host:0",
            "grpcs://::1:443",
            "grpcs://[host]:443",
            "grpcs://user@host:443",
            "http://host:80",
            "grpc://host:80",
        ] {
            assert!(text.parse::<ControlTarget>().is_err(), "{text}");
        }
    }
}
