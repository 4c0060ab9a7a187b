use std::sync::{Arc, Mutex};

use bytes::Bytes;
use portway_rpc::{
    Context, Handle, InProcess, Intercepted, Status,
    policy::{CallMetrics, Observe, Observer},
};
use prometheus_client::{encoding::text::encode, registry::Registry};
use tracing_subscriber::fmt::MakeWriter;

use crate::scripted::{Read, Write, call};

struct Store;

impl Handle<Read> for Store {
    async fn handle(&self, _: Context, _: Bytes) -> Result<Bytes, Status> {
        Ok(Bytes::new())
    }
}

impl Handle<Write> for Store {
    async fn handle(&self, _: Context, _: Bytes) -> Result<Bytes, Status> {
        Err(Status::permission_denied("read only"))
    }
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn both_sides_of_a_call_have_spans_of_one_trace_with_the_names_of_opentelemetry() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false);
    let subscriber = subscriber.with_max_level(tracing::Level::DEBUG).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let server = Intercepted::new(Store, Observer::new());
    let channel = Observe::new(InProcess::new(server).across_tasks(), Observer::new());
    call::<Write>(&channel).await.unwrap_err();
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ended: Vec<_> = text
        .lines()
        .filter(|line| line.contains("the call ended"))
        .collect();
    assert_eq!(ended.len(), 2, "{text}");
    for line in &ended {
        assert!(line.contains("rpc.method=test.Store/Write"), "{line}");
        assert!(
            line.contains("rpc.response.status_code=\"PERMISSION_DENIED\""),
            "{line}"
        );
    }
    let (server, client) = (ended[0], ended[1]);
    assert!(server.contains("otel.kind=\"server\"") && client.contains("otel.kind=\"client\""));
    assert!(
        client.contains("error.type=\"PERMISSION_DENIED\""),
        "{client}"
    );
    assert!(
        !server.contains("error.type"),
        "it is no fault of the server: {server}"
    );
    let trace = |line: &str| {
        let (_, rest) = line.split_once("trace_id=").expect("a trace");
        rest[..32].to_owned()
    };
    assert_eq!(trace(server), trace(client));
}

#[tokio::test]
async fn calls_are_counted_by_method_and_outcome() {
    let mut registry = Registry::default();
    let observer = Observer::new().metrics(&CallMetrics::new(&mut registry));
    let server = Intercepted::new(Store, observer.clone());
    let channel = Observe::new(InProcess::new(server), observer);
    for _ in 0..3 {
        call::<Read>(&channel).await.unwrap();
    }
    call::<Write>(&channel).await.unwrap_err();
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for side in ["client", "server"] {
        for (method, code, count) in [("Read", "OK", 3), ("Write", "PERMISSION_DENIED", 1)] {
            let line = format!(
                "rpc_{side}_call_duration_seconds_count{{rpc_method=\"test.Store/{method}\",rpc_response_status_code=\"{code}\"}} {count}"
            );
            assert!(text.contains(&line), "{line} is not in:\n{text}");
        }
    }
}
