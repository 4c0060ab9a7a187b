//! The last connections of a socket that listens.

use std::io;

use tokio::net::TcpStream;

use crate::socket::{
    accept::{Accepted, ListeningSocket},
    tune::tune,
};

impl ListeningSocket {
    /// Closes the socket; returns the connections that nobody has accepted by then, `room` at most.
    ///
    /// To their clients they are established, and may have calls on them: the system would reset
    /// them with the socket. Clients that come later go elsewhere. Tokio's listeners would ask the
    /// system only once their runtime has heard of a connection, so the system's own are asked,
    /// which do not block because Tokio's did not.
    ///
    /// # Errors
    /// What the system says of the socket.
    pub(super) fn close(self, room: usize) -> io::Result<Vec<Accepted>> {
        match self {
            Self::Tcp(listener) => {
                let listener = listener.into_std()?;
                Ok(up_to(room, || {
                    let (stream, address) = accept_tcp(&listener)?;
                    Ok(Accepted::Tcp(stream, address))
                }))
            }
            #[cfg(feature = "tls")]
            Self::Tls(listener, tls) => {
                let listener = listener.into_std()?;
                Ok(up_to(room, || {
                    let (stream, address) = accept_tcp(&listener)?;
                    Ok(Accepted::Tls(stream, address, tls.clone()))
                }))
            }
            #[cfg(unix)]
            Self::Unix { listener, _file } => {
                let listener = listener.into_std()?;
                Ok(up_to(room, || {
                    let (stream, _) = listener.accept()?;
                    stream.set_nonblocking(true)?;
                    tokio::net::UnixStream::from_std(stream).map(Accepted::Unix)
                }))
            }
        }
    }
}

fn accept_tcp(listener: &std::net::TcpListener) -> io::Result<(TcpStream, std::net::SocketAddr)> {
    let (stream, address) = listener.accept()?;
    stream.set_nonblocking(true)?;
    let stream = TcpStream::from_std(stream)?;
    tune(&stream, address);
    Ok((stream, address))
}

/// Accepts until none waits, `room` connections at most.
fn up_to(room: usize, accept: impl Fn() -> io::Result<Accepted>) -> Vec<Accepted> {
    let mut last = Vec::new();
    while last.len() < room {
        match accept() {
            Ok(accepted) => last.push(accepted),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "connections that waited to be accepted are lost");
                break;
            }
        }
    }
    last
}

/// Tells whether the connection was gone before it was accepted; the next one need not be.
fn is_of_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}
