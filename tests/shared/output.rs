//! What a child process writes, awaited within bounds of time and length.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Longer than a child needs on a machine with much else to do, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a line, and of all lines in front of the one that is awaited.
const MAXIMUM: usize = 1 << 20;
/// Lines that wait for the test to read them; then the child waits.
const AHEAD: usize = 64;

/// The output of a child. It is read to its end also when this is dropped, so that the child is
/// neither held up nor ended by it.
#[derive(Debug)]
pub(crate) struct Output {
    lines: Receiver<String>,
    /// What came so far, for the report.
    seen: String,
}

impl Output {
    pub(crate) fn of(child: ChildStdout) -> Self {
        let (sender, lines) = sync_channel(AHEAD);
        std::thread::spawn(move || read(child, &sender));
        let seen = String::new();
        Self { lines, seen }
    }

    /// Waits for the first line of which `wanted` makes something.
    ///
    /// # Panics
    /// With what came instead, if `what` does not come in time, the process ends its output, or it
    /// has written too much.
    pub(crate) fn wait_for<T>(&mut self, what: &str, wanted: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let missing = match self.lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return found;
                    }
                    self.seen.push_str(&line);
                    if self.seen.len() <= MAXIMUM {
                        continue;
                    }
                    format!("it wrote more than {MAXIMUM} bytes")
                }
                Err(RecvTimeoutError::Timeout) => format!("for {PATIENCE:?}"),
                Err(RecvTimeoutError::Disconnected) => "its output has ended".to_owned(),
            };
            panic!(
                "the process did not say {what:?}, {missing}; so far:\n{}",
                self.seen
            );
        }
    }
}

fn read(child: ChildStdout, lines: &SyncSender<String>) {
    let mut child = BufReader::new(child);
    loop {
        let mut line = Vec::new();
        let read = child
            .by_ref()
            .take(MAXIMUM as u64)
            .read_until(b'\n', &mut line);
        if !read.is_ok_and(|count| count > 0) {
            return;
        }
        // Nobody may listen any more.
        let _ = lines.send(String::from_utf8_lossy(&line).into_owned());
    }
}
