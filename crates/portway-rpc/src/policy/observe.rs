//! Spans and figures of calls, on both sides, with the names of OpenTelemetry.

use std::future::Future;

use tokio::time::Instant;
use tracing::{Instrument as _, Span, field::Empty};

use super::{
    kept::{Keep, keep},
    telemetry::{OpenTelemetry, Recording, within},
};
use crate::{
    Call, CallOptions, Code, Context, Intercept, Method, MethodInfo, Open, Request, Status,
    Streams, TRACEPARENT, TraceParent,
};

/// Observes calls: a span for each, and figures if it is given a `CallMetrics`.
///
/// Spans have the names and attributes of OpenTelemetry's conventions for RPC, with `otel.name`,
/// `otel.kind` and `otel.status_code` as `tracing-opentelemetry` reads them, and the `trace_id` of the
/// call's `traceparent`. With an [`Observe`] on the side of the client a call that belongs to no trace
/// begins one, so that the logs of both sides can be found together.
///
/// Source: OpenTelemetry, Semantic conventions for RPC.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Observer {
    #[cfg(feature = "metrics")]
    metrics: Option<super::CallMetrics>,
    telemetry: Option<OpenTelemetry>,
}

impl Observer {
    /// Makes one without figures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts calls and their time in `metrics` too.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics(mut self, metrics: &super::CallMetrics) -> Self {
        self.metrics = Some(metrics.clone());
        self
    }

    /// Makes spans and histograms of OpenTelemetry too.
    #[cfg(feature = "opentelemetry")]
    #[must_use]
    pub fn opentelemetry(mut self, telemetry: &OpenTelemetry) -> Self {
        self.telemetry = Some(telemetry.clone());
        self
    }

    fn begin_client(&self, method: MethodInfo, options: &mut CallOptions) -> Observation {
        let telemetry = self.telemetry.as_ref();
        let recording = telemetry.map(|it| it.begin_client(method, options));
        let recorded = recording.as_ref().and_then(Recording::trace);
        let trace = recorded.or_else(|| trace(options));
        self.begin(Side::Client, method, trace, recording)
    }

    fn begin_server(&self, method: MethodInfo, context: &Context) -> Observation {
        let telemetry = self.telemetry.as_ref();
        let recording = telemetry.map(|it| it.begin_server(method, context));
        self.begin(Side::Server, method, context.trace(), recording)
    }

    fn begin(
        &self,
        side: Side,
        method: MethodInfo,
        trace: Option<TraceParent>,
        recording: Option<Recording>,
    ) -> Observation {
        let span = span(side, method);
        if let Some(trace) = trace {
            span.record(
                "trace_id",
                tracing::field::display(format_args!("{:032x}", trace.trace())),
            );
            span.record(
                "parent_id",
                tracing::field::display(format_args!("{:016x}", trace.span())),
            );
        }
        Observation {
            observer: self.clone(),
            side,
            method,
            span,
            recording,
            begun: Instant::now(),
            ended: false,
        }
    }
}

/// Whose view of a call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

fn span(side: Side, method: MethodInfo) -> Span {
    let kind = match side {
        Side::Client => "client",
        Side::Server => "server",
    };
    let MethodInfo { service, name, .. } = method;
    tracing::info_span!(
        "rpc",
        otel.name = format_args!("{service}/{name}"),
        otel.kind = kind,
        rpc.system.name = "portway",
        rpc.method = format_args!("{service}/{name}"),
        rpc.response.status_code = Empty,
        network.transport = Empty,
        network.peer.address = Empty,
        otel.status_code = Empty,
        error.type = Empty,
        trace_id = Empty,
        parent_id = Empty,
    )
}

/// One call that is observed; one that is dropped before its end was cancelled.
struct Observation {
    observer: Observer,
    side: Side,
    method: MethodInfo,
    span: Span,
    recording: Option<Recording>,
    begun: Instant,
    ended: bool,
}

