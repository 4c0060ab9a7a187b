//! `portway client FILE -L PORT:HOST:PORT`.

use portway_gateway::{DataPathError, Forward, PeerEvent};

use super::{ClientArguments, session::Session, tunnel::Tunnel};
use crate::{
    metrics::{Metrics, register_data_path},
    ready::{Ready, ReadyKey},
    shutdown::Shutdown,
};

/// Forwards until a signal ends it.
///
/// # Errors
///
/// Fails when a local port cannot be had, or the tunnel fails.
pub(super) async fn run(tunnel: Tunnel, arguments: &ClientArguments) -> anyhow::Result<()> {
    let mut shutdown = Shutdown::listen()?;
    let mut session = Session::start(tunnel, arguments.forward.clone()).await?;
    let mut metrics = Metrics::new();
    register_data_path(&mut metrics, &session.path);
    let metrics = metrics.serve(arguments.service.metrics).await?;
    Ready::default()
        .with(ReadyKey::Listen, session.path.local_address())
        .with(ReadyKey::Metrics, metrics.address())
        .with(ReadyKey::Forward, listeners(session.stack.forwards()))
        .announce(&arguments.service)?;
    let end = loop {
        tokio::select! {
            () = shutdown.requested() => break None,
            end = session.path.ended() => break Some(end),
            Some(event) = session.events.recv() => log(&event),
        }
    };
    session.end().await;
    match end {
        None | Some(DataPathError::Stopped) => Ok(()),
        Some(error) => Err(error.into()),
    }
}

/// The local ends, in the order in which they were asked for.
fn listeners(forwards: &[Forward]) -> String {
    let listeners: Vec<String> = forwards
        .iter()
        .map(|forward| forward.listen.to_string())
        .collect();
    listeners.join(",")
}

fn log(event: &PeerEvent) {
    tracing::info!(?event, "the tunnel");
}
