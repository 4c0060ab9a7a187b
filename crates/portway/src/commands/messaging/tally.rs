//! Counts and rates.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{metrics::Metrics, output};

/// What went through until now.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    begin: Instant,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    messages: AtomicU64,
    bytes: AtomicU64,
    missed: AtomicU64,
    interruptions: AtomicU64,
    malformed: AtomicU64,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            begin: Instant::now(),
            counts: Arc::default(),
        }
    }

    pub(super) fn register(&self, metrics: &mut Metrics) {
        let counts = Arc::clone(&self.counts);
        metrics.counters(
            "messages",
            "Messages by what became of them",
            "outcome",
            move || {
                let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
                vec![
                    ("passed", read(&counts.messages)),
                    ("missed", read(&counts.missed)),
                    ("malformed", read(&counts.malformed)),
                ]
            },
        );
    }

    pub(super) fn message(&self, bytes: usize) {
        self.counts.messages.fetch_add(1, Ordering::Relaxed);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn missed(&self, count: u64) {
        self.counts.missed.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn interrupted(&self) {
        self.counts.interruptions.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn malformed(&self) {
        self.counts.malformed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn messages(&self) -> u64 {
        self.counts.messages.load(Ordering::Relaxed)
    }

    /// Tells the sum: as data where JSON was asked for, else as a remark.
    pub(super) fn tell(&self, json: bool) -> anyhow::Result<()> {
        if json {
            return output::print_json(&self.sum());
        }
        output::remark(&self.text());
        Ok(())
    }

    fn sum(&self) -> Value {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        json!({
            "event": "end",
            "messages": self.messages(),
            "bytes": read(&self.counts.bytes),
            "missed": read(&self.counts.missed),
            "interruptions": read(&self.counts.interruptions),
            "malformed": read(&self.counts.malformed),
            "seconds": self.begin.elapsed().as_secs_f64(),
            "per_second": self.rate(),
        })
    }

    fn text(&self) -> String {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (messages, bytes) = (self.messages(), read(&self.counts.bytes));
        let (seconds, rate) = (self.begin.elapsed().as_secs_f64(), self.rate());
        let mut text =
            format!("{messages} messages, {bytes} bytes in {seconds:.1} s ({rate:.0}/s)");
        for (count, what) in [
            (&self.counts.missed, "missed"),
            (&self.counts.interruptions, "interruptions"),
            (&self.counts.malformed, "malformed"),
        ] {
            if read(count) > 0 {
                text += &format!(", {} {what}", read(count));
            }
        }
        text
    }

    fn rate(&self) -> f64 {
        // Before a millisecond has passed a rate means nothing.
        let elapsed = self.begin.elapsed().max(Duration::from_millis(1));
        self.messages() as f64 / elapsed.as_secs_f64()
    }
}
