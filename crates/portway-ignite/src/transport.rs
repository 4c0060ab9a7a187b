//! The byte stream to a node: TCP or a Unix socket, plain or inside TLS.

#[cfg(target_os = "linux")]
mod low_water;
mod stream;

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::split_frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::connection::ReadSize;
use crate::error::{Error, LossReason, Violation};

pub(crate) use stream::Stream;

/// An open stream, before a driver takes it.
///
/// It is boxed: one virtual call for each system call is nothing beside it, and TLS needs no other
/// kind of driver.
pub(crate) struct Transport {
    pub(crate) stream: Box<dyn Stream>,
    /// What was read beyond the last frame.
    pub(crate) input: BytesMut,
    /// Whether bytes may leave before the stream reports them as written, as with TLS.
    pub(crate) sends_ahead: bool,
}

/// An open socket on which nothing was said yet.
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Opens a socket to `address`.
    pub(crate) async fn open(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                // The driver joins what is queued into one write; waiting for more only delays.
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
            #[cfg(unix)]
            Address::Unix(path) => UnixStream::connect(path).await.map(Self::Unix),
        }
    }

    /// Makes it a stream: as it is, or inside TLS where the configuration asks for that.
    pub(crate) async fn into_transport(
        self,
        address: &Address,
        configuration: &ClientConfiguration,
    ) -> Result<Transport, Error> {
        if let Some(tls) = &configuration.tls {
            return match self {
                Self::Tcp(stream) => tls.secure(stream, address).await,
                #[cfg(unix)]
                Self::Unix(stream) => tls.secure(stream, address).await,
            };
        }
        Ok(self.into_plain())
    }

    fn into_plain(self) -> Transport {
        match self {
            Self::Tcp(stream) => Transport::new(Box::new(stream)),
            #[cfg(unix)]
            Self::Unix(stream) => Transport::new(Box::new(stream)),
        }
    }
}

impl Transport {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
            sends_ahead: false,
        }
    }

    /// Sends one frame.
    pub(crate) async fn send(&mut self, frame: &[u8]) -> Result<(), LossReason> {
        self.stream.write_all(frame).await.map_err(system)
    }

    /// Receives the content of one frame of at most `limit` bytes.
    pub(crate) async fn receive(&mut self, limit: usize) -> Result<Bytes, LossReason> {
        loop {
            let frame = split_frame(&mut self.input, limit)
                .map_err(|error| LossReason::Violation(Violation::Frame(error)))?;
            if let Some(payload) = frame {
                return Ok(payload);
            }
            // The driver goes on with this memory.
            ReadSize::default().make_room(&mut self.input);
            let read = self.stream.read_buf(&mut self.input).await;
            if read.map_err(system)? == 0 {
                return Err(LossReason::ClosedByNode);
            }
        }
    }
}

fn system(error: io::Error) -> LossReason {
    LossReason::System(Arc::new(error))
}
