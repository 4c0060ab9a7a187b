//! How far reading durable data has come, on a terminal.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use portway_grid::RecoveryProgress;

/// A start that is over before shows nothing.
const SILENCE: Duration = Duration::from_millis(200);

/// A bar on stderr, if that is a terminal.
pub(super) struct RecoveryBar {
    bar: ProgressBar,
    begun: Instant,
}

impl RecoveryBar {
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template("reading the grid {bar:30} {bytes}/{total_bytes}");
        let bar = match style {
            Ok(style) => ProgressBar::hidden().with_style(style),
            Err(_) => ProgressBar::hidden(),
        };
        Self {
            bar,
            begun: Instant::now(),
        }
    }

    pub(super) fn show(&self, progress: RecoveryProgress) {
        let is_late = self.begun.elapsed() >= SILENCE;
        if is_late && self.bar.is_hidden() && std::io::stderr().is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_length(progress.total_bytes);
        self.bar.set_position(progress.read_bytes);
        if progress.read_bytes >= progress.total_bytes {
            self.bar.finish_and_clear();
        }
    }
}
