//! What the driver reads: a stream that may be told how much to wait for.

use tokio::io::{AsyncRead, DuplexStream};
use tokio::net::tcp::OwnedReadHalf;

/// The reading half of a stream.
pub(crate) trait Source: AsyncRead + Send + Unpin {
    /// Asks the system to report the stream as readable only when so many bytes are there, or it
    /// has ended. Answers whether it will: where it cannot, each byte is reported.
    fn wait_for(&self, bytes: usize) -> bool {
        let _ = bytes;
        false
    }
}

impl Source for OwnedReadHalf {
    #[cfg(target_os = "linux")]
    fn wait_for(&self, bytes: usize) -> bool {
        super::low_water::set(self.as_ref(), bytes)
    }
}

#[cfg(unix)]
impl Source for tokio::net::unix::OwnedReadHalf {}

/// For tests.
impl Source for DuplexStream {}
