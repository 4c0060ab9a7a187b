//! The open tunnels, made on a peer's first message.

use std::collections::BTreeMap;

use crate::{
    PeerId,
    state::Device,
    tunnel::{BoringTunnel, Gatekeeper},
};

/// Every open tunnel, and what stands before them all.
#[derive(Default)]
pub(super) struct Tunnels {
    open: BTreeMap<PeerId, Box<BoringTunnel>>,
    gatekeeper: Option<Gatekeeper>,
}

impl Tunnels {
    /// Takes the device's identity as it is now.
    pub(super) fn identify_as(&mut self, device: &Device) {
        self.gatekeeper = device
            .identity()
            .map(|(private, public)| Gatekeeper::new(private, public));
    }

    /// What examines handshake messages; nothing without an identity.
    pub(super) fn gatekeeper(&self) -> Option<&Gatekeeper> {
        self.gatekeeper.as_ref()
    }

    /// A peer's tunnel, if it is open.
    pub(super) fn existing(&mut self, peer: PeerId) -> Option<&mut BoringTunnel> {
        self.open.get_mut(&peer).map(AsMut::as_mut)
    }

    /// A peer's tunnel, opened where it is not; nothing without an identity.
    pub(super) fn open(&mut self, peer: PeerId, device: &mut Device) -> Option<&mut BoringTunnel> {
        if !self.open.contains_key(&peer) {
            let limiter = self.gatekeeper.as_ref()?.open_gate();
            let keys = device.open_tunnel(peer)?;
            self.open
                .insert(peer, Box::new(BoringTunnel::new(&keys, limiter)));
        }
        self.existing(peer)
    }

    /// Erases a peer's tunnel.
    pub(super) fn close(&mut self, peer: PeerId) {
        self.open.remove(&peer);
    }
}
