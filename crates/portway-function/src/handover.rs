//! Requests from a packaged JavaScript module, over the Unix socket that it named.
//!
//! A connection carries one request after another; the module opens as many as it has requests at once. All pieces are frames: a
//! length (four bytes, big-endian) and that many bytes.
//!
//! - An HTTP request is a frame of JSON (`{"method", "url", "headers": [[name, value], ...], "address"}`), frames of its body, and an empty
//!   frame. Its answer is a frame of JSON (`{"status", "headers"}`), frames of its body, and an empty frame.
//! - An event is a frame of JSON (`{"event": ...}`); its answer is one too (`{"result": ...}` or `{"error": message}`).

mod connection;
mod frame;

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{
    net::{UnixListener, UnixStream},
    sync::Semaphore,
};
use tracing::debug;

use crate::{
    app::{App, BoxError},
    shutdown,
};

/// Connections, and so requests, at once. More wait for one of these to end.
const MAXIMUM_CONNECTIONS: u32 = 1024;

/// The module holds connections as long as it lives. After this long without one, it is gone, however it went.
const ORPHANED: Duration = Duration::from_secs(5);

/// Accepts connections until asked to stop or left alone, then lets the requests that run end.
pub(crate) async fn serve(app: App, path: &Path) -> Result<(), BoxError> {
    let listener =
        listen(path).map_err(|error| format!("cannot listen on {}: {error}", path.display()))?;
    let app = Arc::new(app);
    let places = Arc::new(Semaphore::new(MAXIMUM_CONNECTIONS as usize));
    tokio::select! {
        error = accept(&listener, &app, &places) => return Err(error),
        () = orphaned(&places) => return Ok(()),
        () = shutdown::asked() => {}
    }
    drop(listener);
    // Connections between two requests stay open until the module ends; those in one get their time.
    let _ = tokio::time::timeout(shutdown::DRAIN, all_free(&places)).await;
    Ok(())
}

/// A path, or after an `@` a name that needs no disk.
fn listen(path: &Path) -> std::io::Result<UnixListener> {
    #[cfg(target_os = "linux")]
    if let Some(name) = path.to_str().and_then(|path| path.strip_prefix('@')) {
        use std::os::{linux::net::SocketAddrExt as _, unix::net};
        let address = net::SocketAddr::from_abstract_name(name)?;
        let listener = net::UnixListener::bind_addr(&address)?;
        listener.set_nonblocking(true)?;
        return UnixListener::from_std(listener);
    }
    UnixListener::bind(path)
}

async fn accept(listener: &UnixListener, app: &Arc<App>, places: &Arc<Semaphore>) -> BoxError {
    let own = std::fs::metadata("/proc/self").ok();
    loop {
        let place = match Arc::clone(places).acquire_owned().await {
            Ok(place) => place,
            Err(closed) => return closed.into(),
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => return error.into(),
        };
        if !is_ours(&stream, own.as_ref()) {
            debug!("a connection of another user was refused");
            continue;
        }
        let app = Arc::clone(app);
        tokio::spawn(async move {
            if let Err(error) = connection::serve(&app, stream).await {
                debug!("a connection of the module ended: {error}");
            }
            drop(place);
        });
    }
}

/// A name without a place in the file system has no permissions: the peer's user is looked at instead.
fn is_ours(stream: &UnixStream, own: Option<&std::fs::Metadata>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (stream.peer_cred(), own) {
        (Ok(peer), Some(own)) => peer.uid() == own.uid() || peer.uid() == 0,
        // Without /proc there are no such names either.
        (_, None) => true,
        (Err(_), Some(_)) => false,
    }
}

/// Waits until there has been no connection for a while.
async fn orphaned(places: &Semaphore) {
    let mut alone = 0;
    while alone < 2 {
        tokio::time::sleep(ORPHANED).await;
        let free = places.available_permits() >= MAXIMUM_CONNECTIONS as usize - 1;
        alone = if free { alone + 1 } else { 0 };
    }
}

/// Waits until no connection is left.
async fn all_free(places: &Semaphore) {
    // It is never closed.
    let _ = places.acquire_many(MAXIMUM_CONNECTIONS).await;
}
