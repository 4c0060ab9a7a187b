//! What the examples of the patterns have in common: where they listen, and how they end.

use std::{error::Error, future::Future};

use portway_rpc::{FramedListener, FramedOptions, Server, pattern::framed::Hub};

/// Serves a hub at the address behind `--listen`, prints the ready line, and runs `work` until it
/// ends or SIGTERM or SIGINT comes.
pub(crate) async fn serve<F>(hub: &Hub, default: &str, work: F) -> Result<(), Box<dyn Error>>
where
    F: Future<Output = Result<(), Box<dyn Error>>>,
{
    let address = listen_argument().unwrap_or_else(|| default.to_owned());
    let listener = FramedListener::tcp(address.as_str(), FramedOptions::new()).await?;
    let address = listener.address().expect("it is TCP");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = Server::builder().service(hub.clone()).listen(listener);
    let server = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
    println!("ready listen={address}");
    tokio::select! {
        result = work => result?,
        () = end_requested() => {}
    }
    // Subscribers and workers get what there is, then their calls end.
    hub.close();
    drop(stop);
    Ok(server.await??)
}

fn listen_argument() -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--listen");
    arguments.nth(1)
}

#[cfg(unix)]
async fn end_requested() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn end_requested() {
    let _ = tokio::signal::ctrl_c().await;
}
