//! The line on stderr that says how the gateway does, where stderr is a terminal.

use std::{
    io::{IsTerminal as _, stderr},
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use portway_gateway::{Counters, fleet::FollowerStatus};

use super::gateway::Gateway;

/// Often enough to look alive, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_secs(1);

/// Shows the line for ever; where nobody looks it does nothing, for ever.
pub(super) async fn show(gateway: &Gateway) {
    if !stderr().is_terminal() {
        return std::future::pending().await;
    }
    let line = Line::new();
    let counters = gateway.counters();
    let mut last = Sample::of(&counters);
    let mut clock = tokio::time::interval(INTERVAL);
    loop {
        clock.tick().await;
        let sample = Sample::of(&counters);
        line.0.set_message(text(gateway, &sample, &last));
        line.0.tick();
        last = sample;
    }
}

/// Wipes the line when the gateway ends.
struct Line(ProgressBar);

impl Line {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
        bar.set_style(style.expect("the template is correct"));
        Self(bar)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The counters at one moment.
struct Sample {
    at: Instant,
    received: u64,
    sent: u64,
    handshakes: u64,
}

impl Sample {
    fn of(counters: &Counters) -> Self {
        Self {
            at: Instant::now(),
            received: counters.received_bytes(),
            sent: counters.sent_bytes(),
            handshakes: counters.handshakes(),
        }
    }
}

fn text(gateway: &Gateway, now: &Sample, last: &Sample) -> String {
    let seconds = now
        .at
        .duration_since(last.at)
        .as_secs_f64()
        .max(f64::EPSILON);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rate for people"
    )]
    let rate = |bytes: u64| HumanBytes((bytes as f64 / seconds) as u64);
    let away = match gateway.peers().status() {
        FollowerStatus::Away { since, .. } => {
            format!(", the grid is away for {} s", since.elapsed().as_secs())
        }
        _ => String::new(),
    };
    format!(
        "peers {}, handshakes {}, in {}/s, out {}/s{away}",
        gateway.peers().peers(),
        now.handshakes,
        rate(now.received - last.received),
        rate(now.sent - last.sent),
    )
}
