//! The counters of the user-space exit.

use std::sync::Arc;

use portway_gateway::{ExitCounters, ExitEvent};

use super::Metrics;

/// Registers what a user-space exit counts.
pub(crate) fn register_exit(metrics: &mut Metrics, counters: &Arc<ExitCounters>) {
    let source = Arc::clone(counters);
    metrics.counters(
        "exit_events",
        "What happened in the user-space exit",
        "event",
        move || {
            let count = |event: ExitEvent| (event.label(), source.count(event));
            ExitEvent::ALL.into_iter().map(count).collect()
        },
    );
    let source = Arc::clone(counters);
    metrics.gauges(
        "exit_flows",
        "Connections and flows open now",
        "protocol",
        move || vec![("tcp", source.open_tcp()), ("udp", source.open_udp())],
    );
}
