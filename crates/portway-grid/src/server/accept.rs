//! Accepting connections on one listener until the grid shuts down.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::Credentials;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::listener::{Listener, Socket};
use super::pacing::do_not_pace_within_host;
use super::shared::Shared;
use super::shut_down;
use super::transport::Transport;
use crate::session::Ends;

/// Pause after a failed accept: without free file descriptors it would fail again at once.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// How long connections may take to end on their own when the grid shuts down.
const GRACE: Duration = Duration::from_millis(1500);

/// Serves `listener` until shutdown, then waits for its connections.
pub(super) async fn serve(listener: Listener, shared: Arc<Shared>) {
    let mut shutdown = shared.shutdown.subscribe();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = shut_down(&mut shutdown) => break,
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener) => match accepted {
                Ok(accepted) => admit(accepted, &listener, &shared, &mut connections),
                Err(error) => {
                    tracing::warn!(address = %listener.address, %error, "cannot accept");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            },
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all_ended).await.is_err() {
        connections.shutdown().await;
    }
}

enum Accepted {
    Tcp(TcpStream, Ends),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

async fn accept(listener: &Listener) -> io::Result<Accepted> {
    match &listener.socket {
        Socket::Tcp(socket) => {
            let (stream, remote) = socket.accept().await?;
            // Answers are written whole: waiting for more to send would only delay them.
            stream.set_nodelay(true)?;
            do_not_pace_within_host(&stream, remote);
            let ends = Ends {
                local: stream.local_addr().ok(),
                remote: Some(remote),
            };
            Ok(Accepted::Tcp(stream, ends))
        }
        #[cfg(unix)]
        Socket::Unix { socket, .. } => Ok(Accepted::Unix(socket.accept().await?.0)),
    }
}

fn admit(
    accepted: Accepted,
    listener: &Listener,
    shared: &Arc<Shared>,
    connections: &mut JoinSet<()>,
) {
    shared.counters.count_accepted();
    let Ok(permit) = Arc::clone(&shared.connection_permits).try_acquire_owned() else {
        shared.counters.count_refused_connection();
        return;
    };
    let admitted = Admitted {
        credentials: listener.credentials.clone(),
        shared: Arc::clone(shared),
        permit,
    };
    match accepted {
        #[cfg(feature = "tls")]
        Accepted::Tcp(stream, ends) if let Some(tls) = &listener.tls => {
            let tls = tls.clone();
            connections.spawn(admitted.serve_inside_tls(stream, ends, tls));
        }
        Accepted::Tcp(stream, ends) => {
            connections.spawn(admitted.serve(stream, ends));
        }
        #[cfg(unix)]
        Accepted::Unix(stream) => {
            connections.spawn(admitted.serve(stream, Ends::default()));
        }
    }
}

/// A connection that there is room for.
struct Admitted {
    credentials: Option<Credentials>,
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
}

impl Admitted {
    async fn serve<S>(self, stream: S, ends: Ends)
    where
        S: Transport,
    {
        let connection = Connection {
            stream,
            shared: self.shared,
            credentials: self.credentials,
            ends,
        };
        connection.serve().await;
        drop(self.permit);
    }

    /// Serves inside TLS, or not at all.
    #[cfg(feature = "tls")]
    async fn serve_inside_tls(self, stream: TcpStream, ends: Ends, tls: super::tls::ListenerTls) {
        let mut shutdown = self.shared.shutdown.subscribe();
        let secured =
            tokio::time::timeout(self.shared.limits.handshake_timeout, tls.secure(stream));
        let secured = tokio::select! {
            secured = secured => secured,
            () = shut_down(&mut shutdown) => return,
        };
        match secured {
            Ok(Ok(stream)) => self.serve(stream, ends).await,
            Ok(Err(error)) => {
                self.shared.counters.count_refused_handshake();
                tracing::debug!(%error, "a TLS handshake failed");
            }
            Err(_) => self.shared.counters.count_refused_handshake(),
        }
    }
}
