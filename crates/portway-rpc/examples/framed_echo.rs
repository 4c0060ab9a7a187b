//! The simplest server: sends every frame back, in the wire format of tokio-util's
//! `LengthDelimitedCodec` (a length of four bytes, most significant first, then as many bytes).
//!
//! ```sh
//! cargo run --release --example framed_echo -- --listen 127.0.0.1:8080
//! ```
//!
//! A frame may have 8 MiB. A peer that asks for more gets what it sent before, then loses its own
//! connection and no other; one that does not read is not read from. All frames that came together go
//! back in one write. On SIGTERM what has come goes back, a frame under way included.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example speaks to a person"
)]

use std::{io, net::SocketAddr, time::Duration};

use bytes::{Buf, BytesMut};
use portway_rpc::{CancelReason, Cancellation};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

mod support;

/// The largest frame.
const MAXIMUM_FRAME: usize = 8 << 20;

/// How much is read at once, and by how much a buffer grows: with what came, not with what a
/// length promises.
const READ: usize = 64 << 10;

#[tokio::main]
async fn main() -> Result<(), support::Failure> {
    let address = support::listen("127.0.0.1:8080")?;
    let listener = support::bound(address, TcpListener::bind(address)).await?;
    let stop = support::stop()?;
    println!("ready listen={}", listener.local_addr()?);
    let stopping = Cancellation::new();
    let mut connections = JoinSet::new();
    tokio::select! {
        () = stop => {}
        () = accept(&listener, &stopping, &mut connections) => {}
    }
    drop(listener);
    stopping.cancel(CancelReason::Stopping);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _late = tokio::time::timeout(support::DRAIN, ended).await;
    Ok(())
}

async fn accept(listener: &TcpListener, stopping: &Cancellation, connections: &mut JoinSet<()>) {
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve(stream, peer, stopping.clone()));
                }
                // The system is out of descriptors: some connections will end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, stopping: Cancellation) {
    if let Err(error) = echo(stream, &stopping).await {
        eprintln!("{peer}: {error}");
    }
}

/// Sends all whole frames back as they are, lengths and all.
async fn echo(mut stream: TcpStream, stopping: &Cancellation) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ);
        let read = tokio::select! {
            // What has come is read before the word to stop is heard.
            biased;
            read = stream.read_buf(&mut buffer) => read?,
            _ = stopping.cancelled(), if buffer.is_empty() => {
                return stream.shutdown().await;
            }
        };
        if read == 0 {
            return match buffer.is_empty() {
                true => Ok(()),
                false => Err(io::Error::other("the connection ended within a frame")),
            };
        }
        let (whole, refused) = whole_frames(&buffer);
        stream.write_all(&buffer[..whole]).await?;
        if let Some(length) = refused {
            stream.shutdown().await?;
            let text = format!("a frame of {length} bytes is above the limit of {MAXIMUM_FRAME}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        buffer.advance(whole);
        if buffer.is_empty() && buffer.capacity() > 2 * READ {
            // A large frame is over: its memory goes.
            buffer = BytesMut::new();
        }
    }
}

/// Returns how many bytes at the front are whole frames, and the length behind them if it is above
/// the limit.
fn whole_frames(buffer: &[u8]) -> (usize, Option<usize>) {
    let mut whole = 0;
    while let Some(length) = buffer[whole..].first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAXIMUM_FRAME {
            return (whole, Some(length));
        }
        match whole + 4 + length {
            end if end <= buffer.len() => whole = end,
            _ => break,
        }
    }
    (whole, None)
}
