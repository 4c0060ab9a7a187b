//! Spans and histograms of OpenTelemetry.

use std::{fmt, sync::Arc, time::Duration};

use opentelemetry::{
    Context as Spans, InstrumentationScope, KeyValue, SpanId, TraceFlags, TraceId,
    context::FutureExt as _,
    global::{self, BoxedTracer, ObjectSafeTracer},
    metrics::{Histogram, Meter, MeterProvider},
    trace::{
        SpanContext, SpanKind, Status as SpanStatus, TraceContextExt as _, TraceState, Tracer as _,
        TracerProvider,
    },
};

use super::{classes::CLASSES, observe::Side};
use crate::{CallOptions, Code, Context, MethodInfo, TRACEPARENT, TraceParent};

/// What a vendor adds to a trace: handed on as it came.
const TRACESTATE: &str = "tracestate";

/// Who speaks: `rpc.system.name` is for protocols, and the same method is served over several.
const SYSTEM: &str = "portway";

/// Where spans and histograms of calls go: to a tracer and a meter of OpenTelemetry.
///
/// Each call is two spans, one of its client and one of its server, in one trace with what called it:
/// the `traceparent` that travels with a call names the client's span, so the server's is its child, and
/// a call that a handler makes is a child of that. Spans of the program's own stand between them when
/// they are OpenTelemetry's current ones. `tracestate` is handed on. What a handler spawns takes the
/// span along with OpenTelemetry's `with_current_context`.
///
/// The histograms are `rpc.client.call.duration` and `rpc.server.call.duration`, in seconds.
///
/// | attribute | |
/// |---|---|
/// | `rpc.system.name`, `rpc.system` | `portway` |
/// | `rpc.method` | `hello.Greeter/SayHello` |
/// | `rpc.service` | `hello.Greeter` |
/// | `rpc.response.status_code` | the name of the code: `NOT_FOUND` |
/// | `rpc.grpc.status_code` | its number: 5 |
/// | `error.type` | the name of the code, where it is an error of this side |
/// | `network.transport`, `network.peer.address` | of the server's span |
///
/// Histograms have `rpc.system.name`, `rpc.method`, `rpc.response.status_code` and `error.type` only.
///
/// ```
/// use portway_rpc::policy::{Observer, OpenTelemetry};
///
/// // After `opentelemetry::global::set_tracer_provider` and `set_meter_provider`.
/// let observer = Observer::new().opentelemetry(&OpenTelemetry::global());
/// # let _ = observer;
/// ```
///
/// Source: OpenTelemetry, Semantic conventions for RPC 1.39, with the attributes `rpc.system`,
/// `rpc.service` and `rpc.grpc.status_code` of those before, which many tools know.
#[derive(Clone)]
pub struct OpenTelemetry {
    tracer: Arc<BoxedTracer>,
    client: Histogram<f64>,
    server: Histogram<f64>,
}

impl OpenTelemetry {
    /// Takes the providers that the program has set for all; those set later are not seen.
    pub fn global() -> Self {
        let tracer = global::tracer_with_scope(scope());
        Self::of(tracer, &global::meter_with_scope(scope()))
    }

    /// Takes these providers.
    pub fn new<P>(tracers: &P, meters: &impl MeterProvider) -> Self
    where
        P: TracerProvider,
        P::Tracer: ObjectSafeTracer + Send + Sync + 'static,
    {
        let tracer = Box::new(tracers.tracer_with_scope(scope()));
        Self::of(BoxedTracer::new(tracer), &meters.meter_with_scope(scope()))
    }

    fn of(tracer: BoxedTracer, meter: &Meter) -> Self {
        let histogram = |name: &'static str, description: &'static str| {
            let builder = meter.f64_histogram(name).with_unit("s");
            let builder = builder.with_description(description);
            builder.with_boundaries(CLASSES.to_vec()).build()
        };
        Self {
            tracer: Arc::new(tracer),
            client: histogram(
                "rpc.client.call.duration",
                "How long calls took that were made",
            ),
            server: histogram(
                "rpc.server.call.duration",
                "How long calls took that were served",
            ),
        }
    }

    /// Begins the span of a call that is made, and lets the call carry it.
    pub(super) fn begin_client(&self, method: MethodInfo, options: &mut CallOptions) -> Recording {
        let recording = self.begin(Side::Client, method, &parent_of_client(options), Vec::new());
        let spans = recording.spans.span();
        let own = spans.span_context();
        let metadata = options.metadata_mut();
        if let Some(trace) = trace_parent(own) {
            // Full metadata goes without its trace rather than not at all.
            let _full = metadata.insert(TRACEPARENT, trace.to_string());
            let state = own.trace_state().header();
            if !state.is_empty() {
                let _full = metadata.insert(TRACESTATE, state);
            }
        }
        recording
    }

