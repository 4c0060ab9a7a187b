//! Workers: threads that serve ports.
//!
//! A port belongs to one thread, and so does its mode: a burst takes no lock. A frame for a port of another thread goes
//! there through a bounded ring, one for each pair of threads.

mod bell;
mod builder;
mod configured;
mod error;
mod figures;
mod identity;
mod lane;
mod load;
mod order;
mod parcel;
mod settings;
mod sleep;
#[cfg(test)]
mod tests;
mod thread;

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

pub use builder::WorkersBuilder;
pub use error::{PortEnd, StartError};
pub use figures::{PortReport, ThreadReport, WorkersReport};
pub use settings::ThreadSettings;

use crate::modes::AccessRules;
use bell::Bell;
use figures::{PortFigures, ThreadFigures};
use order::Order;

/// How long the end waits for threads. A turn takes microseconds; what takes longer hangs in the system.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Threads that serve ports, from their start to their end.
///
/// Dropping it ends them, as [`end`](Self::end) does.
///
/// ```
/// use portway_dataplane::{Link, Loopback, Region, ThreadSettings, Workers};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let region = Region::builder().build()?;
/// let (near, far) = Link::new().pair(&region);
/// let mut builder = Workers::builder();
/// let port = builder.port(far, Box::new(Loopback));
/// builder.thread(ThreadSettings::new("fwd:0").ports([port]));
/// let workers = builder.start()?;
/// assert_eq!(workers.report().ports[0].statistics.name, "far");
/// workers.end();
/// # drop(near);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Workers {
    threads: Vec<Running>,
    ports: Vec<Arc<PortFigures>>,
}

/// A thread that runs.
#[derive(Debug)]
struct Running {
    bell: Arc<Bell>,
    figures: Arc<ThreadFigures>,
    handle: Option<JoinHandle<()>>,
}

/// Why an order cannot be given.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// There is no thread of that name.
    #[error("there is no thread {name:?}: there are {known}")]
    NoThread {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// The mode has no rules.
    #[error("no port runs acl-strict or acl-permissive: there are no rules to change")]
    NoRules,
}

impl Workers {
    /// Begins to describe ports and threads.
    pub fn builder() -> WorkersBuilder {
        WorkersBuilder::default()
    }

    /// Lets a thread serve its ports again after [`pause`](Self::pause); all threads, if none is named.
    ///
    /// # Errors
    ///
    /// There is no such thread.
    pub fn resume(&self, thread: Option<&str>) -> Result<(), OrderError> {
        self.each(thread, |running| running.bell.send(Order::Resume))
    }

    /// Lets a thread leave its ports alone; all threads, if none is named. What arrives meanwhile waits in the rings of
    /// the ports, and is lost and counted there once they are full.
    ///
    /// # Errors
    ///
    /// There is no such thread.
    pub fn pause(&self, thread: Option<&str>) -> Result<(), OrderError> {
        self.each(thread, |running| running.bell.send(Order::Pause))
    }

    /// Puts new access rules in the place of the old ones, in all threads, each before its next turn: packets that a
    /// thread has in its hands when this returns may still meet the old ones.
    ///
    /// # Errors
    ///
    /// No mode has rules.
    pub fn replace_rules(&self, rules: &Arc<AccessRules>) -> Result<(), OrderError> {
        if !self.ports.iter().any(|port| port.has_rules) {
            return Err(OrderError::NoRules);
        }
        for running in &self.threads {
            running.bell.send(Order::Rules(Arc::clone(rules)));
        }
        Ok(())
    }

    /// What ports and threads have counted, and how they are.
    pub fn report(&self) -> WorkersReport {
        WorkersReport::read(
            &self.ports,
            self.threads.iter().map(|running| &*running.figures),
        )
    }

    /// Whether every port has ended, so that nothing is left to do. Files that other ports write to or come from do not
    /// count.
    pub fn is_over(&self) -> bool {
        let mut ports = self.ports.iter().filter(|port| !port.is_companion);
        ports.all(|port| port.end().is_some())
    }

    /// A handle by which any thread reads [`report`](Self::report).
    pub fn reader(&self) -> WorkersReader {
        WorkersReader {
            ports: self.ports.clone(),
            threads: self
                .threads
                .iter()
                .map(|running| Arc::clone(&running.figures))
                .collect(),
        }
    }

    /// Ends all threads and closes their ports. Tells whether all ended in time: within 1.5 seconds.
    pub fn end(mut self) -> bool {
        self.end_all()
    }

    fn end_all(&mut self) -> bool {
        for running in &self.threads {
            running.bell.end();
        }
        let deadline = Instant::now() + PATIENCE;
        let mut all = true;
        for running in &mut self.threads {
            all &= running.join(deadline);
        }
        all
    }

    fn each(&self, thread: Option<&str>, give: impl Fn(&Running)) -> Result<(), OrderError> {
        let is_meant = |running: &&Running| thread.is_none_or(|name| running.figures.name == name);
        let mut meant = self.threads.iter().filter(is_meant).peekable();
        if let (Some(name), None) = (thread, meant.peek()) {
            let names = self
                .threads
                .iter()
                .map(|running| running.figures.name.as_str());
            return Err(OrderError::NoThread {
                name: name.to_owned(),
                known: names.collect::<Vec<_>>().join(", "),
            });
        }
        meant.for_each(give);
        Ok(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.end_all();
    }
}

impl Running {
    /// Waits for the end of the thread; one that hangs is left to itself.
    fn join(&mut self, deadline: Instant) -> bool {
        let Some(handle) = self.handle.take() else {
            return true;
        };
        while !self.figures.has_ended() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::warn!(
                    thread = self.figures.name,
                    "a thread does not end; it is left alone"
                );
                return false;
            }
            self.figures.wait_for_end(left);
        }
        // It said so as its last act.
        handle.join().is_ok()
    }
}

/// Reads what workers count, from any thread, also after their end.
#[derive(Clone, Debug)]
pub struct WorkersReader {
    ports: Vec<Arc<PortFigures>>,
    threads: Vec<Arc<ThreadFigures>>,
}

impl WorkersReader {
    /// What ports and threads have counted, and how they are.
    pub fn report(&self) -> WorkersReport {
        WorkersReport::read(&self.ports, self.threads.iter().map(|thread| &**thread))
    }
}