impl Observation {
    /// Does `work` inside of the call's spans.
    fn around<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        within(self.recording.as_ref(), work).instrument(self.span.clone())
    }

    fn close(&mut self, result: Result<(), &Status>) {
        self.ended = true;
        let code = result.err().map_or(Code::Ok, Status::code);
        self.span.record("rpc.response.status_code", code.name());
        let (is_error, took) = (is_error(self.side, code), self.begun.elapsed());
        if is_error {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", code.name());
        }
        #[cfg(feature = "metrics")]
        if let Some(metrics) = &self.observer.metrics {
            metrics.note(self.side, self.method, code, took);
        }
        #[cfg(not(feature = "metrics"))]
        let _nowhere = (&self.observer, self.method);
        if let Some(recording) = &mut self.recording {
            recording.end(code, is_error, took);
        }
        tracing::debug!(parent: &self.span, code = code.name(), ?took, "the call ended");
    }
}

/// A client sees each failure as one; a server those that are its own fault.
fn is_error(side: Side, code: Code) -> bool {
    match side {
        Side::Client => code != Code::Ok,
        Side::Server => matches!(
            code,
            Code::Unknown
                | Code::DeadlineExceeded
                | Code::Unimplemented
                | Code::Internal
                | Code::Unavailable
                | Code::DataLoss
        ),
    }
}

impl Keep for Observation {
    fn end(mut self, result: Result<(), &Status>) {
        self.close(result);
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if !self.ended {
            self.close(Err(&Status::cancelled("dropped")));
        }
    }
}

/// A channel whose calls are observed.
#[derive(Clone, Debug)]
pub struct Observe<C> {
    channel: C,
    observer: Observer,
}

impl<C> Observe<C> {
    /// Observes the calls on `channel`.
    pub fn new(channel: C, observer: Observer) -> Self {
        Self { channel, observer }
    }

    fn begin<M: Method>(&self, options: &mut CallOptions) -> Observation {
        self.observer.begin_client(MethodInfo::of::<M>(), options)
    }
}

/// Returns the trace that the call belongs to; begins one if it belongs to none.
fn trace(options: &mut CallOptions) -> Option<TraceParent> {
    if let Some(parent) = options.parent() {
        return parent.trace();
    }
    if let Some(text) = options.metadata_mut().text(TRACEPARENT) {
        return text.parse().ok();
    }
    let trace = TraceParent::start(true);
    let inserted = options
        .metadata_mut()
        .insert(TRACEPARENT, trace.to_string());
    inserted.is_ok().then_some(trace)
}

impl<M: Method, C: Call<M>> Call<M> for Observe<C> {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (message, mut options) = request.into_parts();
        let mut observation = self.begin::<M>(&mut options);
        let call = self.channel.call(Request::with_options(message, options));
        let result = observation.around(call).await;
        observation.close(result.as_ref().map(drop));
        result
    }
}

impl<M: Method, C: Open<M>> Open<M> for Observe<C> {
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        let (first, mut options) = request.into_parts();
        let mut observation = self.begin::<M>(&mut options);
        let open = self.channel.open(Request::with_options(first, options));
        match observation.around(open).await {
            Ok((sending, receiving)) => Ok((sending, keep(receiving, observation))),
            Err(status) => {
                observation.close(Err(&status));
                Err(status)
            }
        }
    }
}

/// Observes the calls of a service.
impl Intercept for Observer {
    fn intercept<T, W>(
        &self,
        method: MethodInfo,
        context: &Context,
        work: W,
    ) -> impl Future<Output = Result<T, Status>> + Send
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Status>> + Send + 'static,
    {
        let mut observation = self.begin_server(method, context);
        if let Some(peer) = context.peer() {
            let span = &observation.span;
            span.record("network.transport", peer.transport.name());
            if let Some(address) = peer.address {
                span.record(
                    "network.peer.address",
                    tracing::field::display(address.ip()),
                );
            }
        }
        async move {
            let result = observation.around(work).await;
            observation.close(result.as_ref().map(drop));
            result
        }
    }
}
