//! The task that keeps a client connected.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::connection::Connection;
use crate::error::Error;
use crate::reconnect::Backoff;

use super::state::ConnectionState;

/// What the operations of a client see: a connection, or why there is none.
pub(crate) type Link = Result<Connection, Error>;

/// Holds the connection of a client, and makes another one when it is lost.
pub(crate) struct Supervisor {
    configuration: Arc<ClientConfiguration>,
    addresses: Vec<Address>,
    /// The address to try next.
    next: usize,
    link: watch::Sender<Link>,
    state: watch::Sender<ConnectionState>,
}

/// The client's ends of what the supervisor tells.
pub(crate) struct Outlook {
    pub(crate) link: watch::Receiver<Link>,
    pub(crate) state: watch::Receiver<ConnectionState>,
}

impl Supervisor {
    /// Connects to the first address that can be used, and starts the task.
    pub(crate) async fn start(configuration: Arc<ClientConfiguration>) -> Result<Outlook, Error> {
        let addresses = configuration.checked_addresses()?;
        let mut next = 0;
        let connection = connect_to_any(&addresses, &mut next, &configuration).await?;
        let (state, state_outlook) = watch::channel(ConnectionState::connected(&connection));
        let (link, link_outlook) = watch::channel(Ok(connection.clone()));
        let supervisor = Self {
            configuration,
            addresses,
            next,
            link,
            state,
        };
        tokio::spawn(supervisor.run(connection));
        Ok(Outlook {
            link: link_outlook,
            state: state_outlook,
        })
    }

    /// Runs until all handles of the client are dropped.
    async fn run(mut self, connection: Connection) {
        let link = self.link.clone();
        tokio::select! {
            () = link.closed() => {}
            () = self.keep_connected(connection) => {}
        }
    }

    async fn keep_connected(&mut self, mut connection: Connection) {
        let mut backoff = Backoff::new(self.configuration.reconnect.clone());
        loop {
            let since = Instant::now();
            let error = connection.ended().await;
            drop(connection);
            backoff.lived(since.elapsed());
            self.away(error);
            connection = self.reconnect(&mut backoff).await;
            self.back(&connection);
        }
    }

    async fn reconnect(&mut self, backoff: &mut Backoff) -> Connection {
        loop {
            // The first pause, too, spreads the clients of a grid that went away.
            tokio::time::sleep(backoff.pause()).await;
            match connect_to_any(&self.addresses, &mut self.next, &self.configuration).await {
                Ok(connection) => return connection,
                Err(error) => self.away(error),
            }
        }
    }

    fn away(&self, error: Error) {
        tracing::warn!(%error, "the grid is away");
        drop(self.link.send_replace(Err(error.clone())));
        self.state.send_replace(ConnectionState::Away { error });
    }

    fn back(&self, connection: &Connection) {
        tracing::info!(address = %connection.address(), "the grid is back");
        drop(self.link.send_replace(Ok(connection.clone())));
        self.state
            .send_replace(ConnectionState::connected(connection));
    }
}

/// Tries each address once, beginning with the one at `next`, which is moved on.
async fn connect_to_any(
    addresses: &[Address],
    next: &mut usize,
    configuration: &ClientConfiguration,
) -> Result<Connection, Error> {
    let mut failures = Vec::with_capacity(addresses.len());
    for _ in addresses {
        let address = &addresses[*next];
        *next = (*next + 1) % addresses.len();
        match Connection::open(address, configuration).await {
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
