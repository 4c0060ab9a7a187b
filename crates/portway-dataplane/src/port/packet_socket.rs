//! Ports over AF_PACKET: any interface, beside the kernel, without an XDP program.

use std::{
    io,
    os::fd::{AsRawFd, RawFd},
};

use portway_xdp::{Burst, PacketSocket, PacketSocketError, Region};

use super::{DropReason, Port, Receive, ReceiveCounts, Transmit, TransmitCounts};

/// An AF_PACKET socket as a port: it receives every packet of the interface, which goes on to the kernel too, and sends
/// past the queueing discipline. Needs CAP_NET_RAW.
#[derive(Debug)]
pub struct PacketPort;

impl PacketPort {
    /// Opens the port on an interface of this network namespace. Frames come from `region`.
    ///
    /// # Errors
    ///
    /// There is no such interface, or the privilege is missing.
    pub fn open(
        name: impl Into<String>,
        interface: &str,
        region: &Region,
    ) -> Result<Port, PacketSocketError> {
        // Two sockets, so that each half has its own; what only sends is told of nothing.
        let receive = Box::new(Receiving(PacketSocket::open(interface, region)?));
        let transmit = Box::new(Sending(PacketSocket::sending(interface, region)?));
        Ok(Port::new(name, region, receive, transmit))
    }
}

#[derive(Debug)]
struct Receiving(PacketSocket);

impl Receive for Receiving {
    fn receive(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> io::Result<()> {
        let received = self.0.receive(burst).map_err(io::Error::other)?;
        for _ in 0..received.too_long {
            counts.count_invalid(DropReason::TooLong);
        }
        counts.fill_starved += u64::from(received.starved);
        Ok(())
    }

    fn refresh(&mut self, counts: &mut ReceiveCounts) {
        if let Ok(missed) = self.0.missed() {
            counts.count_missed(missed, DropReason::RingFull);
        }
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.0.as_raw_fd())
    }
}

#[derive(Debug)]
struct Sending(PacketSocket);

impl Transmit for Sending {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        while !burst.is_empty() {
            counts.tx_kicks += 1;
            let before = burst.len();
            let lengths = sums(burst);
            let result = self.0.send(burst);
            let left = sums(burst);
            counts.out_packets += (before - burst.len()) as u64;
            counts.out_bytes += lengths - left;
            match result {
                Ok(_) => return Ok(()),
                Err(PacketSocketError::Refused { .. }) => {
                    counts.count_invalid(DropReason::Unsendable);
                    burst.drain(1).for_each(drop);
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(())
    }
}

fn sums(burst: &Burst) -> u64 {
    burst.iter().map(|frame| frame.len() as u64).sum()
}
