//! HTTP on a TCP port: on one's own machine, and where the platform names a port.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
};

use axum::{Router, serve::ListenerExt as _};
use tokio::net::TcpListener;
use tracing::warn;

use crate::{app::BoxError, shutdown};

/// Serves until asked to stop; prints the `ready` line once connections are accepted.
pub(crate) async fn serve(router: Router, address: SocketAddr) -> Result<(), BoxError> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!(
            "cannot listen on {address}: {error}; choose another address with --listen ADDR:PORT"
        )
    })?;
    announce(listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Without it, small answers wait for the peer's acknowledgement; nothing is lost where it cannot be set.
        let _ = stream.set_nodelay(true);
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(shutdown::asked());
    match shutdown::bounded(async { serving.await }).await {
        Some(served) => Ok(served?),
        None => {
            warn!(
                "requests were still running after {:?}; they are given up",
                shutdown::DRAIN
            );
            Ok(())
        }
    }
}

/// All addresses of this machine: the platform decides who reaches them.
pub(crate) fn everywhere(port: u16) -> SocketAddr {
    (Ipv4Addr::UNSPECIFIED, port).into()
}

fn announce(address: SocketAddr) {
    let mut stdout = std::io::stdout();
    // Nobody may be reading; the server serves all the same.
    let _ = writeln!(stdout, "ready listen=http://{address}").and_then(|()| stdout.flush());
}
