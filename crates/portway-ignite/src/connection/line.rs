//! What the handles of a connection and its driver have between them.

use std::sync::Arc;

use portway_ignite_protocol::TopologyVersion;
use tokio::sync::{Notify, Semaphore, mpsc, watch};

use super::pending::Request;
use super::resource::{RESOURCE_LIMIT, Release};
use crate::error::Error;

/// The end that the handles share.
#[derive(Debug)]
pub(crate) struct HandleEnd {
    pub(crate) requests: mpsc::Sender<Request>,
    /// What to release on the server.
    pub(crate) releases: mpsc::Sender<Release>,
    /// A permit for each request in flight.
    pub(crate) room: Arc<Semaphore>,
    /// Rung when someone waits in vain.
    pub(crate) doubts: Arc<Notify>,
    /// Why the connection ended, once it has.
    pub(crate) ended: watch::Receiver<Option<Error>>,
    /// The newest distribution of the partitions that the node told of.
    pub(crate) topology: watch::Receiver<Option<TopologyVersion>>,
}

/// The end that the driver owns.
#[derive(Debug)]
pub(crate) struct DriverEnd {
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) releases: mpsc::Receiver<Release>,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) doubts: Arc<Notify>,
    pub(crate) ended: watch::Sender<Option<Error>>,
    pub(crate) topology: watch::Sender<Option<TopologyVersion>>,
}

pub(crate) fn line(
    requests_in_flight: usize,
    topology: Option<TopologyVersion>,
) -> (HandleEnd, DriverEnd) {
    // There is a place for each request that has a permit, so that queueing one never waits.
    let (requests, queued) = mpsc::channel(requests_in_flight);
    let (releases, released) = mpsc::channel(RESOURCE_LIMIT);
    let (end, ended) = watch::channel(None);
    let (tells_topology, topology) = watch::channel(topology);
    let room = Arc::new(Semaphore::new(requests_in_flight));
    let doubts = Arc::new(Notify::new());
    let driver = DriverEnd {
        requests: queued,
        releases: released,
        room: room.clone(),
        doubts: doubts.clone(),
        ended: end,
        topology: tells_topology,
    };
    (
        HandleEnd {
            requests,
            releases,
            room,
            doubts,
            ended,
            topology,
        },
        driver,
    )
}
