//! Publish-subscribe: a publisher that does not wait, and subscribers that count.

use std::{
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bytes::Bytes;
use portway_rpc::{
    FramedListener, FramedOptions, Raw, Server, Target,
    pattern::{
        AtMostOnce, Missed, Publisher as _, ReceiveError, Received, Subscriber, Topic,
        framed::{Hub, HubClient},
        nats::Nats,
    },
};

use super::{
    MESSAGE, Measured,
    side::{Begin, joined, side},
};

const TOPIC: Topic<Bytes, Raw> = Topic::new("topic");

/// A subscriber of NATS that hears nothing for so long has got all that it will get.
const SILENCE: Duration = Duration::from_secs(1);

/// A hub and its subscribers, each with a connection of its own.
pub(super) fn hub(messages: u64, subscribers: usize) -> anyhow::Result<Measured> {
    let (tell, address) = mpsc::channel();
    let (start, started) = tokio::sync::oneshot::channel::<()>();
    let publisher = side(move || async move {
        let hub = Hub::new();
        let publisher = hub.publisher(&TOPIC);
        let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new()).await?;
        tell.send(listener.address().context("it is TCP")?)?;
        let server = Server::builder().service(hub.clone()).listen(listener);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
        started.await?;
        let message = Bytes::from(vec![7; MESSAGE]);
        for _ in 0..messages {
            publisher.publish(message.clone()).await?;
        }
        hub.close();
        drop(stop);
        Ok(server.await??)
    });
    let target = Target::Tcp(address.recv()?.to_string());
    let receiver = side(move || async move {
        let mut all = Vec::new();
        for _ in 0..subscribers {
            let client = HubClient::connect(target.clone(), FramedOptions::new()).await?;
            all.push(client.subscriber(&TOPIC).await?);
        }
        let begin = Begin::now();
        start
            .send(())
            .map_err(|()| anyhow::anyhow!("the publisher is gone"))?;
        let counted = count_all(all, messages).await?;
        Ok(measured(begin, counted, messages * subscribers as u64))
    });
    let measured = joined(receiver)?;
    joined(publisher)?;
    Ok(measured)
}

/// A NATS server by our client, where it is installed; its subscribers have a connection each too.
pub(super) fn nats(messages: u64, subscribers: usize) -> anyhow::Result<Option<Measured>> {
    let Some(server) = NatsServer::start()? else {
        return Ok(None);
    };
    let address = server.address.clone();
    let (start, started) = tokio::sync::oneshot::channel::<()>();
    let publisher = side(move || async move {
        let nats = Nats::connect(&address).await?;
        let publisher = nats.publisher(&TOPIC);
        started.await?;
        let message = Bytes::from(vec![7; MESSAGE]);
        for _ in 0..messages {
            publisher.publish(message.clone()).await?;
        }
        Ok(nats.flush().await?)
    });
    let address = server.address.clone();
    let receiver = side(move || async move {
        let mut all = Vec::new();
        for _ in 0..subscribers {
            all.push(Nats::connect(&address).await?.subscriber(&TOPIC).await?);
        }
        let begin = Begin::now();
        start
            .send(())
            .map_err(|()| anyhow::anyhow!("the publisher is gone"))?;
        let counted = count_all(all, messages).await?;
        Ok(measured(begin, counted, messages * subscribers as u64))
    });
    let measured = joined(receiver)?;
    joined(publisher)?;
    Ok(Some(measured))
}

/// What subscribers got, were told that they missed, and for how long the last one waited in vain.
#[derive(Clone, Copy, Default)]
struct Counted {
    delivered: u64,
    told: u64,
    silence: Duration,
}

async fn count_all<S>(all: Vec<S>, messages: u64) -> anyhow::Result<Counted>
where
    S: Subscriber<Bytes, AtMostOnce> + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    for subscriber in all {
        tasks.spawn(count(subscriber, messages));
    }
    let mut sum = Counted::default();
    while let Some(counted) = tasks.join_next().await {
        let counted = counted??;
        sum.delivered += counted.delivered;
        sum.told += counted.told;
        sum.silence = sum.silence.max(counted.silence);
    }
    Ok(sum)
}

async fn count<S>(mut subscriber: S, messages: u64) -> anyhow::Result<Counted>
where
    S: Subscriber<Bytes, AtMostOnce>,
{
    let mut counted = Counted::default();
    while counted.delivered + counted.told < messages {
        match tokio::time::timeout(SILENCE, subscriber.next()).await {
            Ok(Ok(Received::Message(_))) => counted.delivered += 1,
            Ok(Ok(Received::Missed(Missed::Counted(count)))) => counted.told += count,
            // Told, but nobody can say how much: it counts as lost.
            Ok(Ok(Received::Missed(_))) => {}
            Ok(Err(ReceiveError::Closed)) => break,
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                counted.silence = SILENCE;
                break;
            }
        }
    }
    Ok(counted)
}

fn measured(begin: Begin, counted: Counted, expected: u64) -> Measured {
    let (seconds, processor) = begin.elapsed();
    Measured {
        delivered: counted.delivered,
        told: counted.told,
        expected,
        // Waiting in vain at the end is no part of the work.
        seconds: seconds - counted.silence.as_secs_f64(),
        processor,
    }
}

struct NatsServer {
    child: Child,
    address: String,
}

impl NatsServer {
    fn start() -> anyhow::Result<Option<Self>> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        drop(listener);
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", &port.to_string()]);
        let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(child) = started else {
            return Ok(None);
        };
        let server = Self {
            child,
            address: format!("nats://127.0.0.1:{port}"),
        };
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            anyhow::ensure!(
                begin.elapsed() < super::side::LIMIT,
                "nats-server does not listen"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(server))
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
