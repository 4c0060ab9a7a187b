//! Where a server is, whatever it speaks.

use std::path::PathBuf;

/// Where a server is: a host with its port, or the path of a Unix socket.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Tcp(String),
    Tls(String),
    Unix(PathBuf),
}

impl Place {
    /// Reads `PLAIN://HOST:PORT`, `TLS://HOST:PORT` or `unix:PATH`, the first two by what is spoken there.
    pub(crate) fn read(text: &str, plain: &str, tls: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty()).then(|| Self::Unix(path.into()));
        }
        let (scheme, host) = text.split_once("://")?;
        let host = host.trim_end_matches('/');
        if !is_host_with_port(host) {
            return None;
        }
        match scheme {
            _ if scheme == plain => Some(Self::Tcp(host.to_owned())),
            _ if scheme == tls => Some(Self::Tls(host.to_owned())),
            _ => None,
        }
    }
}

fn is_host_with_port(host: &str) -> bool {
    let parts = host.rsplit_once(':');
    parts.is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok())
}
