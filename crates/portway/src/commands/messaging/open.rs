//! Opens the ends that a command wants.

use bytes::Bytes;
use portway_rpc::{
    Codec, FramedOptions, Raw, Target,
    pattern::{
        AtLeastOnce, AtMostOnce, Queue, ReceiveError, Topic,
        amqp::{Amqp, AmqpOptions},
        framed::{Hub, HubClient},
        nats::{JetStreamOptions, Nats},
    },
};

use super::{
    inlet::{DurablySubscribed, Inlet, Pulling, ReliablyPulling, Subscribed},
    outlet::{Outlet, publishing, pushing},
    served::{Audience, Served},
    target::{MessageTarget, Transport},
};
use crate::failure::{Advise as _, Advised};

/// The ends of one codec.
pub(super) type Opened<C> = (Box<dyn Outlet>, Option<Framed<C>>, Option<Nats>);

/// What a framed sender serves.
pub(super) struct Framed<C> {
    pub(super) served: Served,
    pub(super) audience: Audience<C>,
}

/// Where no connection is made.
const BROKER_HINT: &str =
    "look whether the broker runs, and whether user, password and rights are right";

/// Where one is there.
const REACHED_HINT: &str = "the broker is reached: look whether this user may do that, and whether \
                            a queue or topic of this name has other settings";

pub(super) async fn publisher<C: Codec<Bytes>>(
    target: &MessageTarget,
    durable: bool,
) -> Result<Opened<C>, Advised> {
    let topic: Topic<Bytes, C> = Topic::named(target.name.as_str());
    let failed = format_args!("cannot publish to {target}").to_string();
    Ok(match (&target.transport, durable) {
        (Transport::Nats(server), false) => {
            let nats = nats(server).await?;
            let outlet = publishing::<_, AtMostOnce>(nats.publisher(&topic));
            (Box::new(outlet), None, Some(nats))
        }
        (Transport::Nats(server), true) => {
            let stream = nats(server).await?.jetstream();
            let publisher = stream.publisher(&topic, &JetStreamOptions::default()).await;
            let outlet = publishing::<_, AtLeastOnce>(publisher.advise(failed, REACHED_HINT)?);
            (Box::new(outlet), None, None)
        }
        // Even a topic that promises nothing is confirmed: then the command knows when to end.
        (Transport::Amqp(server), _) => {
            let options = AmqpOptions::default();
            let publisher = amqp(server)
                .await?
                .reliable_publisher(&topic, &options)
                .await;
            let outlet = publishing::<_, AtLeastOnce>(publisher.advise(failed, REACHED_HINT)?);
            (Box::new(outlet), None, None)
        }
        (Transport::Framed(_), true) => return Err(not_framed("--durable")),
        (Transport::Framed(place), false) => {
            let hub = Hub::new();
            let publisher = hub.publisher(&topic);
            let outlet = publishing::<_, AtMostOnce>(publisher.clone());
            let audience = Audience::Topic(publisher);
            let served = Served::start(place, hub).await?;
            (Box::new(outlet), Some(Framed { served, audience }), None)
        }
    })
}

pub(super) async fn push<C: Codec<Bytes>>(
    target: &MessageTarget,
    at_most_once: bool,
) -> Result<Opened<C>, Advised> {
    let queue: Queue<Bytes, C> = Queue::named(target.name.as_str());
    let failed = format_args!("cannot push to {target}").to_string();
    Ok(match (&target.transport, at_most_once) {
        (Transport::Nats(server), true) => {
            let nats = nats(server).await?;
            let outlet = pushing::<_, AtMostOnce>(nats.push(&queue));
            (Box::new(outlet), None, Some(nats))
        }
        (Transport::Nats(server), false) => {
            let stream = nats(server).await?.jetstream();
            let push = stream.push(&queue, &JetStreamOptions::default()).await;
            let outlet = pushing::<_, AtLeastOnce>(push.advise(failed, REACHED_HINT)?);
            (Box::new(outlet), None, None)
        }
        (Transport::Amqp(_), true) => return Err(not_amqp()),
        (Transport::Amqp(server), false) => {
            let push = amqp(server)
                .await?
                .push(&queue, &AmqpOptions::default())
                .await;
            let outlet = pushing::<_, AtLeastOnce>(push.advise(failed, REACHED_HINT)?);
            (Box::new(outlet), None, None)
        }
        (Transport::Framed(place), _) => {
            let hub = Hub::new();
            let push = hub.push(&queue);
            let outlet = pushing::<_, AtMostOnce>(push.clone());
            let audience = Audience::Queue(push);
            let served = Served::start(place, hub).await?;
            (Box::new(outlet), Some(Framed { served, audience }), None)
        }
    })
}