    /// Begins the span of a call that is served.
    pub(super) fn begin_server(&self, method: MethodInfo, context: &Context) -> Recording {
        let state = context.metadata().text(TRACESTATE);
        let parent = context.trace().map(|trace| remote(trace, state));
        let mut attributes = Vec::new();
        if let Some(peer) = context.peer() {
            attributes.push(KeyValue::new("network.transport", peer.transport.name()));
            if let Some(address) = peer.address {
                let address = address.ip().to_string();
                attributes.push(KeyValue::new("network.peer.address", address));
            }
        }
        self.begin(
            Side::Server,
            method,
            &parent.unwrap_or_default(),
            attributes,
        )
    }

    fn begin(
        &self,
        side: Side,
        method: MethodInfo,
        parent: &Spans,
        mut attributes: Vec<KeyValue>,
    ) -> Recording {
        let path = format!("{}/{}", method.service, method.name);
        let (kind, histogram) = match side {
            Side::Client => (SpanKind::Client, &self.client),
            Side::Server => (SpanKind::Server, &self.server),
        };
        let of_metrics = vec![
            KeyValue::new("rpc.system.name", SYSTEM),
            KeyValue::new("rpc.method", path.clone()),
        ];
        attributes.extend(of_metrics.iter().cloned());
        attributes.push(KeyValue::new("rpc.system", SYSTEM));
        attributes.push(KeyValue::new("rpc.service", method.service));
        let span = self
            .tracer
            .span_builder(path)
            .with_kind(kind)
            .with_attributes(attributes)
            .start_with_context(&*self.tracer, parent);
        Recording {
            spans: parent.with_span(span),
            histogram: histogram.clone(),
            of_metrics,
        }
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .build()
}

/// Returns what a call is a child of: what its metadata or the call being served say, or the span that
/// is current, which in the same trace is nearer.
fn parent_of_client(options: &mut CallOptions) -> Spans {
    let current = Spans::current();
    let state = options.metadata_mut().text(TRACESTATE).map(str::to_owned);
    let stated = options.metadata_mut().text(TRACEPARENT);
    let stated = stated.and_then(|text| text.parse().ok());
    let Some(trace) = stated.or_else(|| options.parent()?.trace()) else {
        return current;
    };
    let nearer = current.span().span_context().trace_id() == TraceId::from(trace.trace());
    match nearer {
        true => current,
        false => remote(trace, state.as_deref()),
    }
}

fn remote(trace: TraceParent, state: Option<&str>) -> Spans {
    let state = state.and_then(|text| text.parse::<TraceState>().ok());
    let context = SpanContext::new(
        TraceId::from(trace.trace()),
        SpanId::from(trace.span()),
        TraceFlags::default().with_sampled(trace.is_sampled()),
        true,
        state.unwrap_or_default(),
    );
    Spans::new().with_remote_span_context(context)
}

/// Returns a span as it travels; nothing for those of a tracer that does nothing.
fn trace_parent(context: &SpanContext) -> Option<TraceParent> {
    let trace = u128::from_be_bytes(context.trace_id().to_bytes());
    let span = u64::from_be_bytes(context.span_id().to_bytes());
    TraceParent::new(trace, span, context.is_sampled())
}

/// The span of one call, which is under way.
pub(super) struct Recording {
    spans: Spans,
    histogram: Histogram<f64>,
    of_metrics: Vec<KeyValue>,
}

impl Recording {
    /// Returns the place of the span in its trace.
    pub(super) fn trace(&self) -> Option<TraceParent> {
        trace_parent(self.spans.span().span_context())
    }

    /// Ends the span, and counts the call.
    pub(super) fn end(&mut self, code: Code, is_error: bool, took: Duration) {
        let span = self.spans.span();
        let name = KeyValue::new("rpc.response.status_code", code.name());
        let number = i64::from(code.number());
        span.set_attribute(name.clone());
        span.set_attribute(KeyValue::new("rpc.grpc.status_code", number));
        self.of_metrics.push(name);
        if is_error {
            let error = KeyValue::new("error.type", code.name());
            span.set_attribute(error.clone());
            span.set_status(SpanStatus::error(code.name()));
            self.of_metrics.push(error);
        }
        span.end();
        self.histogram.record(took.as_secs_f64(), &self.of_metrics);
    }
}

/// Does `work` with the span as OpenTelemetry's current one.
pub(super) fn within<F: Future>(
    recording: Option<&Recording>,
    work: F,
) -> impl Future<Output = F::Output> + use<F> {
    let spans = recording.map_or_else(Spans::current, |recording| recording.spans.clone());
    work.with_context(spans)
}

impl fmt::Debug for OpenTelemetry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpenTelemetry")
            .finish_non_exhaustive()
    }
}
