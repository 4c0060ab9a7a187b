//! The simplest server: sends every frame back, in the wire format of tokio-util's
//! `LengthDelimitedCodec` (a length of four bytes, most significant first, then as many bytes).
//!
//! ```sh
//! cargo run --release --example framed_echo -- --listen 127.0.0.1:8080
//! ```
//!
//! A frame may have 8 MiB. A peer that asks for more loses its own connection and no other; one
//! that does not read is not read from. All frames that came together go back in one write.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example speaks to a person"
)]

use std::{error::Error, io, net::SocketAddr, time::Duration};

use bytes::{Buf, BytesMut};
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

/// How long connections may take to finish what they are at when the server stops.
const DRAIN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = support::listen("127.0.0.1:8080")?;
    let listener = TcpListener::bind(address).await?;
    println!("ready listen={}", listener.local_addr()?);
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(support::stop());
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve(stream, peer));
                }
                // The system is out of descriptors: some connections will end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    drop(listener);
    connections.abort_all();
    let ended = async { while connections.join_next().await.is_some() {} };
    let _late = tokio::time::timeout(DRAIN, ended).await;
    Ok(())
}

async fn serve(stream: TcpStream, peer: SocketAddr) {
    if let Err(error) = echo(stream).await {
        eprintln!("{peer}: {error}");
    }
}

/// Sends all whole frames back as they are, lengths and all.
async fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ);
        if stream.read_buf(&mut buffer).await? == 0 {
            return match buffer.is_empty() {
                true => Ok(()),
                false => Err(io::Error::other("the connection ended within a frame")),
            };
        }
        let whole = whole_frames(&buffer)?;
        stream.write_all(&buffer[..whole]).await?;
        buffer.advance(whole);
        if buffer.is_empty() && buffer.capacity() > 2 * READ {
            // A large frame is over: its memory goes.
            buffer = BytesMut::new();
        }
    }
}

/// Returns how many bytes at the front are whole frames.
fn whole_frames(buffer: &[u8]) -> io::Result<usize> {
    let mut whole = 0;
    while let Some(length) = buffer[whole..].first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAXIMUM_FRAME {
            let text = format!("a frame of {length} bytes is above the limit of {MAXIMUM_FRAME}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        match whole + 4 + length {
            end if end <= buffer.len() => whole = end,
            _ => break,
        }
    }
    Ok(whole)
}
