//! `--events nats://...`: what becomes of peers and sessions, published to NATS. Nobody waits for the broker.

use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use portway_gateway::{EventHub, EventSubscription, Heard, fleet::GatewayId};
use portway_rpc::pattern::{
    Json, Notify as _, SendError, Topic,
    nats::{Nats, NatsPublisher},
};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{commands::event_json, metrics::Metrics};

/// What stands before the id of the gateway in a subject.
const SUBJECT: &str = "portway.events";
/// Between two attempts to reach a broker that was never reached; later the connection renews itself.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Where events go: `nats://[USER:PASSWORD@]HOST[:PORT]`, or `tls://`.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct EventsAddress(String);

/// The text is no address of a broker.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected nats://HOST[:PORT], or tls://HOST[:PORT]")]
pub(crate) struct EventsAddressError;

impl FromStr for EventsAddress {
    type Err = EventsAddressError;

    fn from_str(text: &str) -> Result<Self, EventsAddressError> {
        let host = ["nats://", "tls://"]
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let is_host = |host: &str| !host.is_empty() && !host.contains('/');
        match host.filter(|host| is_host(host)) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(EventsAddressError),
        }
    }
}

/// Without user and password: arguments are logged.
impl fmt::Debug for EventsAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self
            .0
            .rsplit_once('@')
            .map_or(self.0.as_str(), |(_, it)| it);
        formatter.debug_tuple("EventsAddress").field(&host).finish()
    }
}

/// Events on their way to a broker.
pub(super) struct EventExport {
    task: JoinHandle<()>,
}

#[derive(Default)]
struct EventCounters {
    published: AtomicU64,
    dropped: AtomicU64,
}

impl EventExport {
    /// Publishes what the gateway `gateway` tells at `hub`, until it is stopped.
    pub(super) fn start(
        address: &EventsAddress,
        gateway: &GatewayId,
        hub: &EventHub,
        metrics: &mut Metrics,
    ) -> Self {
        let counters = Arc::new(EventCounters::default());
        register(&counters, metrics);
        let (address, gateway) = (address.0.clone(), gateway.to_string());
        let events = hub.subscribe();
        let for_task = Arc::clone(&counters);
        let task = tokio::spawn(async move {
            let nats = connect(&address).await;
            let mut exporter = Exporter {
                nats,
                gateway,
                publishers: HashMap::new(),
                counters: for_task,
                untold: 0,
            };
            exporter.run(events).await;
        });
        Self { task }
    }

    pub(super) fn stop(&self) {
        self.task.abort();
    }
}

/// Registers what became of events.
fn register(counters: &Arc<EventCounters>, metrics: &mut Metrics) {
    let counters = Arc::clone(counters);
    metrics.counters(
        "events",
        "Events of peers and sessions, by what became of them",
        "outcome",
        move || {
            vec![
                ("published", counters.published.load(Ordering::Relaxed)),
                ("dropped", counters.dropped.load(Ordering::Relaxed)),
            ]
        },
    );
}

/// Reaches the broker at last. Until then the hub keeps what it can, and tells what it could not.
async fn connect(address: &str) -> Nats {
    let mut is_first = true;
    loop {
        match Nats::connect(address).await {
            Ok(nats) => return nats,
            Err(error) if is_first => {
                tracing::warn!(%error, "events are not published before the broker is there");
            }
            Err(error) => tracing::debug!(%error, "the broker is still away"),
        }
        is_first = false;
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

/// Publishes events one by one.
struct Exporter {
    nats: Nats,
    gateway: String,
    /// By the rest of the subject, of which there are few.
    publishers: HashMap<&'static str, NatsPublisher<Value, Json>>,
    counters: Arc<EventCounters>,
    /// Dropped events of which subscribers were not told yet.
    untold: u64,
}

impl Exporter {
    async fn run(&mut self, mut events: EventSubscription) {
        while let Some(heard) = events.next().await {
            match heard {
                Heard::Missed(count) => self.drop(count),
                Heard::Event(event) => {
                    self.tell_of_drops();
                    let change = event.to_change(&self.gateway);
                    if let Some((kind, body)) = event_json::event(&change, &self.gateway) {
                        self.publish_or_drop(kind, body);
                    }
                }
                _ => {}
            }
        }
    }

    fn publish_or_drop(&mut self, kind: &'static str, body: Value) {
        match self.publish(kind, body) {
            Ok(()) => {
                self.counters.published.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::debug!(%error, kind, "an event is dropped");
                self.drop(1);
            }
        }
    }

    /// Says how many events are missing, as soon as there is room to say it.
    fn tell_of_drops(&mut self) {
        if self.untold > 0 {
            let (kind, body) = event_json::lost(self.untold, &self.gateway);
            if self.publish(kind, body).is_ok() {
                self.untold = 0;
            }
        }
    }

    /// Hands an event to the connection, if that has room at once.
    fn publish(&mut self, kind: &'static str, body: Value) -> Result<(), SendError> {
        let Self { nats, gateway, .. } = self;
        let publisher = self.publishers.entry(kind).or_insert_with(|| {
            let topic: Topic<Value> = Topic::named(format!("{SUBJECT}.{gateway}.{kind}"));
            nats.publisher(&topic)
        });
        publisher.notify(body)
    }

    fn drop(&mut self, count: u64) {
        self.untold += count;
        self.counters.dropped.fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_nats_and_its_password_is_not_logged() {
        let address: EventsAddress = "nats://anna:secret@broker:4222".parse().unwrap();
        assert_eq!(format!("{address:?}"), "EventsAddress(\"broker:4222\")");
        for text in [
            "",
            "broker:4222",
            "nats://",
            "amqp://broker",
            "nats://broker/subject",
        ] {
            assert_eq!(
                text.parse::<EventsAddress>(),
                Err(EventsAddressError),
                "{text}"
            );
        }
    }
}
