//! What all servers among the examples do: `--listen ADDR:PORT`, and an end on SIGTERM.

use std::{error::Error, net::SocketAddr};

/// Returns the address behind `--listen`, or `default`.
pub(crate) fn listen(default: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut address = default.to_owned();
    while let Some(argument) = arguments.next() {
        address = match argument.as_str() {
            "--listen" => arguments.next().ok_or("--listen needs ADDR:PORT")?,
            other => return Err(format!("{other}: the only option is --listen ADDR:PORT").into()),
        };
    }
    address
        .parse()
        .map_err(|_| format!("{address:?} is no ADDR:PORT").into())
}

/// Ends when the process is asked to stop.
pub(crate) async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else {
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _unheard = interrupted.await;
}
