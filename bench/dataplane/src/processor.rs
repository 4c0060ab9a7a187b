//! Processor time of threads and processes, and which processor a thread runs on.

use std::{fs, io, path::PathBuf, time::Duration};

use crate::system::checked;

/// A thread of this process.
#[derive(Debug)]
pub struct Thread(PathBuf);

impl Thread {
    /// The one that asks.
    ///
    /// # Errors
    ///
    /// Fails without `/proc`.
    pub fn this() -> io::Result<Self> {
        let task = fs::read_link("/proc/thread-self")?;
        Ok(Self(PathBuf::from("/proc").join(task)))
    }

    /// The time that it has been on a processor, with the interrupts that ran in it.
    ///
    /// # Errors
    ///
    /// Fails when it has ended.
    pub fn on_processor(&self) -> io::Result<Duration> {
        let text = fs::read_to_string(self.0.join("schedstat"))?;
        let first = text.split_whitespace().next().unwrap_or("0");
        first
            .parse()
            .map(Duration::from_nanos)
            .map_err(io::Error::other)
    }
}

/// The time that all threads of a process have been on a processor.
///
/// # Errors
///
/// Fails when it is gone.
pub fn of_process(id: u32) -> io::Result<Duration> {
    let mut sum = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{id}/task"))? {
        // A thread that ends between the two reads takes its time with it; these programs end none.
        sum += Thread(task?.path()).on_processor().unwrap_or_default();
    }
    Ok(sum)
}

/// Keeps this thread on one processor.
///
/// # Errors
///
/// There is no such processor for us.
pub fn pin(processor: usize) -> io::Result<()> {
    // SAFETY: a set of zeros is an empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: a number beyond the set panics.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: the kernel reads as many bytes as the set has.
    let answer = unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) };
    checked(answer).map(drop)
}
