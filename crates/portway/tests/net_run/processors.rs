//! Which processors the data planes of the tests get.

use rustix::thread::{CpuSet, sched_getaffinity};

/// Two that this process may use; one, where it has no more.
pub(crate) fn usable() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap();
    let usable = (0..CpuSet::MAX_CPU).filter(|processor| allowed.is_set(*processor));
    usable.take(2).collect()
}
