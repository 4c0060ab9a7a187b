//! Answers requests; what one visitor can cost is bounded.

use std::{io, rc::Rc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    sync::Semaphore,
    task::LocalSet,
};

use super::{
    ControlSocket,
    protocol::{LONGEST_LINE, answer, refusal},
};
use crate::commands::net::run::Running;

/// Visitors at a time; further ones wait in the system's queue.
const MOST_VISITORS: usize = 16;

/// How long a visitor may say nothing.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// Pause after the system gave no connection, for lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves visitors for ever.
///
/// # Cancel safety
///
/// Visits end with it.
pub(crate) async fn serve(socket: &ControlSocket, running: Rc<Running>) {
    let visits = LocalSet::new();
    visits.run_until(accept_all(socket, running)).await;
}

async fn accept_all(socket: &ControlSocket, running: Rc<Running>) {
    let room = std::sync::Arc::new(Semaphore::new(MOST_VISITORS));
    loop {
        let Ok(place) = std::sync::Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match socket.listener.accept().await {
            Ok((stream, _)) => {
                let running = Rc::clone(&running);
                tokio::task::spawn_local(async move {
                    if let Err(error) = visit(stream, &running).await {
                        tracing::debug!(%error, "a visitor of the control socket was not served");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a visitor of the control socket");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Answers line by line until the visitor goes, or says what is too long.
async fn visit(stream: UnixStream, running: &Running) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut reader).take(LONGEST_LINE as u64);
        let read = tokio::time::timeout(LONGEST_SILENCE, limited.read_until(b'\n', &mut line));
        let length = read.await.map_err(|_| io::ErrorKind::TimedOut)??;
        if length == 0 {
            return Ok(());
        }
        let is_too_long = length == LONGEST_LINE && !line.ends_with(b"\n");
        let answer = if is_too_long {
            refusal(&format!("a request has at most {LONGEST_LINE} bytes"))
        } else {
            answer(&line, running)
        };
        let text = format!("{answer}\n");
        let write = tokio::time::timeout(LONGEST_SILENCE, writer.write_all(text.as_bytes()));
        write.await.map_err(|_| io::ErrorKind::TimedOut)??;
        if is_too_long {
            return Ok(());
        }
    }
}
