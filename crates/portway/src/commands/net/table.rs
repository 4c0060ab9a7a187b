//! The table that a terminal shows while a configuration runs.

use std::{
    io::{IsTerminal as _, stderr},
    time::Duration,
};

use super::{
    report::{self, Port, Report, State, Thread},
    run::Running,
};
use crate::live::Screen;

/// Often enough to look alive, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_secs(1);

/// Bits that a packet costs on the wire beside its bytes are not counted: these are bits of packets.
const BITS: f64 = 8.0;

/// Whether somebody looks at stderr.
pub(super) fn on_terminal() -> bool {
    stderr().is_terminal()
}

/// Shows the table for ever; where nobody looks it does nothing, for ever.
pub(super) async fn show(running: &Running) {
    if !on_terminal() {
        return std::future::pending().await;
    }
    let screen = Screen::new();
    let mut last = report::of(running);
    let mut clock = tokio::time::interval(INTERVAL);
    clock.tick().await;
    loop {
        clock.tick().await;
        let now = report::of(running);
        screen.draw(&text(&now, Some(&last)));
        last = now;
    }
}

/// The table: rates since an earlier report, or since the start.
pub(super) fn text(now: &Report, earlier: Option<&Report>) -> String {
    let before = earlier.map_or(0.0, |report| report.uptime_seconds);
    let seconds = (now.uptime_seconds - before).max(f64::EPSILON);
    let mut rows = vec![heading()];
    for port in &now.ports {
        let earlier = earlier.and_then(|report| report.ports.get(port.index));
        rows.push(port_row(port, earlier, seconds));
    }
    let mut lines = aligned(&rows);
    let mut rows = vec![
        ["thread", "cores", "load", "sleeps/s"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (at, thread) in now.threads.iter().enumerate() {
        let earlier = earlier.and_then(|report| report.threads.get(at));
        rows.push(thread_row(thread, earlier, seconds));
    }
    lines.push(String::new());
    lines.extend(aligned(&rows));
    lines.extend(now.ports.iter().filter_map(remark));
    lines.join("\n")
}

fn heading() -> Vec<String> {
    let names = [
        "port",
        "mode",
        "thread",
        "in/s",
        "in bit/s",
        "out/s",
        "out bit/s",
        "drops/s",
        "drops",
    ];
    names.map(str::to_owned).to_vec()
}

fn port_row(port: &Port, earlier: Option<&Port>, seconds: f64) -> Vec<String> {
    let rate = |name: &str| {
        let before = earlier.map_or(0, |port| port.counter(name));
        per_second(port.counter(name), before, seconds)
    };
    let drops = per_second(port.dropped(), earlier.map_or(0, Port::dropped), seconds);
    vec![
        port.name.clone(),
        port.mode.clone(),
        port.thread.clone(),
        short(rate("in_packets")),
        short(rate("in_bytes") * BITS),
        short(rate("out_packets")),
        short(rate("out_bytes") * BITS),
        short(drops),
        reasons(port),
    ]
}

fn thread_row(thread: &Thread, earlier: Option<&Thread>, seconds: f64) -> Vec<String> {
    let (busy, total, sleeps) = earlier.map_or((0.0, 0.0, 0), |thread| {
        (thread.busy_seconds, thread.total_seconds, thread.sleeps)
    });
    let total = thread.total_seconds - total;
    let load = match thread.state {
        State::Running if total > 0.0 => {
            format!("{:.0} %", (thread.busy_seconds - busy) / total * 100.0)
        }
        State::Running => "0 %".to_owned(),
        State::Paused => "paused".to_owned(),
        State::Ended => "ended".to_owned(),
    };
    let cores: Vec<_> = thread.cores.iter().map(ToString::to_string).collect();
    let cores = if cores.is_empty() {
        "any".to_owned()
    } else {
        cores.join(",")
    };
    let sleeps = per_second(thread.sleeps, sleeps, seconds);
    vec![thread.name.clone(), cores, load, short(sleeps)]
}

/// What was dropped so far and why, the most first.
fn reasons(port: &Port) -> String {
    let mut all: Vec<_> = port.port_drops.iter().chain(&port.mode_drops).collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let each = all
        .into_iter()
        .map(|(reason, count)| format!("{reason} {count}"));
    each.collect::<Vec<_>>().join(", ")
}

fn remark(port: &Port) -> Option<String> {
    let reason = port.reason.as_ref()?;
    Some(format!("{} has ended: {reason}", port.name))
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(now: u64, before: u64, seconds: f64) -> f64 {
    now.saturating_sub(before) as f64 / seconds
}

/// A number with three digits and its unit.
fn short(number: f64) -> String {
    let units = [(1e9, " G"), (1e6, " M"), (1e3, " k")];
    match units.into_iter().find(|(size, _)| number >= *size) {
        Some((size, unit)) => {
            let number = number / size;
            let decimals = usize::from(number < 100.0) + usize::from(number < 10.0);
            format!("{number:.decimals$}{unit}")
        }
        None => format!("{number:.0}"),
    }
}

/// Columns as wide as their widest cell; the last one as it is.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<_> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(uptime_seconds: f64, packets: u64) -> Report {
        let counters = [
            ("in_packets", packets),
            ("in_bytes", packets * 64),
            ("out_packets", 7),
        ];
        let count = |(name, count): (&str, u64)| (name.to_owned(), count);
        Report {
            name: None,
            file: "x.jsonc".to_owned(),
            pid: 1,
            uptime_seconds,
            ports: vec![Port {
                index: 0,
                name: "eth0:0".to_owned(),
                mode: "l3fwd".to_owned(),
                thread: "fwd:0".to_owned(),
                state: State::Running,
                reason: None,
                counters: counters.map(count).into(),
                port_drops: [("ring_full", 3)].map(count).into(),
                mode_drops: [("no_route", 12)].map(count).into(),
            }],
            threads: vec![Thread {
                name: "fwd:0".to_owned(),
                state: State::Running,
                cores: vec![1, 2],
                ports: vec!["eth0:0".to_owned()],
                busy_seconds: uptime_seconds / 2.0,
                total_seconds: uptime_seconds,
                sleeps: 10,
                drops: [].into(),
            }],
        }
    }

    #[test]
    fn rates_are_those_since_the_last_report_and_drops_have_their_reasons() {
        let text = text(&report(3.0, 3_000_000), Some(&report(1.0, 1_000_000)));
        let expected = "\
port    mode   thread  in/s    in bit/s  out/s  out bit/s  drops/s  drops
eth0:0  l3fwd  fwd:0   1.00 M  512 M     0      0          0        no_route 12, ring_full 3

thread  cores  load  sleeps/s
fwd:0   1,2    50 %  0";
        assert_eq!(text, expected);
    }

    #[test]
    fn without_an_earlier_report_rates_are_those_since_the_start() {
        let text = text(&report(2.0, 1_000), None);
        assert!(text.contains("  500  "), "{text}");
    }

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        let texts = [0.4, 999.0, 1_000.0, 12_345.0, 123_456.0, 9_990_000.0, 2.5e9].map(short);
        assert_eq!(
            texts,
            ["0", "999", "1.00 k", "12.3 k", "123 k", "9.99 M", "2.50 G"]
        );
    }
}
