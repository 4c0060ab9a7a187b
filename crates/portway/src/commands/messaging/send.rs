//! `portway pub` and `portway push`.

use std::sync::Arc;

use bytes::Bytes;
use clap::Args;
use portway_rpc::{
    Codec, Raw,
    pattern::{Message, SendError},
};
use tokio::task::JoinSet;

use super::{
    body::{Bodies, JsonText},
    open::{self, Framed, Opened},
    outlet::Outlet,
    tally::Tally,
    target::MessageTarget,
};
use crate::{
    arguments::ServiceArguments,
    failure::{Advise as _, Advised},
    metrics::Metrics,
    ready::{Ready, ReadyKey},
    shutdown::Shutdown,
};

/// Messages that wait for the word of a broker at once.
const IN_FLIGHT: usize = 256;

const PUB_EXAMPLES: &str = "\
Examples:
  # One message to everybody who is subscribed now
  portway pub nats://127.0.0.1/orders.placed 'number 7'

  # Each line a message; a broker keeps them for durable subscriptions
  tail -F log.jsonl | portway pub amqp://127.0.0.1/log --durable --json

  # Without a broker: serves subscribers itself, and waits for the first
  seq 1000 | portway pub framed://127.0.0.1:7000/numbers";

const PUSH_EXAMPLES: &str = "\
Examples:
  # Jobs for workers, kept by the broker until they are acknowledged
  ls *.png | portway push nats://127.0.0.1/pictures

  # Without a broker: ends when workers have taken all jobs
  ls *.png | portway push unix:/tmp/jobs.sock#pictures";

/// Publish messages to everybody who is subscribed
///
/// Sends the given bodies, or else each line of standard input. A nats:// target is a subject, an
/// amqp:// target a routing key of the exchange amq.topic; a framed:// or unix: target is served by
/// this command to `portway sub`.
#[derive(Args, Clone, Debug)]
#[command(after_help = PUB_EXAMPLES)]
pub(crate) struct PubArguments {
    /// Where to: `nats://HOST[:PORT]/SUBJECT`, `amqp://HOST[:PORT]/[VHOST/]KEY`, framed://HOST:PORT/NAME, unix:PATH#NAME
    #[arg(value_name = "TARGET")]
    pub(crate) target: MessageTarget,

    /// The messages; without any, each line of standard input is one
    #[arg(value_name = "BODY")]
    pub(crate) bodies: Vec<String>,

    /// Wait each time until the broker keeps the message for all durable subscriptions
    #[arg(long)]
    pub(crate) durable: bool,

    /// Of a framed target: begin when so many subscribers are connected
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) subscribers: usize,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// Push jobs, each to one worker
///
/// Sends the given bodies, or else each line of standard input. At a broker they are kept until a
/// worker has acknowledged them (NATS: JetStream; RabbitMQ: a quorum queue); a framed:// or unix:
/// target is served by this command to `portway pull`.
#[derive(Args, Clone, Debug)]
#[command(after_help = PUSH_EXAMPLES)]
pub(crate) struct PushArguments {
    /// Where to: `nats://HOST[:PORT]/SUBJECT`, `amqp://HOST[:PORT]/[VHOST/]QUEUE`, framed://HOST:PORT/NAME, unix:PATH#NAME
    #[arg(value_name = "TARGET")]
    pub(crate) target: MessageTarget,

    /// The jobs; without any, each line of standard input is one
    #[arg(value_name = "BODY")]
    pub(crate) bodies: Vec<String>,

