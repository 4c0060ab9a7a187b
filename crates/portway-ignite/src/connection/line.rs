//! What a driver tells the handles of its connection, and what they release.

use portway_ignite_protocol::TopologyVersion;
use tokio::sync::{mpsc, watch};

use super::resource::{RESOURCE_LIMIT, Release};
use crate::error::Error;

/// The end that the handles share.
#[derive(Debug)]
pub(crate) struct HandleEnd {
    /// What to release on the server. While there is a sender, the driver is wanted.
    pub(crate) releases: mpsc::Sender<Release>,
    /// Why the connection ended, once it has.
    pub(crate) ended: watch::Receiver<Option<Error>>,
    /// The newest distribution of the partitions that the node told of.
    pub(crate) topology: watch::Receiver<Option<TopologyVersion>>,
}

/// The end that the driver owns.
#[derive(Debug)]
pub(crate) struct DriverEnd {
    pub(crate) releases: mpsc::Receiver<Release>,
    pub(crate) ended: watch::Sender<Option<Error>>,
    pub(crate) topology: watch::Sender<Option<TopologyVersion>>,
}

pub(crate) fn line(topology: Option<TopologyVersion>) -> (HandleEnd, DriverEnd) {
    let (releases, released) = mpsc::channel(RESOURCE_LIMIT);
    let (end, ended) = watch::channel(None);
    let (tells_topology, topology) = watch::channel(topology);
    let driver = DriverEnd {
        releases: released,
        ended: end,
        topology: tells_topology,
    };
    (
        HandleEnd {
            releases,
            ended,
            topology,
        },
        driver,
    )
}
