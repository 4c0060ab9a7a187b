//! How the rest of the program talks to a client stack that another thread drives.

use std::{
    io::Write,
    net::IpAddr,
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError},
    },
    time::Duration,
};

use mio::unix::pipe;
use thiserror::Error;
use tokio::sync::mpsc;

use super::{configuration::Forward, pinger::Ping};

/// An answer to one request of a ping.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PingReply {
    /// Which request, from 0.
    pub sequence: u16,
    /// From the request to its answer, the handshake of the tunnel included where there was one.
    pub round_trip: Duration,
}

/// Why a ping does not start.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum PingError {
    /// The client has no address of this IP version.
    #[error(
        "the client has no address to ping {0} from; \
         add one of the same IP version to `Address` in its file"
    )]
    NoAddress(IpAddr),
    /// No request was asked for.
    #[error("a ping needs at least one request; ask for a count of 1 or more")]
    NoRequest,
    /// Too many pings wait to be started.
    #[error("too many pings at once; wait for one to end")]
    Busy,
    /// The data path has stopped.
    #[error("the tunnel has stopped; start the client again")]
    Stopped,
}

/// Speaks to a client stack from any thread; cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientHandle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    addresses: Vec<IpAddr>,
    forwards: Vec<Forward>,
    commands: SyncSender<Ping>,
    waker: pipe::Sender,
}

impl ClientHandle {
    pub(super) fn new(
        addresses: Vec<IpAddr>,
        forwards: Vec<Forward>,
        commands: SyncSender<Ping>,
        waker: pipe::Sender,
    ) -> Self {
        let shared = Shared {
            addresses,
            forwards,
            commands,
            waker,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The forwards, with the ports on which they really listen.
    #[must_use]
    pub fn forwards(&self) -> &[Forward] {
        &self.shared.forwards
    }

    /// Sends `count` requests to `destination` and waits `timeout` for all answers together.
    ///
    /// The replies come in the order of their arrival. The channel closes when all have come or
    /// the time is over; requests without a reply were lost. Dropping it ends the ping.
    ///
    /// # Errors
    ///
    /// Fails when the client cannot start it, with the reason.
    pub fn ping(
        &self,
        destination: IpAddr,
        count: u16,
        timeout: Duration,
    ) -> Result<mpsc::Receiver<PingReply>, PingError> {
        if count == 0 {
            return Err(PingError::NoRequest);
        }
        let source = source_for(&self.shared.addresses, destination)
            .ok_or(PingError::NoAddress(destination))?;
        let (replies, receiver) = mpsc::channel(count.into());
        let ping = Ping {
            source,
            destination,
            count,
            timeout,
            replies,
        };
        self.shared
            .commands
            .try_send(ping)
            .map_err(|error| match error {
                TrySendError::Full(_) => PingError::Busy,
                TrySendError::Disconnected(_) => PingError::Stopped,
            })?;
        self.wake();
        Ok(receiver)
    }

    fn wake(&self) {
        // A full pipe wakes as well, and a closed one has nobody to wake.
        let _ = (&self.shared.waker).write(&[0]);
    }
}

/// The first of the client's addresses that can speak to `destination`.
pub(super) fn source_for(addresses: &[IpAddr], destination: IpAddr) -> Option<IpAddr> {
    let mut addresses = addresses.iter().copied();
    addresses.find(|address| address.is_ipv4() == destination.is_ipv4())
}
