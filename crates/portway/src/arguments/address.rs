//! Addresses with a port, as they stand on the command line.

use std::str::FromStr;

use portway_gateway::{HostPort, HostPortError};

/// Why a text names no published service.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum AddressError {
    /// One of the two sides is no host with a port.
    #[error(transparent)]
    HostPort(#[from] HostPortError),
    /// A published port is not written as one.
    #[error("expected PORT=HOST:PORT, as in 80=127.0.0.1:8080")]
    Publish,
}

/// `--publish PORT=HOST:PORT`: a port of the tunnel address and the service behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Publish {
    /// TCP port of the gateway's tunnel address.
    pub(crate) port: u16,
    /// Where connections to it go.
    pub(crate) target: HostPort,
}

impl FromStr for Publish {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (port, target) = text.split_once('=').ok_or(AddressError::Publish)?;
        Ok(Self {
            port: parse_port(port)?,
            target: target.parse()?,
        })
    }
}

fn parse_port(text: &str) -> Result<u16, HostPortError> {
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or(HostPortError::Port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_port_names_its_service() {
        let publish: Publish = "80=127.0.0.1:8080".parse().unwrap();
        assert_eq!((publish.port, publish.target.port()), (80, 8080));
        assert_eq!(
            "80:127.0.0.1:8080".parse::<Publish>(),
            Err(AddressError::Publish)
        );
    }
}
