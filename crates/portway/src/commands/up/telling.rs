//! What a gateway tells at `/metrics` and `/readyz`.

use std::sync::Arc;

use portway_gateway::{
    DataPathHandle, ExitCounters, FlowCounters,
    fleet::{FollowerStatus, FollowerView, Refusal},
};

use crate::metrics::{Metrics, Readiness, register_data_path, register_exit};

/// Registers everything that a gateway counts.
pub(super) fn metrics(
    path: &DataPathHandle,
    peers: &FollowerView,
    exit: Option<&Arc<ExitCounters>>,
) -> Metrics {
    let mut metrics = Metrics::new();
    register_data_path(&mut metrics, path);
    register_fleet(&mut metrics, peers);
    if let Some(exit) = exit {
        register_exit(&mut metrics, exit);
    }
    let view = peers.clone();
    metrics.ready_when("grid", move || grid_readiness(&view));
    metrics
}

/// Registers what became of conversations.
pub(super) fn register_flows(metrics: &mut Metrics, counters: Arc<FlowCounters>) {
    let source = Arc::clone(&counters);
    metrics.counters(
        "flows",
        "Conversations of an interval, by what became of them",
        "outcome",
        move || {
            vec![
                ("written", source.written()),
                ("not_taken", source.not_taken()),
                ("not_written", source.not_written()),
            ]
        },
    );
    metrics.counter(
        "flow_packets_without_room",
        "Packets whose conversation had no room in its interval",
        move || counters.packets_without_room(),
    );
}

fn register_fleet(metrics: &mut Metrics, peers: &FollowerView) {
    let view = peers.clone();
    metrics.gauge("peers", "Peers of the fleet in the last copy", move || {
        view.peers() as u64
    });
    let view = peers.clone();
    metrics.gauge(
        "grid_away",
        "1 while the grid is away and the last copy is served",
        move || u64::from(matches!(view.status(), FollowerStatus::Away { .. })),
    );
    let view = peers.clone();
    metrics.counters(
        "rows_refused",
        "Rows of the grid not believed",
        "reason",
        move || {
            let refused = view.refused();
            Refusal::ALL
                .map(|reason| (reason.label(), refused.of(reason)))
                .to_vec()
        },
    );
}

/// A gateway without its grid serves its last copy: no reason to send its peers elsewhere.
fn grid_readiness(view: &FollowerView) -> Readiness {
    match view.status() {
        FollowerStatus::Away { since, reason } => Readiness::Degraded(format!(
            "away for {} s, the last copy of {} peers is served: {reason}",
            since.elapsed().as_secs(),
            view.peers()
        )),
        _ => Readiness::Ready,
    }
}
