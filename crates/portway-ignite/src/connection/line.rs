//! What a driver tells the handles of its connection, and what they release.

use std::sync::Arc;

use portway_ignite_protocol::{BinaryConfiguration, TopologyVersion};
use tokio::sync::{SetOnce, mpsc, watch};

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
    /// How the cluster wants binary objects, once the node said it.
    pub(crate) binary: Arc<SetOnce<BinaryConfiguration>>,
}

/// The end that the driver owns.
#[derive(Debug)]
pub(crate) struct DriverEnd {
    pub(crate) releases: mpsc::Receiver<Release>,
    pub(crate) ended: watch::Sender<Option<Error>>,
    pub(crate) topology: watch::Sender<Option<TopologyVersion>>,
    pub(crate) binary: Arc<SetOnce<BinaryConfiguration>>,
}

pub(crate) fn line() -> (HandleEnd, DriverEnd) {
    let (releases, released) = mpsc::channel(RESOURCE_LIMIT);
    let (end, ended) = watch::channel(None);
    let (tells_topology, topology) = watch::channel(None);
    let binary = Arc::new(SetOnce::new());
    let driver = DriverEnd {
        releases: released,
        ended: end,
        topology: tells_topology,
        binary: binary.clone(),
    };
    (
        HandleEnd {
            releases,
            ended,
            topology,
            binary,
        },
        driver,
    )
}
