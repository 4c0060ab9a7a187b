//! The port that receives nothing and swallows everything.

use std::io;

use portway_xdp::{Burst, FramePool, Region};

use super::{Port, Receive, ReceiveCounts, Transmit, TransmitCounts};

/// Receives nothing; what is sent counts as sent and goes back to its region.
#[derive(Debug)]
pub struct NullPort {
    pool: FramePool,
}

impl NullPort {
    /// Makes the port.
    pub fn open(name: impl Into<String>, region: &Region) -> Port {
        Port::new(name, region, Self::half(region), Self::half(region))
    }

    /// One half, beside another back end's.
    pub(super) fn half(region: &Region) -> Box<Self> {
        let pool = FramePool::new(region);
        Box::new(Self { pool })
    }
}

impl Receive for NullPort {
    fn receive(&mut self, _: &mut Burst, _: &mut ReceiveCounts) -> io::Result<()> {
        Ok(())
    }
}

impl Transmit for NullPort {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        counts.count_sent(burst);
        self.pool.give_all(burst);
        Ok(())
    }
}
