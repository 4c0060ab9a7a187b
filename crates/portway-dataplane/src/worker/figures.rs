//! What workers publish: one thread writes, everybody reads.

use std::{
    sync::{
        Arc, Condvar, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::PortEnd;
use crate::{Discards, PortStatistics, StatisticsReader, modes::PublishedDiscards};

/// What a thread tells about a port.
#[derive(Debug)]
pub(super) struct PortFigures {
    pub(super) statistics: StatisticsReader,
    pub(super) discards: PublishedDiscards,
    pub(super) mode: &'static str,
    /// The index of its thread.
    pub(super) thread: usize,
    pub(super) has_rules: bool,
    pub(super) is_companion: bool,
    pub(super) end: OnceLock<PortEnd>,
}

impl PortFigures {
    pub(super) fn end(&self) -> Option<&PortEnd> {
        self.end.get()
    }
}

/// What a thread tells about itself.
#[derive(Debug)]
pub(super) struct ThreadFigures {
    pub(super) name: String,
    pub(super) cores: Vec<usize>,
    /// Ports by index.
    pub(super) ports: Vec<usize>,
    pub(super) is_paused: AtomicBool,
    /// Frames that came from other threads and went nowhere.
    pub(super) discards: PublishedDiscards,
    busy: AtomicU64,
    total: AtomicU64,
    sleeps: AtomicU64,
    ended: Mutex<bool>,
    on_end: Condvar,
}

impl ThreadFigures {
    pub(super) fn new(name: String, cores: Vec<usize>, ports: Vec<usize>) -> Self {
        Self {
            name,
            cores,
            ports,
            is_paused: AtomicBool::new(false),
            discards: PublishedDiscards::default(),
            busy: AtomicU64::new(0),
            total: AtomicU64::new(0),
            sleeps: AtomicU64::new(0),
            ended: Mutex::new(false),
            on_end: Condvar::new(),
        }
    }

    pub(super) fn spent(&self, (busy, total): (Duration, Duration)) {
        self.busy.store(nanoseconds(busy), Ordering::Relaxed);
        self.total.store(nanoseconds(total), Ordering::Relaxed);
    }

    pub(super) fn slept(&self) {
        let sleeps = self.sleeps.load(Ordering::Relaxed);
        self.sleeps.store(sleeps + 1, Ordering::Relaxed);
    }

    pub(super) fn say_end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.on_end.notify_all();
    }

    pub(super) fn has_ended(&self) -> bool {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wait_for_end(&self, limit: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .on_end
            .wait_timeout_while(ended, limit, |ended| !*ended);
        drop(waited);
    }

    fn report(&self) -> ThreadReport {
        ThreadReport {
            name: self.name.clone(),
            cores: self.cores.clone(),
            ports: self.ports.clone(),
            is_paused: self.is_paused.load(Ordering::Relaxed),
            has_ended: self.has_ended(),
            discards: self.discards.read(),
            busy: Duration::from_nanos(self.busy.load(Ordering::Relaxed)),
            total: Duration::from_nanos(self.total.load(Ordering::Relaxed)),
            sleeps: self.sleeps.load(Ordering::Relaxed),
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    // 584 years.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What workers have counted, and how they are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkersReport {
    /// Ports by index.
    pub ports: Vec<PortReport>,
    /// Threads in the order in which they were given.
    pub threads: Vec<ThreadReport>,
}

/// How it stands with a port.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PortReport {
    /// What the port counted.
    pub statistics: PortStatistics,
    /// What its mode discarded.
    pub discards: Discards,
    /// The name of its mode.
    pub mode: &'static str,
    /// The index of the thread that serves it.
    pub thread: usize,
    /// Why it has ended; none while it works.
    pub end: Option<PortEnd>,
}

/// How it stands with a thread.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThreadReport {
    /// Its name.
    pub name: String,
    /// The processors that it may run on; empty where that was not said.
    pub cores: Vec<usize>,
    /// The indices of the ports that it serves.
    pub ports: Vec<usize>,
    /// Whether it was told to leave its ports alone.
    pub is_paused: bool,
    /// Whether it has ended.
    pub has_ended: bool,
    /// Packets of other threads for ports of this one that had ended.
    pub discards: Discards,
    /// The time in which it found something to do; the difference of two reports is a load.
    pub busy: Duration,
    /// All its time.
    pub total: Duration,
    /// How often it slept until something came.
    pub sleeps: u64,
}

impl ThreadReport {
    /// The share of the time since an earlier report in which it worked, from 0 to 1.
    pub fn load_since(&self, earlier: &Self) -> f64 {
        let total = self.total.saturating_sub(earlier.total).as_secs_f64();
        if total <= 0.0 {
            return 0.0;
        }
        self.busy.saturating_sub(earlier.busy).as_secs_f64() / total
    }
}

impl WorkersReport {
    pub(super) fn read<'thread>(
        ports: &[Arc<PortFigures>],
        threads: impl Iterator<Item = &'thread ThreadFigures>,
    ) -> Self {
        let port = |figures: &Arc<PortFigures>| PortReport {
            statistics: figures.statistics.read(),
            discards: figures.discards.read(),
            mode: figures.mode,
            thread: figures.thread,
            end: figures.end().cloned(),
        };
        Self {
            ports: ports.iter().map(port).collect(),
            threads: threads.map(ThreadFigures::report).collect(),
        }
    }
}
