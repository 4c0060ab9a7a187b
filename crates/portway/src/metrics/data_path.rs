//! The counters of the data path.

use std::sync::Arc;

use portway_gateway::{Counters, DataPathHandle, DropReason};

use super::{Metrics, Readiness};

/// Registers what a data path counts, and that it must run.
pub(crate) fn register_data_path(metrics: &mut Metrics, path: &DataPathHandle) {
    register_counters(metrics, &path.counters());
    let path = path.clone();
    metrics.ready_when("data path", move || match path.end() {
        Some(end) => Readiness::NotReady(end.to_string()),
        None => Readiness::Ready,
    });
}

fn register_counters(metrics: &mut Metrics, counters: &Arc<Counters>) {
    register_traffic(metrics, counters);
    register_peers(metrics, counters);
    let source = Arc::clone(counters);
    metrics.counters(
        "dropped",
        "Packets and messages dropped",
        "reason",
        move || {
            let count = |reason: &DropReason| (reason.label(), source.drops(*reason));
            DropReason::ALL.iter().map(count).collect()
        },
    );
}

fn register_traffic(metrics: &mut Metrics, counters: &Arc<Counters>) {
    let source = Arc::clone(counters);
    metrics.counters("datagrams", "WireGuard datagrams", "direction", move || {
        vec![
            ("received", source.received_datagrams()),
            ("sent", source.sent_datagrams()),
        ]
    });
    let source = Arc::clone(counters);
    metrics.counters(
        "bytes",
        "Bytes of WireGuard datagrams",
        "direction",
        move || {
            vec![
                ("received", source.received_bytes()),
                ("sent", source.sent_bytes()),
            ]
        },
    );
}

fn register_peers(metrics: &mut Metrics, counters: &Arc<Counters>) {
    let source = Arc::clone(counters);
    metrics.counter("handshakes", "Handshakes completed", move || {
        source.handshakes()
    });
    let source = Arc::clone(counters);
    metrics.counter("roamed", "Peers heard from a new address", move || {
        source.roamed()
    });
}
