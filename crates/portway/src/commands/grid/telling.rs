//! What a grid counts, for `/metrics`.

use portway_grid::{Grid, GridStatistics};

use crate::metrics::Metrics;

/// Registers what a grid inside the process counts.
pub(in crate::commands) fn register_grid(metrics: &mut Metrics, grid: &Grid) {
    register_gauge(
        metrics,
        grid,
        "grid_connections",
        "Connections of clients",
        |statistics| statistics.connections,
    );
    register_gauge(metrics, grid, "grid_caches", "Caches", |statistics| {
        statistics.caches
    });
    register_gauge(
        metrics,
        grid,
        "grid_entries",
        "Entries in all caches",
        |statistics| statistics.entries,
    );
    register_gauge(
        metrics,
        grid,
        "grid_stored_bytes",
        "Bytes stored",
        |statistics| statistics.stored_bytes,
    );
    let source = grid.clone();
    metrics.counters("grid_requests", "Requests answered", "outcome", move || {
        let GridStatistics {
            requests,
            failed_requests,
            ..
        } = source.statistics();
        vec![
            ("ok", requests.saturating_sub(failed_requests)),
            ("error", failed_requests),
        ]
    });
    let source = grid.clone();
    metrics.counter(
        "grid_notifications",
        "Notifications queued for listeners",
        move || source.statistics().notifications,
    );
    let source = grid.clone();
    metrics.counter(
        "grid_journal_syncs",
        "Times the journal was brought to the disk",
        move || source.statistics().journal_syncs,
    );
    let source = grid.clone();
    metrics.counters(
        "grid_closed",
        "Connections closed by the grid",
        "reason",
        move || {
            let statistics = source.statistics();
            vec![
                ("too_many", statistics.refused_connections),
                ("handshake", statistics.refused_handshakes),
                ("malformed", statistics.malformed_messages),
                ("slow_listener", statistics.slow_listeners),
            ]
        },
    );
}

fn register_gauge(
    metrics: &mut Metrics,
    grid: &Grid,
    name: &'static str,
    help: &'static str,
    read: fn(&GridStatistics) -> u64,
) {
    let source = grid.clone();
    metrics.gauge(name, help, move || read(&source.statistics()));
}
