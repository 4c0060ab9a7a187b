//! Each side has a thread of its own with a runtime of its own.

use std::{
    future::Future,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

/// How long a turn may take, whatever happens.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// Runs one side to its end on a thread of its own.
pub(super) fn side<T, F>(work: impl FnOnce() -> F + Send + 'static) -> JoinHandle<anyhow::Result<T>>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>>,
{
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async { tokio::time::timeout(LIMIT, work()).await? })
    })
}

/// What a side that ended returned.
pub(super) fn joined<T>(side: JoinHandle<anyhow::Result<T>>) -> anyhow::Result<T> {
    side.join()
        .map_err(|_| anyhow::anyhow!("one side panicked"))?
}

/// From when on it is measured.
#[derive(Clone, Copy)]
pub(super) struct Begin {
    wall: Instant,
    processor: f64,
}

impl Begin {
    pub(super) fn now() -> Self {
        Self {
            wall: Instant::now(),
            processor: processor_seconds(),
        }
    }

    /// Seconds by the clock, and of processor time of this process.
    pub(super) fn elapsed(self) -> (f64, f64) {
        let wall = self.wall.elapsed().as_secs_f64();
        (wall, processor_seconds() - self.processor)
    }
}

fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
