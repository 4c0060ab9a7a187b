//! What the driver reads and writes: a stream that may be told how much to wait for.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// An open stream to a node. One task both reads and writes it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Asks the system to report the stream as readable only when so many bytes are there, or it
    /// has ended. Answers whether it will: where it cannot, each byte is reported.
    fn wait_for(&self, bytes: usize) -> bool {
        let _ = bytes;
        false
    }
}

impl Stream for TcpStream {
    #[cfg(target_os = "linux")]
    fn wait_for(&self, bytes: usize) -> bool {
        super::low_water::set(self, bytes)
    }
}

#[cfg(unix)]
impl Stream for tokio::net::UnixStream {}
