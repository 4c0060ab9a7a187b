//! Finding any node, when there is no connection at all.

use std::time::Duration;

use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::connection::{Connection, Meanwhile};
use crate::error::Error;

/// One attempt to reach each of some addresses.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) pause: Duration,
    /// What is tried beside the addresses that the configuration names or finds: those of nodes
    /// that the grid told of.
    pub(crate) known: Vec<Address>,
    /// The place of the address to begin with.
    pub(crate) start: usize,
}

/// How a round ended.
#[derive(Debug)]
pub(crate) struct Sought {
    pub(crate) result: Result<Connection, Error>,
    /// The place behind the last address that was tried.
    pub(crate) next: usize,
}

impl Round {
    /// Tries them. While the first node that can be reached is busy with the handshake, `meanwhile`
    /// is run.
    pub(crate) async fn run(
        self,
        configuration: &ClientConfiguration,
        meanwhile: Meanwhile<'_>,
    ) -> Sought {
        // Also the first pause spreads the clients of a grid that went away. None at all, when a
        // client starts, would still cost a tick of tokio's clock.
        if !self.pause.is_zero() {
            tokio::time::sleep(self.pause).await;
        }
        let mut next = self.start;
        let result = match named_addresses(configuration).await {
            Ok(mut addresses) => {
                let further = self
                    .known
                    .into_iter()
                    .filter(|known| !addresses.contains(known));
                let further: Vec<_> = further.collect();
                addresses.extend(further);
                connect_to_any(&addresses, &mut next, configuration, meanwhile).await
            }
            Err(error) => Err(error),
        };
        Sought { result, next }
    }
}

/// The addresses of the configuration, or those that its address finder finds now.
pub(crate) async fn named_addresses(
    configuration: &ClientConfiguration,
) -> Result<Vec<Address>, Error> {
    let Some(finder) = &configuration.topology.address_finder else {
        return configuration.named_addresses();
    };
    let limit = configuration.connect_timeout;
    let found = tokio::time::timeout(limit, finder.0.addresses()).await;
    let failed = |source| Error::AddressFinder { source };
    let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "it took too long");
    match (
        found.unwrap_or_else(|_| Err(late())),
        configuration.named_addresses(),
    ) {
        (Ok(found), _) if !found.is_empty() => Ok(found),
        (_, Ok(configured)) => Ok(configured),
        (Err(error), Err(_)) => Err(failed(error.into())),
        (Ok(_), Err(error)) => Err(error),
    }
}

/// Tries each address once, beginning with the one at `next`, which is moved on.
async fn connect_to_any(
    addresses: &[Address],
    next: &mut usize,
    configuration: &ClientConfiguration,
    meanwhile: Meanwhile<'_>,
) -> Result<Connection, Error> {
    let mut failures = Vec::with_capacity(addresses.len());
    for _ in addresses {
        let address = &addresses[*next % addresses.len()];
        *next = (*next + 1) % addresses.len();
        match Connection::open(address, configuration, meanwhile).await {
            Ok(connection) => return Ok(connection),
            Err(error) => failures.push(error),
        }
    }
    Err(summary(failures))
}

/// A lone failure speaks for itself, and so does a refused password: it is the same everywhere.
fn summary(mut failures: Vec<Error>) -> Error {
    let is_refusal = |error: &Error| matches!(error, Error::AuthenticationRefused { .. });
    match failures.iter().position(is_refusal) {
        Some(refusal) => failures.swap_remove(refusal),
        None if failures.len() == 1 => failures.swap_remove(0),
        None => Error::NoneReachable(failures.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn refused(port: u16) -> Error {
        let source = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        Error::Unreachable {
            address: Address::tcp("grid", port),
            source: Arc::new(source),
        }
    }

    #[test]
    fn a_lone_failure_speaks_for_itself() {
        assert!(matches!(
            summary(vec![refused(1)]),
            Error::Unreachable { .. }
        ));
    }

    #[test]
    fn several_failures_are_all_named() {
        let shown = summary(vec![refused(1), refused(2)]).to_string();
        assert!(
            shown.contains("grid:1") && shown.contains("grid:2"),
            "{shown}"
        );
    }

    #[test]
    fn a_refused_password_is_told_before_anything_else() {
        let refusal = Error::AuthenticationRefused {
            address: Address::tcp("grid", 2),
            message: "no".into(),
        };
        let error = summary(vec![refused(1), refusal, refused(3)]);
        assert!(
            matches!(error, Error::AuthenticationRefused { .. }),
            "{error}"
        );
    }
}
