//! What workers are made of, and their start.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        mpsc::{Sender, channel},
    },
    thread,
};

use portway_xdp::MAXIMUM_BURST;
use rustix::thread::{CpuSet, sched_setaffinity};

use super::{
    Running, StartError, Workers,
    bell::Bell,
    figures::{PortFigures, ThreadFigures},
    lane::Lane,
    parcel::{Inbound, Outbound, way},
    settings::ThreadSettings,
    sleep::Sleeper,
    thread::WorkerThread,
};
use crate::{
    Port,
    modes::{Mode, Outputs, PublishedDiscards},
};

/// Describes ports and threads; [`start`](Self::start) sets them to work.
#[derive(Debug)]
#[must_use = "a builder starts nothing until `start`"]
pub struct WorkersBuilder {
    ports: Vec<Given>,
    threads: Vec<ThreadSettings>,
    burst: usize,
}

/// A port that was given.
#[derive(Debug)]
struct Given {
    port: Port,
    mode: Box<dyn Mode>,
    interface: Option<String>,
    /// It only serves others: without them there is nothing to do.
    is_companion: bool,
}

/// What a thread is made of beside its ports.
struct ThreadParts {
    bell: Arc<Bell>,
    sleeper: Sleeper,
    figures: Arc<ThreadFigures>,
}

impl Default for WorkersBuilder {
    fn default() -> Self {
        Self {
            ports: Vec::new(),
            threads: Vec::new(),
            burst: MAXIMUM_BURST,
        }
    }
}

impl WorkersBuilder {
    /// Adds a port with what is to be done with its packets, and gives its index, by which modes and threads name it.
    ///
    /// One that no thread serves goes to the first thread.
    pub fn port(&mut self, port: Port, mode: Box<dyn Mode>) -> usize {
        self.ports.push(Given {
            port,
            mode,
            interface: None,
            is_companion: false,
        });
        self.ports.len() - 1
    }

    /// The same for a port over a network interface, with which the port ends.
    pub fn port_on(
        &mut self,
        interface: impl Into<String>,
        port: Port,
        mode: Box<dyn Mode>,
    ) -> usize {
        let index = self.port(port, mode);
        self.ports[index].interface = Some(interface.into());
        index
    }

    /// The same for a port that only serves others, as a file that they write to.
    pub(super) fn companion(&mut self, port: Port, mode: Box<dyn Mode>) -> usize {
        let index = self.port(port, mode);
        self.ports[index].is_companion = true;
        index
    }

    /// Adds a thread.
    pub fn thread(&mut self, settings: ThreadSettings) {
        self.threads.push(settings);
    }

    /// How many ports there are so far.
    pub fn ports(&self) -> usize {
        self.ports.len()
    }

    /// Frames that are received at once, from 1 to [`MAXIMUM_BURST`], which it is unless set.
    pub fn burst(&mut self, frames: usize) {
        self.burst = frames.clamp(1, MAXIMUM_BURST);
    }

    /// Starts the threads. They serve their ports when this returns.
    ///
    /// # Errors
    ///
    /// Ports and threads do not fit together, or the system refuses a thread or its processors. Nothing runs then.
    pub fn start(mut self) -> Result<Workers, StartError> {
        self.threads.retain(|thread| !thread.ports.is_empty());
        let owners = self.owners()?;
        let parts = self.thread_parts(&owners)?;
        let port_figures = self.port_figures(&owners);
        let lanes = lanes(self.ports, &port_figures, parts.len(), self.burst);
        let mut workers = Workers {
            threads: Vec::new(),
            ports: port_figures,
        };
        let (sender, started) = channel();
        for thread in threads(parts, lanes, &self.threads) {
            workers.threads.push(spawn(thread, sender.clone())?);
        }
        drop(sender);
        // Each tells once; a thread that could not even do that has hung up.
        started.iter().collect::<Result<(), _>>()?;
        Ok(workers)
    }