    /// Of a nats:// target: to a queue group of the core, which keeps nothing
    #[arg(long)]
    pub(crate) at_most_once: bool,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// What both commands do with what they opened.
struct Work<C> {
    target: MessageTarget,
    opened: Opened<C>,
    bodies: Vec<String>,
    subscribers: usize,
    service: ServiceArguments,
}

/// Publishes until the bodies end, or a signal ends it.
///
/// # Errors
///
/// Whatever keeps a message from being taken on.
pub(crate) async fn run_pub(arguments: PubArguments) -> anyhow::Result<()> {
    if arguments.service.json {
        publish::<JsonText>(arguments).await
    } else {
        publish::<Raw>(arguments).await
    }
}

/// Pushes until the bodies end, or a signal ends it.
///
/// # Errors
///
/// Whatever keeps a job from being taken on.
pub(crate) async fn run_push(arguments: PushArguments) -> anyhow::Result<()> {
    if arguments.service.json {
        push::<JsonText>(arguments).await
    } else {
        push::<Raw>(arguments).await
    }
}

async fn publish<C: Codec<Bytes>>(arguments: PubArguments) -> anyhow::Result<()> {
    let opened = open::publisher::<C>(&arguments.target, arguments.durable).await?;
    let work = Work {
        target: arguments.target,
        opened,
        bodies: arguments.bodies,
        subscribers: arguments.subscribers,
        service: arguments.service,
    };
    work.run().await
}

async fn push<C: Codec<Bytes>>(arguments: PushArguments) -> anyhow::Result<()> {
    let opened = open::push::<C>(&arguments.target, arguments.at_most_once).await?;
    let work = Work {
        target: arguments.target,
        opened,
        bodies: arguments.bodies,
        subscribers: 0,
        service: arguments.service,
    };
    work.run().await
}

impl<C: Codec<Bytes>> Work<C> {
    async fn run(self) -> anyhow::Result<()> {
        let mut shutdown = Shutdown::listen()?;
        let (outlet, framed, nats) = self.opened;
        let (outlet, tally): (Arc<dyn Outlet>, _) = (outlet.into(), Tally::new());
        let mut metrics = Metrics::new();
        tally.register(&mut metrics);
        let metrics = metrics.serve(self.service.metrics).await?;
        if let Some(framed) = &framed {
            let ready = Ready::default().with(ReadyKey::Listen, &framed.served.address);
            let ready = ready.with(ReadyKey::Metrics, metrics.address());
            ready.announce(&self.service)?;
        }
        let bodies = Bodies::new(self.bodies);
        let sending = send_all(&outlet, framed.as_ref(), self.subscribers, bodies, &tally);
        let sent = tokio::select! {
            sent = sending => sent,
            () = shutdown.requested() => Ok(()),
        };
        if let Some(nats) = nats {
            nats.flush().await?;
        }
        if let Some(framed) = framed {
            framed.served.finish().await;
        }
        tally.tell(self.service.json)?;
        let target = &self.target;
        Ok(sent.map_err(|error| error.explain(target))?)
    }
}

/// Why not everything was sent.
enum Unsent {
    Input(Advised),
    Message(SendError),
}

impl Unsent {
    fn explain(self, target: &MessageTarget) -> Advised {
        match self {
            Self::Input(error) => error,
            Self::Message(error) => advise_send(error, target),
        }
    }
}

fn advise_send(error: SendError, target: &MessageTarget) -> Advised {
    let failed: Result<(), _> = Err(error);
    let hint = "what was counted before has been taken on; send the rest again";
    match failed.advise(format_args!("a message was not sent to {target}"), hint) {
        Err(advised) => advised,
        Ok(()) => unreachable!("it is an error"),
    }
}

async fn send_all<C>(
    outlet: &Arc<dyn Outlet>,
    framed: Option<&Framed<C>>,
    subscribers: usize,
    mut bodies: Bodies,
    tally: &Tally,
) -> Result<(), Unsent> {
    if let Some(framed) = framed {
        framed.audience.gathered(subscribers).await;
    }
    let mut flights = JoinSet::new();
    while let Some(body) = bodies.next().await.map_err(Unsent::Input)? {
        if flights.len() >= IN_FLIGHT {
            land(&mut flights).await?;
        }
        let (outlet, tally, size) = (Arc::clone(outlet), tally.clone(), body.len());
        flights.spawn(async move {
            outlet.send(Message::new(body)).await?;
            tally.message(size);
            Ok(())
        });
    }
    while !flights.is_empty() {
        land(&mut flights).await?;
    }
    if let Some(framed) = framed {
        framed.audience.served().await;
    }
    Ok(())
}

/// Waits for one message that is on its way.
async fn land(flights: &mut JoinSet<Result<(), SendError>>) -> Result<(), Unsent> {
    match flights.join_next().await {
        Some(Ok(sent)) => sent.map_err(Unsent::Message),
        // A task that panicked has said so; nothing else ends one.
        Some(Err(_)) => Err(Unsent::Message(SendError::Closed)),
        None => Ok(()),
    }
}
