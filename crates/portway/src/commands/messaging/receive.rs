//! `portway sub` and `portway pull`.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clap::Args;
use portway_rpc::{
    Metadata,
    pattern::{Message, Missed, ReceiveError},
};
use serde_json::{Map, Value, json};

use super::{
    inlet::{Arrival, Inlet},
    open,
    tally::Tally,
    target::MessageTarget,
};
use crate::{
    arguments::ServiceArguments,
    failure::{Advise as _, Advised},
    metrics::Metrics,
    output,
    ready::{Ready, ReadyKey},
    shutdown::Shutdown,
};

const SUB_EXAMPLES: &str = "\
Examples:
  # Everything that is published from now on, a message a line
  portway sub nats://127.0.0.1/orders.placed

  # Also what is published while this command does not run
  portway sub amqp://127.0.0.1/orders.placed --durable billing

  # The next ten messages as JSON, or exit code 1 after a minute
  portway sub framed://127.0.0.1:7000/numbers --json --count 10 --timeout 60";

const PULL_EXAMPLES: &str = "\
Examples:
  # Takes jobs, a line each, and acknowledges each when it is written
  portway pull nats://127.0.0.1/pictures | xargs -n 1 shrink

  # What nobody could work on
  portway pull amqp://127.0.0.1/pictures --dead --count 1";

/// Receive what is published
///
/// Writes each message as a line, or with --json as an object that has the body and the metadata. What is missed is told on stderr, or as an object. The ready line comes when
/// nothing that is published can be missed any more. Runs until SIGTERM or SIGINT.
#[derive(Args, Clone, Debug)]
#[command(after_help = SUB_EXAMPLES)]
pub(crate) struct SubArguments {
    /// Where from: `nats://HOST[:PORT]/SUBJECT`, `amqp://HOST[:PORT]/[VHOST/]KEY`, framed://HOST:PORT/NAME, unix:PATH#NAME
    #[arg(value_name = "TARGET")]
    pub(crate) target: MessageTarget,

    /// Subscribe under this name: the broker keeps messages until they are acknowledged, for ever
    #[arg(long, value_name = "NAME")]
    pub(crate) durable: Option<String>,

    #[command(flatten)]
    pub(crate) bounds: Bounds,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// Receive jobs as a worker
///
/// Writes each job as a line, or with --json as an object, and acknowledges it then. The ready line
/// comes when this worker takes part. Runs until SIGTERM or SIGINT.
#[derive(Args, Clone, Debug)]
#[command(after_help = PULL_EXAMPLES)]
pub(crate) struct PullArguments {
    /// Where from: `nats://HOST[:PORT]/SUBJECT`, `amqp://HOST[:PORT]/[VHOST/]QUEUE`, framed://HOST:PORT/NAME, unix:PATH#NAME
    #[arg(value_name = "TARGET")]
    pub(crate) target: MessageTarget,

    /// Of a nats:// target: from a queue group of the core, which keeps nothing
    #[arg(long, conflicts_with = "dead")]
    pub(crate) at_most_once: bool,

    /// Take the dead letters of the queue: jobs that were given up
    #[arg(long)]
    pub(crate) dead: bool,

    #[command(flatten)]
    pub(crate) bounds: Bounds,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// When to end.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// End after so many messages
    #[arg(long, value_name = "COUNT")]
    pub(crate) count: Option<u64>,

