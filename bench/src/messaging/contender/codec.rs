//! tokio-util's `LengthDelimitedCodec`: as it is usually written, and written with care.

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, SinkExt, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use crate::messaging::load::{Load, Progress, Sample, sides};

type Frames = Framed<TcpStream, LengthDelimitedCodec>;

fn framed(stream: TcpStream) -> anyhow::Result<Frames> {
    stream.set_nodelay(true)?;
    Ok(Framed::new(stream, LengthDelimitedCodec::new()))
}

async fn accept(listener: TcpListener) -> anyhow::Result<Frames> {
    framed(listener.accept().await?.0)
}

/// Receives one, sends one.
pub(crate) fn as_usual(load: Load) -> anyhow::Result<Sample> {
    sides(
        load,
        |listener| async move {
            let mut frames = accept(listener).await?;
            while let Some(frame) = frames.next().await {
                frames.send(frame?.freeze()).await?;
            }
            Ok(())
        },
        move |address, progress: Progress| async move {
            let mut frames = framed(TcpStream::connect(address).await?)?;
            let message = Bytes::from(vec![1; load.size]);
            for _ in 0..load.depth {
                frames.send(message.clone()).await?;
            }
            while !progress.is_over() {
                frames.next().await.context("the server ended")??;
                progress.add(1);
                frames.send(message.clone()).await?;
            }
            Ok(())
        },
    )
}

/// Receives all that is there, sends as many, flushes once.
pub(crate) fn drained(load: Load) -> anyhow::Result<Sample> {
    sides(
        load,
        |listener| async move {
            let mut frames = accept(listener).await?;
            let mut batch = Vec::new();
            while drain(&mut frames, &mut batch).await? {
                for frame in batch.drain(..) {
                    frames.feed(frame.freeze()).await?;
                }
                flush(&mut frames).await?;
            }
            Ok(())
        },
        move |address, progress: Progress| async move {
            let mut frames = framed(TcpStream::connect(address).await?)?;
            let message = Bytes::from(vec![1; load.size]);
            for _ in 0..load.depth {
                frames.feed(message.clone()).await?;
            }
            flush(&mut frames).await?;
            let mut batch = Vec::new();
            while !progress.is_over() && drain(&mut frames, &mut batch).await? {
                progress.add(batch.len() as u64);
                for _ in batch.drain(..) {
                    frames.feed(message.clone()).await?;
                }
                flush(&mut frames).await?;
            }
            Ok(())
        },
    )
}

async fn flush(frames: &mut Frames) -> anyhow::Result<()> {
    Ok(SinkExt::<Bytes>::flush(frames).await?)
}

/// Waits for a frame and takes all that came with it; tells whether there are any.
async fn drain(frames: &mut Frames, batch: &mut Vec<BytesMut>) -> anyhow::Result<bool> {
    let Some(first) = frames.next().await else {
        return Ok(false);
    };
    batch.push(first?);
    while let Some(Some(frame)) = frames.next().now_or_never() {
        batch.push(frame?);
    }
    Ok(true)
}

/// Feeds without waiting for a flush; the receiver counts.
pub(crate) fn one_way(load: Load) -> anyhow::Result<Sample> {
    sides(
        load,
        move |listener| async move {
            let mut frames = accept(listener).await?;
            let message = Bytes::from(vec![1; load.size]);
            loop {
                if frames.feed(message.clone()).await.is_err() {
                    return Ok(());
                }
            }
        },
        |address, progress: Progress| async move {
            let mut frames = framed(TcpStream::connect(address).await?)?;
            let mut batch = Vec::new();
            while !progress.is_over() && drain(&mut frames, &mut batch).await? {
                progress.add(batch.len() as u64);
                batch.clear();
            }
            Ok(())
        },
    )
}
