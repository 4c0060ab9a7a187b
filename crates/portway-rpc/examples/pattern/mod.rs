//! What the examples of the patterns have in common: where they listen, and how they end.

use std::future::Future;

use portway_rpc::{FramedListener, FramedOptions, Server, pattern::framed::Hub};

#[path = "../support/mod.rs"]
mod support;

pub(crate) use support::Failure;

/// Serves a hub at the address behind `--listen`, prints the ready line, and runs `work` until it
/// ends or SIGTERM or SIGINT comes.
pub(crate) async fn serve<F>(hub: &Hub, default: &str, work: F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let address = support::listen(default)?;
    let listener = FramedListener::tcp(address, FramedOptions::new());
    let listener = support::bound(address, listener).await?;
    let address = listener.address().ok_or("a TCP listener has an address")?;
    let end_requested = support::stop()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = Server::builder().service(hub.clone()).listen(listener);
    let server = server.drain(support::DRAIN);
    let server = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
    println!("ready listen={address}");
    tokio::select! {
        result = work => result?,
        () = end_requested => {}
    }
    // Subscribers and workers get what there is, then their calls end.
    hub.close();
    drop(stop);
    Ok(server.await??)
}
