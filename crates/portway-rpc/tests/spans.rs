//! The spans of a call. In a process of its own: whether a place in the code is traced is settled once for a process, and a test beside
//! this one that gets there first without a subscriber may settle that it is not (tokio-rs/tracing).
#![expect(clippy::unwrap_used, reason = "a test's panic is the report")]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use portway_rpc::{
    Call, Context, Handle, InProcess, Intercepted, Method, Raw, Shape, Status,
    policy::{Observe, Observer},
};
use tracing_subscriber::fmt::MakeWriter;

struct Write;

impl Method for Write {
    type Request = Bytes;
    type Response = Bytes;
    type Codec = Raw;
    const SERVICE: &'static str = "test.Store";
    const NAME: &'static str = "Write";
    const SHAPE: Shape = Shape::Unary;
    const IDEMPOTENT: bool = false;
}

struct Store;

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
    let denied: Result<Bytes, Status> = Call::<Write>::call(&channel, Bytes::new().into()).await;
    denied.unwrap_err();
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
