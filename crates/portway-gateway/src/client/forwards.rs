//! The ports of this machine that lead through the tunnel.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{
    Interest, Registry, Token,
    net::{TcpListener, TcpStream},
};

use super::configuration::{ClientError, Forward};

/// How long to wait after the system gave no socket for a connection that waits.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Listener {
    socket: TcpListener,
    target: SocketAddr,
    /// Whether connections may wait; the system tells only once.
    pending: bool,
}

/// All forwards, listening.
#[derive(Debug)]
pub(super) struct Forwards {
    listeners: Vec<Listener>,
    first_token: usize,
    retry_at: Option<Instant>,
}

impl Forwards {
    /// Listens on all of them.
    pub(super) fn listen(forwards: &[Forward]) -> Result<Self, ClientError> {
        let listeners = forwards.iter().map(|&Forward { listen, target }| {
            let socket = TcpListener::bind(listen)
                .map_err(|source| ClientError::Listen { listen, source })?;
            Ok(Listener {
                socket,
                target,
                pending: true,
            })
        });
        Ok(Self {
            listeners: listeners.collect::<Result<_, ClientError>>()?,
            first_token: 0,
            retry_at: None,
        })
    }

    /// The forwards with the ports that the system chose.
    pub(super) fn bound(&self) -> Vec<Forward> {
        let bound = self.listeners.iter().filter_map(|listener| {
            Some(Forward {
                listen: listener.socket.local_addr().ok()?,
                target: listener.target,
            })
        });
        bound.collect()
    }

    /// Takes tokens from `first_token` on and tells the first one that is left.
    pub(super) fn register(
        &mut self,
        registry: &Registry,
        first_token: usize,
    ) -> io::Result<usize> {
        self.first_token = first_token;
        for (number, listener) in self.listeners.iter_mut().enumerate() {
            let token = Token(first_token + number);
            registry.register(&mut listener.socket, token, Interest::READABLE)?;
        }
        Ok(first_token + self.listeners.len())
    }

    /// Notes that connections wait, if the token is one of ours.
    pub(super) fn handle_event(&mut self, token: Token) {
        let number = token.0.wrapping_sub(self.first_token);
        if let Some(listener) = self.listeners.get_mut(number) {
            listener.pending = true;
        }
    }

    /// Takes the next connection and tells where it goes.
    pub(super) fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        if self.retry_at.is_some_and(|at| at > now) {
            return None;
        }
        self.retry_at = None;
        for listener in self
            .listeners
            .iter_mut()
            .filter(|listener| listener.pending)
        {
            match listener.socket.accept() {
                Ok((stream, _)) => return Some((stream, listener.target)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => listener.pending = false,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::warn!(%error, target = %listener.target, "a connection waits");
                    self.retry_at = Some(now + RETRY_INTERVAL);
                    return None;
                }
            }
        }
        None
    }

    /// When [`accept`](Self::accept) is worth another try after the system gave no socket.
    pub(super) const fn next_timeout(&self) -> Option<Instant> {
        self.retry_at
    }
}
