//! Options of TCP sockets.

use std::net::SocketAddr;

use tokio::net::TcpStream;

/// Sets the options of a new TCP connection to `peer`.
///
/// One that cannot be set is left as it is: a connection that its peer has reset already says so when
/// it is read, and is no failure of the listener that it came to.
pub(crate) fn tune(stream: &TcpStream, peer: SocketAddr) {
    // What is small is gathered before it is written: the kernel need not wait for more.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    #[cfg(target_os = "linux")]
    if stream
        .local_addr()
        .is_ok_and(|local| local::is_within_host(local, peer))
    {
        local::do_not_pace(stream);
    }
    #[cfg(not(target_os = "linux"))]
    let _for_linux = peer;
}

/// What helps connections that never leave their host.
#[cfg(target_os = "linux")]
mod local {
    use std::net::SocketAddr;

    use socket2::SockRef;
    use tokio::net::TcpStream;

    /// A congestion control without pacing that every kernel has, and that every user may choose.
    const CONGESTION_CONTROL: &[u8] = b"reno";

    /// Takes a connection out of the care of a congestion control that paces, such as BBR, which
    /// many systems have as their default.
    ///
    /// It sends by a timer, at the rate that it believes the path to have. Within a host there is
    /// no path to be spared, and the timer is what a large message then waits for.
    pub(super) fn do_not_pace(stream: &TcpStream) {
        // Where a sandbox forbids it the connection works as well, if slower.
        if let Err(error) = SockRef::from(stream).set_tcp_congestion(CONGESTION_CONTROL) {
            tracing::debug!(%error, "the system's congestion control stays");
        }
    }

    /// Tells whether both ends are on this host.
    pub(super) fn is_within_host(local: SocketAddr, peer: SocketAddr) -> bool {
        let (local, peer) = (local.ip().to_canonical(), peer.ip().to_canonical());
        peer.is_loopback() || peer == local
    }

    #[cfg(test)]
    mod tests {
        use tokio::net::TcpListener;

        use super::{super::tune, *};

        fn address(text: &str) -> SocketAddr {
            text.parse().unwrap()
        }

        #[test]
        fn a_peer_is_on_this_host_if_its_address_is_ours_or_loopback() {
            for (local, peer, within) in [
                ("127.0.0.1:1", "127.0.0.2:2", true),
                ("192.0.2.1:1", "192.0.2.1:2", true),
                ("[2001:db8::1]:1", "[2001:db8::1]:2", true),
                ("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:2", true),
                ("192.0.2.1:1", "192.0.2.2:2", false),
                ("[::1]:1", "[2001:db8::1]:2", false),
            ] {
                let is_within = is_within_host(address(local), address(peer));
                assert_eq!(is_within, within, "{local} to {peer}");
            }
        }

        #[tokio::test]
        async fn a_connection_that_was_reset_is_no_failure() {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let client = TcpStream::connect(address).await.unwrap();
            SockRef::from(&client)
                .set_linger(Some(std::time::Duration::ZERO))
                .unwrap();
            drop(client);
            let (stream, peer) = listener.accept().await.unwrap();
            stream.readable().await.unwrap();
            assert!(stream.peer_addr().is_err(), "it is gone");
            tune(&stream, peer);
        }

        #[tokio::test]
        async fn a_connection_over_loopback_is_not_paced() {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let stream = TcpStream::connect(listener.local_addr().unwrap())
                .await
                .unwrap();
            tune(&stream, stream.peer_addr().unwrap());
            let congestion_control = SockRef::from(&stream).tcp_congestion().unwrap();
            assert!(congestion_control.starts_with(b"reno\0"));
            assert!(stream.nodelay().unwrap());
        }
    }
}
