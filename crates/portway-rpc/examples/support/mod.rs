//! What all servers among the examples do: `--listen ADDR:PORT`, and an end on SIGTERM or SIGINT.

use std::{error::Error, future::Future, io, net::SocketAddr, time::Duration};

/// How long calls and connections may take to finish what they are at when a server stops: clients that
/// never end a stream shall not keep it for long.
pub(crate) const DRAIN: Duration = Duration::from_secs(3);

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

/// Returns what ends when the process is asked to stop.
///
/// Signals are heard as soon as this returns, not when the future is first polled: who reads the
/// ready line may send one at once.
#[cfg(unix)]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

/// Returns what ends when the process is asked to stop.
#[cfg(not(unix))]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        let _unheard = tokio::signal::ctrl_c().await;
    })
}
