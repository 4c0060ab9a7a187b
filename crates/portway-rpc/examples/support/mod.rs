//! What all servers among the examples do: `--listen ADDR:PORT`, and an end on SIGTERM or SIGINT.

mod failure;

pub(crate) use failure::Failure;

use std::{future::Future, io, net::SocketAddr, time::Duration};

/// How long calls and connections may take to finish what they are at when a server stops: clients that
/// never end a stream shall not keep it for long.
pub(crate) const DRAIN: Duration = Duration::from_secs(3);

/// Returns the address behind `--listen`, or `default`.
pub(crate) fn listen(default: &str) -> Result<SocketAddr, Failure> {
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

/// Waits until an example listens; where it cannot, says what to do.
pub(crate) async fn bound<L>(
    address: SocketAddr,
    listener: impl Future<Output = io::Result<L>>,
) -> Result<L, Failure> {
    listener.await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "; stop the program that does, or give another --listen",
            io::ErrorKind::AddrNotAvailable => "; give --listen an address of this machine",
            _ => "",
        };
        format!("cannot listen on {address}: {error}{advice}").into()
    })
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
