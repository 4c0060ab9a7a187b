use bytes::Bytes;
use portway_rpc::{
    Context, Handle, InProcess, Intercepted, Status,
    policy::{CallMetrics, Observe, Observer},
};
use prometheus_client::{encoding::text::encode, registry::Registry};

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
