//! Both sides of a measurement, each in a thread of its own, and what it cost.

use std::{
    fs,
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    runtime::{self, Builder},
    sync::oneshot,
};

/// How long a contender runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(100);

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Calls that are under way at the same time.
    pub(crate) depth: usize,
    /// Bytes of a message.
    pub(crate) size: usize,
    pub(crate) runtime: Runtime,
    pub(crate) time: Duration,
}

/// What each side runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Runtime {
    /// One thread a side.
    Single,
    /// Two threads a side, with tokio's multi-threaded runtime.
    Multi,
}

impl Runtime {
    fn build(self) -> anyhow::Result<runtime::Runtime> {
        let mut builder = match self {
            Self::Single => Builder::new_current_thread(),
            Self::Multi => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(2);
                builder
            }
        };
        Ok(builder.enable_all().build()?)
    }
}

/// What was done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) operations: u64,
    pub(crate) elapsed: Duration,
    /// Processor time of both sides.
    pub(crate) processor: Duration,
}

/// Counts what is done until time is up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    inner: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    done: AtomicU64,
    stop: AtomicBool,
}

impl Progress {
    /// Notes operations that are done.
    pub(crate) fn add(&self, operations: u64) {
        self.inner.done.fetch_add(operations, Ordering::Relaxed);
    }

    /// Tells whether time is up.
    pub(crate) fn is_over(&self) -> bool {
        self.inner.stop.load(Ordering::Relaxed)
    }

    /// Measures from after the warm-up until `time` is up.
    pub(crate) fn measure(&self, time: Duration) -> anyhow::Result<Sample> {
        thread::sleep(WARM_UP);
        let (before, processor, begun) = (
            self.inner.done.load(Ordering::Relaxed),
            processor_time()?,
            Instant::now(),
        );
        thread::sleep(time);
        let operations = self.inner.done.load(Ordering::Relaxed) - before;
        let elapsed = begun.elapsed();
        let processor = processor_time()? - processor;
        self.inner.stop.store(true, Ordering::Relaxed);
        Ok(Sample {
            operations: operations.max(1),
            elapsed,
            processor,
        })
    }
}

/// Runs a server and a client that counts, each in a runtime of its own, and measures.
pub(crate) fn sides<S, C>(
    load: Load,
    server: impl FnOnce(TcpListener) -> S + Send + 'static,
    client: impl FnOnce(SocketAddr, Progress) -> C + Send + 'static,
) -> anyhow::Result<Sample>
where
    S: Future<Output = anyhow::Result<()>> + Send + 'static,
    C: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = thread::spawn(move || {
        load.runtime.build()?.block_on(async move {
            let work = server(TcpListener::from_std(listener)?);
            tokio::select! {
                // In a task, so that the multi-threaded runtime runs it in its workers.
                ended = tokio::spawn(work) => ended?,
                _ = stopped => Ok(()),
            }
        })
    });
    let progress = Progress::default();
    let counting = progress.clone();
    let calling = thread::spawn(move || {
        load.runtime
            .build()?
            .block_on(async move { tokio::spawn(client(address, counting)).await? })
    });
    let sample = progress.measure(load.time);
    calling.join().ok().context("the client panicked")??;
    drop(stop);
    // A server whose client is gone may fail; one that fails before makes the client fail.
    let _ended = serving.join().ok().context("the server panicked")?;
    sample
}

/// Repeats a call in `depth` tasks until time is up.
pub(crate) async fn repeat<F: Future<Output = anyhow::Result<()>> + Send>(
    depth: usize,
    progress: Progress,
    call: impl Fn() -> F + Clone + Send + 'static,
) -> anyhow::Result<()> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..depth {
        let (progress, call) = (progress.clone(), call.clone());
        tasks.spawn(async move {
            while !progress.is_over() {
                call().await?;
                progress.add(1);
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// Returns the processor time of all threads of this process.
fn processor_time() -> anyhow::Result<Duration> {
    let mut nanoseconds = 0;
    for task in fs::read_dir("/proc/self/task")? {
        // A thread may end while it is looked at.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else {
            continue;
        };
        let first = text
            .split_whitespace()
            .next()
            .context("an empty schedstat")?;
        nanoseconds += first.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