/// Takes bodies as they are, whatever their senders call them.
pub(super) async fn subscriber(
    target: &MessageTarget,
    durable: Option<&str>,
) -> Result<Box<dyn Inlet>, Advised> {
    let topic: Topic<Bytes, Raw> = Topic::named(target.name.as_str());
    let opened: Result<Box<dyn Inlet>, ReceiveError> = match (&target.transport, durable) {
        (Transport::Nats(server), None) => {
            let subscriber = nats(server).await?.subscriber(&topic).await;
            subscriber.map(|found| Box::new(Subscribed(found)) as _)
        }
        (Transport::Nats(server), Some(name)) => {
            let (stream, options) = (nats(server).await?.jetstream(), JetStreamOptions::default());
            let subscriber = stream.subscriber(&topic, name, &options).await;
            subscriber.map(|found| Box::new(DurablySubscribed(found)) as _)
        }
        (Transport::Amqp(server), None) => {
            let subscriber = amqp(server).await?.subscriber(&topic).await;
            subscriber.map(|found| Box::new(Subscribed(found)) as _)
        }
        (Transport::Amqp(server), Some(name)) => {
            let (amqp, options) = (amqp(server).await?, AmqpOptions::default());
            let subscriber = amqp.durable_subscriber(&topic, name, &options).await;
            subscriber.map(|found| Box::new(DurablySubscribed(found)) as _)
        }
        (Transport::Framed(_), Some(_)) => return Err(not_framed("--durable")),
        (Transport::Framed(place), None) => {
            let subscriber = hub(place).await?.subscriber(&topic).await;
            subscriber.map(|found| Box::new(Subscribed(found)) as _)
        }
    };
    opened.advise(format_args!("cannot subscribe to {target}"), REACHED_HINT)
}

/// Takes bodies as they are, whatever their senders call them.
pub(super) async fn pull(
    target: &MessageTarget,
    at_most_once: bool,
    dead: bool,
) -> Result<Box<dyn Inlet>, Advised> {
    let queue: Queue<Bytes, Raw> = Queue::named(target.name.as_str());
    let opened: Result<Box<dyn Inlet>, ReceiveError> = match (&target.transport, at_most_once) {
        (Transport::Nats(server), true) => {
            let pull = nats(server).await?.pull(&queue).await;
            pull.map(|found| Box::new(Pulling(found)) as _)
        }
        (Transport::Nats(server), false) => {
            let (stream, options) = (nats(server).await?.jetstream(), JetStreamOptions::default());
            let pull = if dead {
                stream.dead_letters(&queue, &options).await
            } else {
                stream.pull(&queue, &options).await
            };
            pull.map(|found| Box::new(ReliablyPulling(found)) as _)
        }
        (Transport::Amqp(_), true) => return Err(not_amqp()),
        (Transport::Amqp(server), false) => {
            let (amqp, options) = (amqp(server).await?, AmqpOptions::default());
            let pull = if dead {
                amqp.dead_letters(&queue, &options).await
            } else {
                amqp.pull(&queue, &options).await
            };
            pull.map(|found| Box::new(ReliablyPulling(found)) as _)
        }
        (Transport::Framed(_), _) if dead => return Err(not_framed("--dead")),
        (Transport::Framed(place), _) => {
            let pull = hub(place).await?.pull(&queue).await;
            pull.map(|found| Box::new(Pulling(found)) as _)
        }
    };
    opened.advise(format_args!("cannot pull from {target}"), REACHED_HINT)
}

async fn nats(server: &str) -> Result<Nats, Advised> {
    let connected = Nats::connect(server).await;
    connected.advise("cannot use NATS", BROKER_HINT)
}

async fn amqp(server: &str) -> Result<Amqp, Advised> {
    let connected = Amqp::connect(server).await;
    connected.advise("cannot use RabbitMQ", BROKER_HINT)
}

async fn hub(place: &Target) -> Result<HubClient, Advised> {
    let connected = HubClient::connect(place.clone(), FramedOptions::new()).await;
    connected.advise(
        format_args!("cannot reach {place}"),
        "start `portway pub` or `portway push` with this target first: it serves it",
    )
}

fn not_framed(option: &str) -> Advised {
    Advised::wrong_use(
        format_args!("{option} needs a broker, and a framed target has none"),
        "use a nats:// or amqp:// target",
    )
}

fn not_amqp() -> Advised {
    Advised::wrong_use(
        "queues of RabbitMQ are at least once here",
        "leave --at-most-once out, or use a nats:// target",
    )
}
