//! The counters of ports and threads.

use portway_dataplane::{PortReport, WorkersReader};

use crate::metrics::{Labels, Metrics, Readiness};

/// Registers what workers count, and that a port must be left.
pub(super) fn register(metrics: &mut Metrics, workers: WorkersReader) {
    register_counters(metrics, &workers);
    register_drops(metrics, &workers);
    register_threads(metrics, &workers);
    metrics.ready_when("ports", move || readiness(&workers.report().ports));
}

fn readiness(ports: &[PortReport]) -> Readiness {
    let ended = ports.iter().filter_map(|port| {
        let end = port.end.as_ref()?;
        Some(format!("{}: {end}", port.statistics.name))
    });
    let ended: Vec<_> = ended.collect();
    match ended.len() {
        0 => Readiness::Ready,
        count if count == ports.len() => Readiness::NotReady(ended.join("; ")),
        _ => Readiness::Degraded(ended.join("; ")),
    }
}

/// One metric for each counter of a port.
fn register_counters(metrics: &mut Metrics, workers: &WorkersReader) {
    let Some(first) = workers.report().ports.into_iter().next() else {
        return;
    };
    for (at, (name, _)) in first.statistics.iter().enumerate() {
        let source = workers.clone();
        let name = format!("net_{name}");
        metrics.labelled_counters(name, "Counted by ports of the data plane", move || {
            let ports = source.report().ports.into_iter();
            let count = |port: PortReport| {
                let (_, count) = port.statistics.iter().nth(at)?;
                Some((vec![("port", port.statistics.name.clone())], count))
            };
            ports.filter_map(count).collect()
        });
    }
}

fn register_drops(metrics: &mut Metrics, workers: &WorkersReader) {
    let source = workers.clone();
    metrics.labelled_counters(
        "net_dropped",
        "Packets dropped by ports and modes",
        move || source.report().ports.iter().flat_map(drops).collect(),
    );
}

fn drops(port: &PortReport) -> Vec<(Labels, u64)> {
    let name = &port.statistics.name;
    let labels = |by: &str, reason: &str| -> Labels {
        vec![
            ("port", name.clone()),
            ("by", by.to_owned()),
            ("reason", reason.to_owned()),
        ]
    };
    let by_port = port.statistics.drops();
    let by_port = by_port
        .iter()
        .map(|(reason, count)| (labels("port", reason.name()), count));
    let by_mode = port.discards.iter();
    let by_mode = by_mode.map(|(reason, count)| (labels(port.mode, reason.name()), count));
    by_port.chain(by_mode).collect()
}

fn register_threads(metrics: &mut Metrics, workers: &WorkersReader) {
    let help = "Time in which threads found something to do";
    register_thread(
        metrics,
        workers,
        "net_thread_busy_microseconds",
        help,
        |thread| u64::try_from(thread.busy.as_micros()).unwrap_or(u64::MAX),
    );
    let help = "Time of threads";
    register_thread(
        metrics,
        workers,
        "net_thread_microseconds",
        help,
        |thread| u64::try_from(thread.total.as_micros()).unwrap_or(u64::MAX),
    );
    let help = "Times that threads slept until something came";
    register_thread(metrics, workers, "net_thread_sleeps", help, |thread| {
        thread.sleeps
    });
}

fn register_thread(
    metrics: &mut Metrics,
    workers: &WorkersReader,
    name: &str,
    help: &'static str,
    read: impl Fn(&portway_dataplane::ThreadReport) -> u64 + Send + Sync + 'static,
) {
    let source = workers.clone();
    metrics.labelled_counters(name, help, move || {
        let threads = source.report().threads;
        let reading = |thread| (vec![("thread", name_of(thread))], read(thread));
        threads.iter().map(reading).collect()
    });
}

fn name_of(thread: &portway_dataplane::ThreadReport) -> String {
    thread.name.clone()
}
