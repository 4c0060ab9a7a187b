//! From the end of `portway peer add` until the running gateway has the peer.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    lab::{Namespace, unique_name},
    program::{self, Running},
    report::PORTWAY,
    report::{Goal, Report},
    wireguard::measure::Bench,
    wireguard::uapi,
};

const ADDITIONS: usize = 20;
const LIMIT: Duration = Duration::from_secs(10);

/// Another process adds peers one by one; the gateway's control socket tells when each is there.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let (namespace, interface) = (Namespace::new()?, unique_name("u"));
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_string_lossy();
    let inner = format!("tun:{interface}");
    let up = bench.portway_command(&[
        "up",
        "--data",
        &data,
        "--listen",
        "127.0.0.1:0",
        "--inner",
        &inner,
    ]);
    let words: Vec<&str> = up.iter().map(String::as_str).collect();
    let (gateway, _) = Running::start_until(&namespace.inside(&words), "ready ")?;
    for number in 0..ADDITIONS {
        let started = Instant::now();
        let add =
            bench.portway_command(&["peer", "add", &format!("peer{number}"), "--data", &data]);
        let live = watch(&interface, number + 1);
        program::run(&add)?;
        let returned = Instant::now();
        let live = live
            .join()
            .map_err(|_| anyhow::anyhow!("the watcher panicked"))??;
        let after = live.saturating_duration_since(returned);
        report.add(
            "peer live after `peer add` returned",
            "ms",
            Goal::AtMost(10.0),
            PORTWAY,
            milliseconds(after),
        );
        report.add(
            "all of `peer add`",
            "ms",
            Goal::AtMost(50.0),
            PORTWAY,
            milliseconds(returned - started),
        );
    }
    gateway.terminate()
}

/// Looks from before the addition on: a peer may be live before the command has ended.
fn watch(interface: &str, count: usize) -> thread::JoinHandle<anyhow::Result<Instant>> {
    let interface = interface.to_owned();
    thread::spawn(move || {
        program::wait_until("the peer to be live", LIMIT, || {
            uapi::peer_count(&interface).is_ok_and(|found| found >= count)
        })?;
        Ok(Instant::now())
    })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
