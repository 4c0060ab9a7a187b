//! What a long-running command tells about itself: `/metrics`, `/healthz` and `/readyz`.
//!
//! Whoever has something to count registers a closure that reads it; nothing is counted twice,
//! and no packet waits for a scrape.

mod data_path;
mod exit;
mod reading;
mod server;

pub(crate) use data_path::register_data_path;
pub(crate) use exit::register_exit;
pub(crate) use server::MetricsServer;

use std::{fmt, net::SocketAddr};

use prometheus_client::registry::Registry;
pub(crate) use reading::Labels;
use reading::{LabelledReading, Reading};

use crate::failure::{Advise as _, Advised};

/// How it stands with one condition of readiness; the texts are for people.
pub(crate) enum Readiness {
    /// Nothing to say.
    Ready,
    /// It serves, with something missing that an operator should know.
    Degraded(String),
    /// It does not serve.
    NotReady(String),
}

/// Everything that is told, until it is served.
pub(crate) struct Metrics {
    registry: Registry,
    checks: Vec<Check>,
}

/// One condition of readiness.
struct Check {
    name: &'static str,
    read: Box<dyn Fn() -> Readiness + Send + Sync>,
}

impl Metrics {
    /// Only the version so far.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("portway"),
            checks: Vec::new(),
        };
        let version = env!("CARGO_PKG_VERSION");
        metrics.gauges(
            "build_info",
            "The version of the program",
            "version",
            move || vec![(version, 1)],
        );
        metrics
    }

    /// Registers a number that only grows. `_total` is added to the name.
    pub(crate) fn counter(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.register(Reading::counter(name, help, None, move || {
            vec![("", read())]
        }));
    }

    /// Registers numbers that only grow, told apart by a label.
    pub(crate) fn counters(
        &mut self,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        read: impl Fn() -> Vec<(&'static str, u64)> + Send + Sync + 'static,
    ) {
        self.register(Reading::counter(name, help, Some(label), read));
    }

    /// Registers numbers that only grow, told apart by several labels.
    pub(crate) fn labelled_counters(
        &mut self,
        name: impl Into<String>,
        help: &'static str,
        read: impl Fn() -> Vec<(Labels, u64)> + Send + Sync + 'static,
    ) {
        let reading = LabelledReading::new(name.into(), help, read);
        self.registry.register_collector(Box::new(reading));
    }

    /// Registers a number that goes up and down.
    pub(crate) fn gauge(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.register(Reading::gauge(name, help, None, move || vec![("", read())]));
    }

    /// Registers numbers that go up and down, told apart by a label.
    pub(crate) fn gauges(
        &mut self,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        read: impl Fn() -> Vec<(&'static str, u64)> + Send + Sync + 'static,
    ) {
        self.register(Reading::gauge(name, help, Some(label), read));
    }

    /// Adds a condition of readiness. It is read at each `/readyz` and must not block.
    pub(crate) fn ready_when(
        &mut self,
        name: &'static str,
        read: impl Fn() -> Readiness + Send + Sync + 'static,
    ) {
        self.checks.push(Check {
            name,
            read: Box::new(read),
        });
    }

    /// Listens, and serves until the returned server is dropped.
    ///
    /// # Errors
    ///
    /// Fails when the address cannot be bound.
    pub(crate) async fn serve(self, address: SocketAddr) -> Result<MetricsServer, Advised> {
        MetricsServer::start(self, address).await.advise(
            format_args!("cannot serve metrics at {address}"),
            "name a free address with --metrics ADDR:PORT; port 0 lets the system choose",
        )
    }

    /// The text that a scrape gets.
    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Whether everything is ready, and what there is to say about it, one line each.
    fn readiness(&self) -> (bool, String) {
        let mut ready = true;
        let mut remarks = String::new();
        for Check { name, read } in &self.checks {
            let remark = match read() {
                Readiness::Ready => continue,
                Readiness::Degraded(remark) => remark,
                Readiness::NotReady(reason) => {
                    ready = false;
                    reason
                }
            };
            remarks.push_str(&format!("{name}: {remark}\n"));
        }
        (ready, remarks)
    }

    fn register(&mut self, reading: Reading) {
        self.registry.register_collector(Box::new(reading));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_number_is_told() {
        let mut metrics = Metrics::new();
        metrics.counter("handshakes", "Handshakes", || 7);
        metrics.counters("dropped", "Dropped packets", "reason", || {
            vec![("replay", 3), ("mac", 4)]
        });
        metrics.gauge("peers", "Peers", || 9);
        let text = metrics.text().unwrap();
        assert!(text.contains("# TYPE portway_handshakes counter"), "{text}");
        for line in [
            "portway_handshakes_total 7\n",
            "portway_dropped_total{reason=\"replay\"} 3\n",
            "portway_dropped_total{reason=\"mac\"} 4\n",
            "portway_peers 9\n",
            "# EOF\n",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }

    #[test]
    fn what_is_missing_is_said_and_only_what_does_not_serve_is_not_ready() {
        let mut metrics = Metrics::new();
        metrics.ready_when("path", || Readiness::Ready);
        assert_eq!(metrics.readiness(), (true, String::new()));
        metrics.ready_when("grid", || Readiness::Degraded("away for 3 s".to_owned()));
        assert_eq!(
            metrics.readiness(),
            (true, "grid: away for 3 s\n".to_owned())
        );
        metrics.ready_when("path", || Readiness::NotReady("it ended".to_owned()));
        let both = "grid: away for 3 s\npath: it ended\n".to_owned();
        assert_eq!(metrics.readiness(), (false, both));
    }
}
