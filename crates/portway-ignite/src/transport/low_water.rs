//! The low-water mark of a socket (`SO_RCVLOWAT`). For Linux: elsewhere it does not hold for polls.

use std::os::fd::AsFd;

use nix::sys::socket::setsockopt;
use nix::{setsockopt_impl, sockopt_impl};

sockopt_impl!(
    /// From how many bytes on a socket counts as readable.
    ReceiveLowWater,
    SetOnly,
    libc::SOL_SOCKET,
    libc::SO_RCVLOWAT,
    i32
);

/// Sets the mark. Bytes beyond a new mark are reported at once.
pub(super) fn set(socket: &impl AsFd, bytes: usize) -> bool {
    let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
    setsockopt(&socket, ReceiveLowWater, &bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    /// Longer than anything here takes, shorter than anyone waits.
    const PATIENCE: Duration = Duration::from_secs(10);

    async fn read(stream: &mut TcpStream) -> usize {
        let mut room = [0; 1000];
        let read = timeout(PATIENCE, stream.read(&mut room)).await;
        read.expect("it is readable soon").expect("it is open")
    }

    #[tokio::test]
    async fn less_than_the_mark_is_read_with_what_follows_or_when_the_mark_falls() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let (mut other, _) = listener.accept().expect("it was connected to");
        assert!(set(&stream, 100));
        let mut waiting = Box::pin(read(&mut stream));
        // What was written first has long come when the second part of it has.
        other.write_all(&[0; 60]).expect("there is room");
        let early = timeout(Duration::from_millis(20), &mut waiting).await;
        assert!(early.is_err(), "60 bytes are less than 100");
        other.write_all(&[0; 60]).expect("there is room");
        assert_eq!(waiting.await, 120);
        other.write_all(&[0; 60]).expect("there is room");
        assert!(set(&stream, 1));
        assert_eq!(read(&mut stream).await, 60);
    }
}
