//! Sockets of either side, for every transport over streams of bytes: TCP, Unix, TLS.

mod accept;
mod dial;
mod last;
mod place;
mod redial;
#[cfg(feature = "tls")]
mod tls;
mod tune;

use tokio::io::{AsyncRead, AsyncWrite};

pub(crate) use accept::{ListeningSocket, ServeStream, accept_all};
pub(crate) use dial::{Dialer, UseStream};
pub(crate) use place::Place;
pub(crate) use redial::{ATTEMPTS, Link, Redial};

/// A stream of bytes in both directions.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> ByteStream for T {}
