//! What a back end is to a port.

use std::{fmt::Debug, io, os::fd::RawFd};

use portway_xdp::{Burst, SendFeatures, TimeStamp};

use super::{ReceiveCounts, TransmitCounts};

/// What the first bytes of a port's frames are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum LinkType {
    /// An Ethernet header.
    #[default]
    Ethernet,
    /// An IPv4 or IPv6 header.
    Ip,
}

/// The receiving half of a back end. It is called once a burst.
pub trait Receive: Debug + Send {
    /// Adds what has arrived to `burst`, as far as there is room, without waiting.
    ///
    /// The port counts the packets and bytes of the frames that were added; everything else (what was missed, what was
    /// invalid, what the ring did) is counted here.
    ///
    /// # Errors
    ///
    /// The system's reason. Frames that were added before it stay in the burst.
    fn receive(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> io::Result<()>;

    /// Adds what the system alone counts, such as packets that nobody received in time. It costs a system call, and
    /// is called at most a hundred times a second and when somebody asks.
    fn refresh(&mut self, _counts: &mut ReceiveCounts) {}

    /// What becomes readable when there is something to receive.
    fn descriptor(&self) -> Option<RawFd> {
        None
    }

    /// Takes frames that nobody needs any more, to receive into again.
    fn give_back(&mut self, burst: &mut Burst) {
        burst.clear();
    }

    /// What the first bytes of the frames are.
    fn link_type(&self) -> LinkType {
        LinkType::Ethernet
    }
}

/// The sending half of a back end. It is called once a burst.
pub trait Transmit: Debug + Send {
    /// Takes frames from the front of `burst` as far as there is room for them; never waits.
    ///
    /// Each frame that is taken is counted exactly once: as sent
    /// ([`TransmitCounts::count_sent`]), as dropped or as invalid.
    ///
    /// # Errors
    ///
    /// The system's reason. Frames that were not taken stay in the burst.
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()>;

    /// Passes on what it holds back to pass on more at once, as the buffer of a file. It is called now and then, also when
    /// nothing is sent.
    ///
    /// # Errors
    ///
    /// The system's reason.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// What frames can ask of it. Where it is nothing, the port computes checksums that are asked for before it hands them
    /// over.
    fn send_features(&self) -> SendFeatures {
        SendFeatures::NONE
    }

    /// The next time stamp that came back.
    fn next_time_stamp(&mut self) -> Option<TimeStamp> {
        None
    }
}
