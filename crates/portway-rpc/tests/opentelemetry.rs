//! Spans and histograms of OpenTelemetry over every transport of calls.

#![cfg(test)]

mod brokers;
#[path = "opentelemetry/recorded.rs"]
mod recorded;

use opentelemetry::trace::{SpanId, SpanKind, Status as SpanStatus, TraceId};
use portway_rpc::{
    Call, Code, FramedChannel, FramedListener, FramedOptions, GrpcChannel, GrpcListener,
    GrpcOptions, GrpcTarget, InProcess, Intercepted, Metadata, NatsChannel, NatsListenOptions,
    NatsListener, Request, Status, TRACEPARENT, Target,
    conformance::{Order, Probe, ProbeServer, Report, probe},
    policy::Observe,
};

use brokers::nats::NatsServer;
use recorded::{Recorded, Served};

const ACT: &str = "portway.conformance.Probe/Act";

/// An order whose handler makes a call itself.
fn nesting(code: Code) -> Order {
    Order {
        nested: Some(Box::default()),
        code: code.number().into(),
        ..Order::default()
    }
}

async fn act(channel: &impl Call<probe::Act>, request: Request<Order>) -> Result<Report, Status> {
    Call::<probe::Act>::call(channel, request).await
}

/// One trace goes from the client through the server to the call that the handler makes.
async fn one_trace_covers_nested_calls<C>(probe: &Probe, channel: C, recorded: &Recorded)
where
    C: Call<probe::Act> + Clone + 'static,
{
    let channel = Observe::new(channel, recorded.observer());
    probe.call_over(channel.clone());
    act(&channel, nesting(Code::Ok).into()).await.unwrap();
    let spans = recorded.spans();
    let mut parent = SpanId::INVALID;
    let trace = spans[0].span_context.trace_id();
    let kinds = [SpanKind::Client, SpanKind::Server];
    for (span, kind) in spans.iter().zip(kinds.iter().cycle()) {
        assert_eq!((span.parent_span_id, &span.span_kind), (parent, kind));
        assert_eq!(span.span_context.trace_id(), trace);
        assert_eq!(span.name, ACT);
        assert_eq!(recorded::attribute(span, "rpc.method").unwrap(), ACT);
        assert_eq!(
            recorded::attribute(span, "rpc.service").unwrap(),
            "portway.conformance.Probe"
        );
        assert_eq!(
            recorded::attribute(span, "rpc.grpc.status_code").unwrap(),
            "0"
        );
        parent = span.span_context.span_id();
    }
    assert_eq!(spans.len(), 4);
    assert_eq!(recorded.calls("rpc.client.call.duration"), 2);
    assert_eq!(recorded.calls("rpc.server.call.duration"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_covers_nested_calls_within_the_process() {
    for across_tasks in [false, true] {
        let (recorded, probe) = (Recorded::new(), Probe::new());
        let service = ProbeServer::new(probe.clone());
        let channel = InProcess::new(Intercepted::new(service, recorded.observer()));
        let channel = match across_tasks {
            true => channel.across_tasks(),
            false => channel,
        };
        one_trace_covers_nested_calls(&probe, channel, &recorded).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_covers_nested_calls_over_framed_connections() {
    let (recorded, probe) = (Recorded::new(), Probe::new());
    let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new());
    let listener = listener.await.unwrap();
    let target = Target::Tcp(listener.address().unwrap().to_string());
    let _served = Served::start(&probe, listener, &recorded);
    let channel = FramedChannel::connect(target, FramedOptions::new()).await;
    one_trace_covers_nested_calls(&probe, channel.unwrap(), &recorded).await;
    let server = recorded.spans().into_iter().nth(1).unwrap();
    let address = recorded::attribute(&server, "network.peer.address");
    assert_eq!(address.unwrap(), "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_covers_nested_calls_over_grpc() {
    let (recorded, probe) = (Recorded::new(), Probe::new());
    let listener = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new());
    let listener = listener.await.unwrap();
    let target = GrpcTarget::Tcp(listener.address().unwrap().to_string());
    let _served = Served::start(&probe, listener, &recorded);
    let channel = GrpcChannel::connect(target, GrpcOptions::new()).await;
    one_trace_covers_nested_calls(&probe, channel.unwrap(), &recorded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_covers_nested_calls_over_nats() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let (recorded, probe) = (Recorded::new(), Probe::new());
    let nats = server.connect().await;
    let listener = NatsListener::new(&nats, NatsListenOptions::new());
    let ready = listener.ready();
    let _served = Served::start(&probe, listener, &recorded);
    ready.await;
    let channel = NatsChannel::new(&nats).await.unwrap();
    one_trace_covers_nested_calls(&probe, channel, &recorded).await;
}

#[tokio::test]
async fn a_failure_is_an_error_of_the_side_that_is_to_blame() {
    let (recorded, probe) = (Recorded::new(), Probe::new());
    let service = Intercepted::new(ProbeServer::new(probe.clone()), recorded.observer());
    let channel = Observe::new(InProcess::new(service), recorded.observer());
    probe.call_over(channel.clone());
    let failed = act(&channel, nesting(Code::NotFound).into()).await;
    assert_eq!(failed.unwrap_err().code(), Code::NotFound);
    let spans = recorded.spans();
    let (client, server) = (&spans[0], &spans[1]);
    for span in [client, server] {
        let code = recorded::attribute(span, "rpc.response.status_code");
        assert_eq!(code.unwrap(), "NOT_FOUND");
        let number = recorded::attribute(span, "rpc.grpc.status_code");
        assert_eq!(number.unwrap(), "5");
    }
    assert_eq!(client.status, SpanStatus::error("NOT_FOUND"));
    assert_eq!(
        recorded::attribute(client, "error.type").unwrap(),
        "NOT_FOUND"
    );
    assert_eq!(server.status, SpanStatus::Unset);
    assert_eq!(recorded::attribute(server, "error.type"), None);
}

#[tokio::test]
async fn a_trace_from_elsewhere_goes_on_with_what_vendors_added() {
    let (recorded, probe) = (Recorded::new(), Probe::new());
    let service = Intercepted::new(ProbeServer::new(probe.clone()), recorded.observer());
    let channel = Observe::new(InProcess::new(service), recorded.observer());
    probe.call_over(channel.clone());
    let mut metadata = Metadata::new();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    metadata.insert(TRACEPARENT, parent).unwrap();
    metadata.insert("tracestate", "vendor=7").unwrap();
    let request = Request::new(nesting(Code::Ok)).metadata(metadata);
    let report = act(&channel, request).await.unwrap();
    let spans = recorded.spans();
    assert_eq!(spans.len(), 4);
    assert_eq!(
        spans[0].parent_span_id,
        SpanId::from_hex("b7ad6b7169203331").unwrap()
    );
    for span in &spans {
        let context = &span.span_context;
        let trace = TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").unwrap();
        assert_eq!(context.trace_id(), trace);
        assert_eq!(context.trace_state().header(), "vendor=7");
    }
    let seen = format!(
        "00-{}-{}-01",
        spans[0].span_context.trace_id(),
        spans[0].span_context.span_id()
    );
    assert_eq!(report.traceparent, seen);
}

#[tokio::test]
async fn a_call_that_is_given_up_has_a_span_that_says_so() {
    let (recorded, probe) = (Recorded::new(), Probe::new());
    let service = Intercepted::new(ProbeServer::new(probe.clone()), recorded.observer());
    let channel = Observe::new(InProcess::new(service), recorded.observer());
    let hanging = Order {
        hang: true,
        ..Order::default()
    };
    let call = act(&channel, hanging.into());
    let begun = async {
        while probe.begun() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = call => unreachable!("it hangs"),
        () = begun => {}
    }
    let spans = recorded.spans();
    assert_eq!(spans.len(), 2);
    for span in &spans {
        let code = recorded::attribute(span, "rpc.response.status_code");
        assert_eq!(code.unwrap(), "CANCELLED");
    }
}
