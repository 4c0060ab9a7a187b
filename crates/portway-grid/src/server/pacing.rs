//! Connections that never leave their host are not paced.
//!
//! A congestion control that paces, such as BBR, which many systems have as their default, reckons with each
//! segment at what rate the path takes the next one, and sends by a timer. Within a host there is no path to be
//! spared, and each answer pays for it.

use std::net::SocketAddr;

use tokio::net::TcpStream;

/// A congestion control without pacing that every kernel has, and that every user may choose.
#[cfg(target_os = "linux")]
const WITHOUT_PACING: &str = "reno";

/// Takes a connection within this host out of the care of a congestion control that paces.
pub(super) fn do_not_pace_within_host(stream: &TcpStream, remote: SocketAddr) {
    let is_within_host = stream
        .local_addr()
        .is_ok_and(|local| is_within_host(local, remote));
    #[cfg(target_os = "linux")]
    if is_within_host
        && let Err(error) = rustix::net::sockopt::set_tcp_congestion(stream, WITHOUT_PACING)
    {
        // Where a sandbox forbids it the connection works as well, if slower.
        tracing::debug!(%error, "the system's congestion control stays");
    }
    #[cfg(not(target_os = "linux"))]
    let _for_linux = is_within_host;
}

/// Tells whether both ends are on this host.
fn is_within_host(local: SocketAddr, remote: SocketAddr) -> bool {
    let (local, remote) = (local.ip().to_canonical(), remote.ip().to_canonical());
    remote.is_loopback() || remote == local
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_is_on_this_host_if_its_address_is_ours_or_loopback() {
        for (local, remote, within) in [
            ("127.0.0.1:1", "127.0.0.2:2", true),
            ("192.0.2.1:1", "192.0.2.1:2", true),
            ("[2001:db8::1]:1", "[2001:db8::1]:2", true),
            ("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:2", true),
            ("192.0.2.1:1", "192.0.2.2:2", false),
            ("[::1]:1", "[2001:db8::1]:2", false),
        ] {
            let is_within = is_within_host(address(local), address(remote));
            assert_eq!(is_within, within, "{local} to {remote}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_connection_over_loopback_is_not_paced() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, remote) = listener.accept().await.unwrap();
        do_not_pace_within_host(&stream, remote);
        let kept = rustix::net::sockopt::tcp_congestion(&stream).unwrap();
        assert_eq!(kept, WITHOUT_PACING);
    }
}
