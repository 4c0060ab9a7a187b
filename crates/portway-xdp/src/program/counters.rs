//! What a program counts, each processor for itself.

use std::os::fd::{AsFd, BorrowedFd};

use super::compile::Counter;
use super::error::ProgramError;
use crate::bpf::{Map, MapKind, PossibleProcessors};

/// What a program has done with frames since it was attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProgramStatistics {
    /// Frames that matched and were given to a socket. The socket may still have dropped them, which it counts itself.
    pub redirected: u64,
    /// Frames that matched and went to the kernel, because their queue has no socket.
    pub unclaimed: u64,
    /// Frames that did not match and went to the kernel.
    pub passed: u64,
}

/// The map of the counters.
#[derive(Debug)]
pub(super) struct Counters {
    map: Map,
    processors: PossibleProcessors,
}

impl Counters {
    pub(super) fn create(counters: u32) -> Result<Self, ProgramError> {
        let processors = PossibleProcessors::count().map_err(|source| ProgramError::Kernel {
            doing: "count the processors",
            source,
        })?;
        let size = size_of::<u64>() as u32;
        let map = Map::create(MapKind::PerCpuArray, "portway_counts", size, counters)?;
        Ok(Self { map, processors })
    }

    pub(super) fn read(&self) -> Result<ProgramStatistics, ProgramError> {
        Ok(ProgramStatistics {
            redirected: self.sum(Counter::Redirected)?,
            unclaimed: self.sum(Counter::Unclaimed)?,
            passed: self.sum(Counter::Passed)?,
        })
    }

    fn sum(&self, counter: Counter) -> Result<u64, ProgramError> {
        let values = self.map.lookup_per_cpu(counter as u32, self.processors)?;
        Ok(values.into_iter().fold(0, u64::wrapping_add))
    }
}

impl AsFd for Counters {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }
}