    /// By port: the index of its thread.
    fn owners(&self) -> Result<Vec<usize>, StartError> {
        let mut owners = vec![None; self.ports.len()];
        for (number, thread) in self.threads.iter().enumerate() {
            for port in &thread.ports {
                let owner = owners
                    .get_mut(*port)
                    .ok_or_else(|| StartError::NoSuchPort {
                        thread: thread.name.clone(),
                        port: *port,
                        ports: self.ports.len(),
                    })?;
                if let Some(first) = owner.replace(number) {
                    return Err(StartError::ServedTwice {
                        port: self.ports[*port].port.name().to_owned(),
                        first: self.threads[first].name.clone(),
                        second: thread.name.clone(),
                    });
                }
            }
        }
        if self.threads.is_empty() {
            return Err(StartError::NoThread);
        }
        Ok(owners.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn port_figures(&self, owners: &[usize]) -> Vec<Arc<PortFigures>> {
        let figures = |(given, thread): (&Given, &usize)| {
            Arc::new(PortFigures {
                statistics: given.port.statistics_reader(),
                discards: PublishedDiscards::default(),
                mode: given.mode.name(),
                thread: *thread,
                has_rules: given.mode.has_rules(),
                is_companion: given.is_companion,
                end: OnceLock::new(),
            })
        };
        self.ports.iter().zip(owners).map(figures).collect()
    }

    fn thread_parts(&self, owners: &[usize]) -> Result<Vec<ThreadParts>, StartError> {
        let parts = self.threads.iter().enumerate().map(|(number, settings)| {
            let (sleeper, waker) = Sleeper::new().map_err(|source| StartError::System {
                thread: settings.name.clone(),
                source,
            })?;
            let ports = (0..owners.len()).filter(|port| owners[*port] == number);
            let (name, cores) = (settings.name.clone(), settings.cores.clone());
            Ok(ThreadParts {
                bell: Arc::new(Bell::new(waker)),
                sleeper,
                figures: Arc::new(ThreadFigures::new(name, cores, ports.collect())),
            })
        });
        parts.collect()
    }
}

/// By thread: its ports with their modes.
fn lanes(
    ports: Vec<Given>,
    figures: &[Arc<PortFigures>],
    threads: usize,
    burst: usize,
) -> Vec<Vec<Lane>> {
    let mut lanes: Vec<Vec<Lane>> = (0..threads).map(|_| Vec::new()).collect();
    for ((index, given), figures) in ports.into_iter().enumerate().zip(figures) {
        let Given {
            port,
            mode,
            interface,
            ..
        } = given;
        let owner = figures.thread;
        let figures = Arc::clone(figures);
        lanes[owner].push(Lane::new(
            index,
            port,
            mode,
            interface.as_deref(),
            burst,
            figures,
        ));
    }
    lanes
}

/// Puts the threads together.
fn threads(
    parts: Vec<ThreadParts>,
    lanes: Vec<Vec<Lane>>,
    settings: &[ThreadSettings],
) -> Vec<WorkerThread> {
    let ports = lanes.iter().map(Vec::len).sum();
    let ways = ways(&parts);
    let each = parts.into_iter().zip(lanes).zip(ways).zip(settings);
    let thread = |(((parts, lanes), (outbound, inbound)), settings): (_, &ThreadSettings)| {
        let ThreadParts {
            bell,
            sleeper,
            figures,
        } = parts;
        WorkerThread {
            lanes,
            outputs: Outputs::new(ports),
            inbound,
            outbound,
            bell,
            sleeper,
            figures,
            idle_timeout: settings.idle_timeout,
            interrupt_timeout: settings.interrupt_timeout,
        }
    };
    each.map(thread).collect()
}

/// A ring from each thread to each other one: by thread, what goes out and what comes in.
fn ways(threads: &[ThreadParts]) -> Vec<(Vec<Outbound>, Vec<Inbound>)> {
    let mut ways: Vec<_> = threads.iter().map(|_| (Vec::new(), Vec::new())).collect();
    for from in 0..threads.len() {
        for to in (0..threads.len()).filter(|to| *to != from) {
            let (outbound, inbound) = way(&threads[to].bell, &threads[to].figures.ports);
            ways[from].0.push(outbound);
            ways[to].1.push(inbound);
        }
    }
    ways
}

fn spawn(
    worker: WorkerThread,
    started: Sender<Result<(), StartError>>,
) -> Result<Running, StartError> {
    let (bell, figures) = (Arc::clone(&worker.bell), Arc::clone(&worker.figures));
    let own = Arc::clone(&figures);
    let handle = thread::Builder::new()
        .name(figures.name.clone())
        .spawn(move || {
            let ready = bind(&own);
            let is_ready = ready.is_ok();
            // Nobody listens any more when another thread has failed.
            let _ = started.send(ready);
            drop(started);
            if is_ready {
                // A panic that is not a mode's ends this thread and its ports; the hook has told of it.
                let _ = catch_unwind(AssertUnwindSafe(|| worker.run()));
            }
            own.say_end();
        })
        .map_err(|source| StartError::System {
            thread: figures.name.clone(),
            source,
        })?;
    Ok(Running {
        bell,
        figures,
        handle: Some(handle),
    })
}

/// Lets this thread run on its processors only.
fn bind(figures: &ThreadFigures) -> Result<(), StartError> {
    if figures.cores.is_empty() {
        return Ok(());
    }
    let mut set = CpuSet::new();
    for core in figures.cores.iter().filter(|core| **core < CpuSet::MAX_CPU) {
        set.set(*core);
    }
    sched_setaffinity(None, &set).map_err(|source| StartError::Processors {
        thread: figures.name.clone(),
        cores: figures.cores.clone(),
        source: source.into(),
    })
}
