use portway_rpc::{
    InProcess,
    conformance::{Probe, ProbeServer, Running, Tried, streaming, unary},
};

/// Handlers run in their callers' tasks.
struct InCallersTask;

/// Handlers run in tasks of their own.
struct AcrossTasks;

fn channel(probe: Probe) -> InProcess<ProbeServer<Probe>> {
    InProcess::new(ProbeServer::new(probe))
}

impl Tried for InCallersTask {
    const NAME: &'static str = "in-process";
    type Channel = InProcess<ProbeServer<Probe>>;

    async fn start(&self, probe: Probe) -> Running<Self::Channel> {
        Running::within(channel(probe))
    }
}

impl Tried for AcrossTasks {
    const NAME: &'static str = "in-process";
    type Channel = InProcess<ProbeServer<Probe>>;

    async fn start(&self, probe: Probe) -> Running<Self::Channel> {
        Running::within(channel(probe).across_tasks())
    }
}

#[tokio::test]
async fn calls_in_the_callers_task() {
    unary::all(&InCallersTask).await;
    unary::large_messages_pass(&InCallersTask, 16 << 20).await;
    streaming::all(&InCallersTask).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_across_tasks() {
    unary::all(&AcrossTasks).await;
    unary::large_messages_pass(&AcrossTasks, 16 << 20).await;
}
