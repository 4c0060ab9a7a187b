//! Push-pull: one connection, every message arrives.

use std::sync::mpsc;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt as _};
use portway_rpc::{
    FramedListener, FramedOptions, Raw, Server, Target,
    pattern::{
        Pull as _, Push as _, Queue,
        framed::{Hub, HubClient},
    },
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use super::{
    MESSAGE, Measured,
    side::{Begin, joined, side},
};

const JOBS: Queue<Bytes, Raw> = Queue::new("jobs");

/// `Framed` with the codec of tokio-util, fed and flushed once.
pub(super) fn codec(messages: u64) -> anyhow::Result<Measured> {
    let (tell, address) = mpsc::channel();
    let receiver = side(move || async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        tell.send(listener.local_addr()?)?;
        let mut frames = Framed::new(listener.accept().await?.0, LengthDelimitedCodec::new());
        let mut delivered = 0;
        while delivered < messages {
            frames.next().await.context("the stream ended")??;
            delivered += 1;
        }
        Ok(delivered)
    });
    let address = address.recv()?;
    let begin = Begin::now();
    let sender = side(move || async move {
        let stream = TcpStream::connect(address).await?;
        let mut frames = Framed::new(stream, LengthDelimitedCodec::new());
        let message = Bytes::from(vec![7; MESSAGE]);
        for _ in 0..messages {
            frames.feed(message.clone()).await?;
        }
        SinkExt::<Bytes>::flush(&mut frames).await?;
        Ok(())
    });
    let delivered = joined(receiver)?;
    let measured = measured(begin, delivered, messages);
    joined(sender)?;
    Ok(measured)
}

/// A hub and its worker.
pub(super) fn hub(messages: u64) -> anyhow::Result<Measured> {
    let (tell, address) = mpsc::channel();
    let (start, started) = tokio::sync::oneshot::channel::<()>();
    let sender = side(move || async move {
        let hub = Hub::new();
        let push = hub.push(&JOBS);
        let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new()).await?;
        tell.send(listener.address().context("it is TCP")?)?;
        let server = Server::builder().service(hub.clone()).listen(listener);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
        started.await?;
        let message = Bytes::from(vec![7; MESSAGE]);
        for _ in 0..messages {
            push.push(message.clone()).await?;
        }
        hub.close();
        drop(stop);
        Ok(server.await??)
    });
    let target = Target::Tcp(address.recv()?.to_string());
    let (tell, began) = mpsc::channel();
    let receiver = side(move || async move {
        let client = HubClient::connect(target, FramedOptions::new()).await?;
        let mut worker = client.pull(&JOBS).await?;
        tell.send(Begin::now())?;
        start
            .send(())
            .map_err(|()| anyhow::anyhow!("the sender is gone"))?;
        let mut delivered = 0;
        while delivered < messages {
            let job = worker.pull().await?;
            delivered += u64::from(job.into_message().is_some());
        }
        Ok(delivered)
    });
    let begin = began.recv()?;
    let delivered = joined(receiver)?;
    let measured = measured(begin, delivered, messages);
    joined(sender)?;
    Ok(measured)
}

fn measured(begin: Begin, delivered: u64, expected: u64) -> Measured {
    let (seconds, processor) = begin.elapsed();
    Measured {
        delivered,
        told: 0,
        expected,
        seconds,
        processor,
    }
}
