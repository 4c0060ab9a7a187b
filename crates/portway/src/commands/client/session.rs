//! A tunnel that runs: the data path with the client's own stack inside.

use std::{hash::BuildHasher as _, hash::RandomState};

use portway_gateway::{
    ClientConfiguration, ClientHandle, ClientStack, DataPath, DataPathHandle, Forward, Inner,
    PeerEvent,
};
use tokio::sync::mpsc;

use super::tunnel::Tunnel;
use crate::{
    failure::{Advise as _, Advised},
    shutdown,
};

/// A running tunnel.
pub(super) struct Session {
    pub(super) stack: ClientHandle,
    pub(super) path: DataPathHandle,
    pub(super) events: mpsc::Receiver<PeerEvent>,
}

impl Session {
    /// Starts the tunnel. No packet is sent before there is something to send.
    pub(super) async fn start(tunnel: Tunnel, forwards: Vec<Forward>) -> Result<Self, Advised> {
        let addresses = tunnel.addresses.iter().map(ipnet::IpNet::addr).collect();
        let mut configuration = ClientConfiguration::new(addresses, random_seed());
        configuration.mtu = tunnel.outer.mtu.into();
        configuration.forwards = forwards;
        let (stack, handle) = ClientStack::new(configuration).advise(
            "cannot start the client",
            "change what the reason names, and try again",
        )?;
        let started = DataPath::start(tunnel.outer, Inner::Stack(Box::new(stack)));
        let (path, events) = started.advise(
            "cannot start the tunnel",
            "another program may have the ListenPort of the file; without one any port is taken",
        )?;
        let applied = path.apply_async(tunnel.peers).await;
        applied.advise(
            "cannot add the peers of the file",
            "look at its [Peer] sections",
        )?;
        Ok(Self {
            stack: handle,
            path,
            events,
        })
    }

    /// Whether any peer has completed a handshake.
    pub(super) async fn has_handshake(&self) -> bool {
        let snapshot = self.path.snapshot_async().await;
        snapshot.is_ok_and(|device| {
            device
                .peers
                .iter()
                .any(|peer| peer.last_handshake.is_some())
        })
    }

    /// Ends the tunnel.
    pub(super) async fn end(self) {
        self.path.stop();
        shutdown::finish(async { drop(self.path.ended().await) }).await;
    }
}

/// A number that nobody else knows: the keys of a standard hash map come from the system's
/// random source.
fn random_seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
