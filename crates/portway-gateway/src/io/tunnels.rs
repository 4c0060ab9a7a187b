//! The open tunnels, made on a peer's first message.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    PeerId,
    state::Device,
    tunnel::{BoringTunnel, Gatekeeper},
};

/// A peer's tunnel, which a queue's thread works with while the others go on.
pub(super) type SharedTunnel = Arc<Mutex<BoringTunnel>>;

/// Every open tunnel, and what stands before them all.
#[derive(Default)]
pub(super) struct Tunnels {
    open: BTreeMap<PeerId, SharedTunnel>,
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
    pub(super) fn existing(&self, peer: PeerId) -> Option<MutexGuard<'_, BoringTunnel>> {
        self.open.get(&peer).map(lock)
    }

    /// The same, to be worked with apart from the others.
    pub(super) fn shared(&self, peer: PeerId) -> Option<SharedTunnel> {
        self.open.get(&peer).cloned()
    }

    /// A peer's tunnel, opened where it is not; nothing without an identity.
    pub(super) fn open(
        &mut self,
        peer: PeerId,
        device: &mut Device,
    ) -> Option<MutexGuard<'_, BoringTunnel>> {
        if !self.open.contains_key(&peer) {
            let limiter = self.gatekeeper.as_ref()?.open_gate();
            let keys = device.open_tunnel(peer)?;
            let tunnel = BoringTunnel::new(&keys, limiter);
            self.open.insert(peer, Arc::new(Mutex::new(tunnel)));
        }
        self.existing(peer)
    }

    /// Erases a peer's tunnel.
    pub(super) fn close(&mut self, peer: PeerId) {
        self.open.remove(&peer);
    }
}

/// Takes a tunnel for oneself. Who else has it works on a burst at most.
pub(super) fn lock(tunnel: &SharedTunnel) -> MutexGuard<'_, BoringTunnel> {
    tunnel.lock().unwrap_or_else(PoisonError::into_inner)
}