    /// End after so many seconds; with --count that is a failure
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,
}

/// Subscribes until a signal or a bound ends it.
///
/// # Errors
///
/// Whatever keeps it from receiving.
pub(crate) async fn run_sub(arguments: SubArguments) -> anyhow::Result<()> {
    let (target, durable) = (&arguments.target, arguments.durable.as_deref());
    let inlet = open::subscriber(target, durable).await?;
    receive(inlet, target, arguments.bounds, &arguments.service).await
}

/// Pulls until a signal or a bound ends it.
///
/// # Errors
///
/// Whatever keeps it from receiving.
pub(crate) async fn run_pull(arguments: PullArguments) -> anyhow::Result<()> {
    let (target, dead) = (&arguments.target, arguments.dead);
    let inlet = open::pull(target, arguments.at_most_once, dead).await?;
    receive(inlet, target, arguments.bounds, &arguments.service).await
}

async fn receive(
    mut inlet: Box<dyn Inlet>,
    target: &MessageTarget,
    bounds: Bounds,
    service: &ServiceArguments,
) -> anyhow::Result<()> {
    let (mut shutdown, tally) = (Shutdown::listen()?, Tally::new());
    let mut metrics = Metrics::new();
    tally.register(&mut metrics);
    let metrics = metrics.serve(service.metrics).await?;
    let ready = Ready::default().with(ReadyKey::Target, target);
    ready
        .with(ReadyKey::Metrics, metrics.address())
        .announce(service)?;
    let receiving = receive_all(inlet.as_mut(), bounds.count, service.json, &tally);
    let result = tokio::select! {
        result = receiving => result,
        () = shutdown.requested() => Ok(()),
        () = over(bounds.timeout) => end_of_time(bounds, &tally),
    };
    tally.tell(service.json)?;
    result
}

async fn over(timeout: Option<u64>) {
    match timeout {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        None => std::future::pending().await,
    }
}

fn end_of_time(bounds: Bounds, tally: &Tally) -> anyhow::Result<()> {
    let Some(count) = bounds.count else {
        return Ok(());
    };
    let came = tally.messages();
    let failed = format_args!("{came} of {count} messages came in time").to_string();
    Err(Advised::failed(failed, "give it more time with --timeout SECONDS").into())
}

async fn receive_all(
    inlet: &mut dyn Inlet,
    count: Option<u64>,
    json: bool,
    tally: &Tally,
) -> anyhow::Result<()> {
    while count.is_none_or(|count| tally.messages() < count) {
        match inlet.next().await {
            Ok(arrival) => take(arrival, json, tally).await?,
            Err(ReceiveError::Closed) => break,
            Err(error @ ReceiveError::Malformed { .. }) => {
                tally.malformed();
                output::remark(&error.to_string());
            }
            Err(error) => {
                let failed: Result<(), _> = Err(error);
                failed.advise("cannot receive", "look whether the other side still runs")?;
            }
        }
    }
    Ok(())
}

/// A delivery is acknowledged when it is written: who reads it has it then.
async fn take(arrival: Arrival, json: bool, tally: &Tally) -> anyhow::Result<()> {
    match arrival {
        Arrival::Message(message) => write(&message, None, json, tally),
        Arrival::Delivery(message, attempt, acknowledgement) => {
            write(&message, Some(attempt), json, tally)?;
            if let Err(error) = acknowledgement.ack().await {
                output::remark(&error.to_string());
            }
            Ok(())
        }
        Arrival::Missed(missed) => tell_missed(missed, json, tally),
    }
}

fn write(
    message: &Message<Bytes>,
    attempt: Option<u32>,
    json: bool,
    tally: &Tally,
) -> anyhow::Result<()> {
    if json {
        output::print_json(&message_event(message, attempt))?;
    } else {
        output::print(&[&message.body, b"\n".as_slice()].concat())?;
    }
    tally.message(message.body.len());
    Ok(())
}

/// Whoever sent a message need not know that this side wants to show it as JSON: a body that is none is
/// a string, and one that is no text either stands as base64 in a field of its own.
fn message_event(message: &Message<Bytes>, attempt: Option<u32>) -> Value {
    let metadata = metadata(&message.metadata);
    let mut event = json!({ "event": "message", "metadata": metadata, "attempt": attempt });
    match std::str::from_utf8(&message.body) {
        Ok(text) => event["body"] = serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        Err(_) => event["base64"] = STANDARD.encode(&message.body).into(),
    }
    event
}

/// Binary metadata are left out.
fn metadata(metadata: &Metadata) -> Map<String, Value> {
    let names = metadata.iter().map(|(name, _)| name);
    let texts = names.filter_map(|name| Some((name.to_owned(), metadata.text(name)?.into())));
    texts.collect()
}

fn tell_missed(missed: Missed, json: bool, tally: &Tally) -> anyhow::Result<()> {
    let count = match missed {
        Missed::Counted(count) => Some(count),
        _ => None,
    };
    match count {
        Some(count) => tally.missed(count),
        None => tally.interrupted(),
    }
    if json {
        return output::print_json(&json!({ "event": "missed", "count": count }));
    }
    output::remark(&missed.to_string());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_no_json_are_shown_all_the_same() {
        let event = |body: &'static [u8]| message_event(&Message::new(body.into()), Some(2));
        assert_eq!(event(br#"{"a":1}"#)["body"]["a"], 1);
        assert_eq!(event(b"order 7")["body"], "order 7");
        assert_eq!(event(b"")["body"], "");
        let bytes = event(b"\xff\x00");
        assert_eq!(
            (&bytes["base64"], bytes.get("body")),
            (&"/wA=".into(), None)
        );
        assert_eq!(bytes["attempt"], 2);
    }
}
