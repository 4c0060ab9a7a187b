//! What is recorded, and a server that is.

use opentelemetry_sdk::{
    metrics::{
        InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
        data::{AggregatedMetrics, Histogram, MetricData},
    },
    trace::{InMemorySpanExporter, SdkTracerProvider, SpanData},
};
use portway_rpc::{
    AnyTransport, Intercepted, Listen, Server,
    conformance::{Probe, ProbeServer},
    policy::{Observer, OpenTelemetry},
};
use tokio::sync::oneshot;

/// Keeps all spans and histograms.
pub(crate) struct Recorded {
    spans: InMemorySpanExporter,
    metrics: InMemoryMetricExporter,
    meters: SdkMeterProvider,
    telemetry: OpenTelemetry,
}

impl Recorded {
    pub(crate) fn new() -> Self {
        let (spans, metrics) = <(InMemorySpanExporter, InMemoryMetricExporter)>::default();
        let tracers = SdkTracerProvider::builder();
        let tracers = tracers.with_simple_exporter(spans.clone()).build();
        let reader = PeriodicReader::builder(metrics.clone()).build();
        let meters = SdkMeterProvider::builder().with_reader(reader).build();
        let telemetry = OpenTelemetry::new(&tracers, &meters);
        Self {
            spans,
            metrics,
            meters,
            telemetry,
        }
    }

    pub(crate) fn observer(&self) -> Observer {
        Observer::new().opentelemetry(&self.telemetry)
    }

    /// Returns the spans, each behind its parent.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        let mut waiting = self.spans.get_finished_spans().unwrap();
        let (mut chain, mut parent) = (Vec::new(), None);
        while !waiting.is_empty() {
            let begun = |id| waiting.iter().any(|it| it.span_context.span_id() == id);
            let next = waiting.iter().position(|span| match parent {
                Some(parent) => span.parent_span_id == parent,
                None => !begun(span.parent_span_id),
            });
            let span = waiting.swap_remove(next.expect("each has one child at most"));
            parent = Some(span.span_context.span_id());
            chain.push(span);
        }
        chain
    }

    /// Returns how many calls are in the histogram of this name.
    pub(crate) fn calls(&self, name: &str) -> u64 {
        self.meters.force_flush().unwrap();
        let exported = self.metrics.get_finished_metrics().unwrap();
        let scopes = exported.last().unwrap().scope_metrics();
        let metrics = scopes.flat_map(|scope| scope.metrics());
        let counts = metrics.map(|metric| match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(data)) if metric.name() == name => {
                count(data)
            }
            _ => 0,
        });
        counts.sum()
    }
}

fn count(histogram: &Histogram<f64>) -> u64 {
    histogram.data_points().map(|point| point.count()).sum()
}

/// Returns an attribute of a span as text.
pub(crate) fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|it| it.key.as_str() == name);
    found.map(|found| found.value.to_string())
}

/// A probe that is served; its server ends with the value.
pub(crate) struct Served {
    _stop: oneshot::Sender<()>,
}

impl Served {
    pub(crate) fn start(
        probe: &Probe,
        listener: impl Listen<AnyTransport>,
        recorded: &Recorded,
    ) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let service = Intercepted::new(ProbeServer::new(probe.clone()), recorded.observer());
        let server = Server::builder().service(service).listen(listener);
        tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
        Self { _stop: stop }
    }
}
