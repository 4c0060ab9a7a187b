//! Which queues stand behind ours, and how messages reach them.

use lapin::{
    Channel,
    options::{QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, LongString, ShortString},
};

use super::AmqpOptions;

/// The exchange that every broker has for topics.
const TOPICS: &str = "amq.topic";

/// The exchange that takes a message to the queue of its routing key.
const QUEUES: &str = "";

/// Where a message is sent.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) exchange: ShortString,
    pub(super) key: ShortString,
    /// Whether a message that no queue takes comes back: a topic without subscribers is no fault.
    pub(super) mandatory: bool,
}

impl Route {
    pub(super) fn topic(name: &str) -> Self {
        Self {
            exchange: TOPICS.into(),
            key: short(name),
            mandatory: false,
        }
    }

    pub(super) fn queue(name: &str) -> Self {
        Self {
            exchange: QUEUES.into(),
            key: short(name),
            mandatory: true,
        }
    }
}

/// Names have at most 255 bytes; a longer one is cut as the broker would refuse it.
fn short(text: &str) -> ShortString {
    let end = text.floor_char_boundary(usize::from(u8::MAX));
    ShortString::try_new(&text[..end]).unwrap_or_default()
}

/// A quorum queue: it survives the broker, and counts the deliveries of each message.
#[derive(Clone, Debug)]
pub(super) struct WorkQueue {
    pub(super) name: ShortString,
    dead: Option<ShortString>,
    topic: Option<ShortString>,
    arguments: FieldTable,
}

impl WorkQueue {
    pub(super) fn of_jobs(name: &str, options: &AmqpOptions) -> Self {
        let dead = short(&format!("{name}.dead"));
        Self {
            name: short(name),
            arguments: work_arguments(&dead, options),
            dead: Some(dead),
            topic: None,
        }
    }

    pub(super) fn of_subscription(topic: &str, name: &str, options: &AmqpOptions) -> Self {
        let queue = Self::of_jobs(&format!("{topic}.{name}"), options);
        let topic = Some(short(topic));
        Self { topic, ..queue }
    }

    /// Dead letters have no limit and no dead letters of their own.
    pub(super) fn of_dead_letters(name: &str) -> Self {
        Self {
            name: short(&format!("{name}.dead")),
            dead: None,
            topic: None,
            arguments: quorum(),
        }
    }

    /// Makes what is not there; the dead letters first, so that none is lost.
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), lapin::Error> {
        if let Some(dead) = &self.dead {
            declare_durable(channel, dead, quorum()).await?;
        }
        declare_durable(channel, &self.name, self.arguments.clone()).await?;
        if let Some(topic) = &self.topic {
            bind(channel, &self.name, topic).await?;
        }
        Ok(())
    }
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

fn work_arguments(dead: &ShortString, options: &AmqpOptions) -> FieldTable {
    let mut arguments = quorum();
    // The broker counts how often a message came back: the first delivery is none of these.
    let returns = i64::from(options.delivery_limit) - 1;
    arguments.insert("x-delivery-limit".into(), returns.into());
    arguments.insert("x-max-length".into(), i64::from(options.capacity).into());
    // A full queue refuses, so that who sends waits; nothing that was taken is dropped.
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments.insert("x-dead-letter-exchange".into(), text(QUEUES));
    arguments.insert("x-dead-letter-routing-key".into(), text(dead.as_str()));
    // A message leaves its queue when the dead letters have confirmed it, not before.
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

async fn declare_durable(
    channel: &Channel,
    name: &ShortString,
    arguments: FieldTable,
) -> Result<(), lapin::Error> {
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let declared = channel.queue_declare(name.clone(), options, arguments);
    declared.await.map(drop)
}

async fn bind(
    channel: &Channel,
    queue: &ShortString,
    topic: &ShortString,
) -> Result<(), lapin::Error> {
    let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
    let (queue, key) = (queue.clone(), topic.clone());
    channel
        .queue_bind(queue, TOPICS.into(), key, options, arguments)
        .await
}

/// Makes a queue for one subscriber: it is gone with the connection, and nobody else reads it.
pub(super) async fn subscribe(channel: &Channel, topic: &str) -> Result<ShortString, lapin::Error> {
    let options = QueueDeclareOptions {
        exclusive: true,
        auto_delete: true,
        ..QueueDeclareOptions::default()
    };
    let named_by_broker = ShortString::default();
    let declared = channel.queue_declare(named_by_broker, options, FieldTable::default());
    let queue = declared.await?.name().clone();
    bind(channel, &queue, &short(topic)).await?;
    Ok(queue)
}
