//! Decides which destinations peers may reach. Pure functions on addresses.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod embedded;
mod forbidden;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use ipnet::IpNet;

use self::{
    embedded::{embedded, in_local_translation},
    forbidden::never_reachable,
};
use super::configuration::{ExitMode, OwnListeners};

/// Why a destination is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The exit is off.
    Off,
    /// It is the host's loopback network.
    Loopback,
    /// It is link-local, which is where most clouds keep their metadata services.
    LinkLocal,
    /// It is a metadata service at another address.
    Metadata,
    /// It is a multicast group.
    Multicast,
    /// It is the broadcast address.
    Broadcast,
    /// It is unspecified, or in "this network" 0.0.0.0/8.
    Unspecified,
    /// It is inside the tunnel networks, but no peer has it.
    TunnelNetwork,
    /// It is one of our own listeners.
    OwnListener,
    /// It is an address of the host.
    HostAddress,
}

/// The rules of one exit.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    mode: ExitMode,
    networks: Vec<IpNet>,
    own_listeners: OwnListeners,
    /// Empty but in tests.
    exempt: Vec<IpNet>,
}

impl Policy {
    pub(crate) const fn new(
        mode: ExitMode,
        networks: Vec<IpNet>,
        own_listeners: OwnListeners,
    ) -> Self {
        Self {
            mode,
            networks,
            own_listeners,
            exempt: Vec::new(),
        }
    }

    /// Admits a network whatever the rules say, so that tests reach servers on loopback.
    #[cfg(test)]
    pub(crate) fn exempting(mut self, network: IpNet) -> Self {
        self.exempt.push(network);
        self
    }

    /// Judges a destination; `host` are the addresses of the host as of now.
    ///
    /// # Errors
    ///
    /// Tells the first rule that refuses it.
    pub(crate) fn judge(
        &self,
        destination: SocketAddr,
        host: &BTreeSet<IpAddr>,
    ) -> Result<(), Refusal> {
        if contains(&self.exempt, destination.ip()) {
            return Ok(());
        }
        if self.mode == ExitMode::Off {
            return Err(Refusal::Off);
        }
        self.judge_address(destination.ip(), destination.port(), host)?;
        embedded(destination.ip())
            .chain(in_local_translation(destination.ip()))
            .try_for_each(|inner| self.judge_address(inner.into(), destination.port(), host))
    }

    fn judge_address(
        &self,
        address: IpAddr,
        port: u16,
        host: &BTreeSet<IpAddr>,
    ) -> Result<(), Refusal> {
        if let Some(refusal) = never_reachable(address) {
            return Err(refusal);
        }
        if contains(&self.networks, address) {
            return Err(Refusal::TunnelNetwork);
        }
        if host.contains(&address) {
            if self.own_listeners.have_port(port) {
                return Err(Refusal::OwnListener);
            }
            if self.mode != ExitMode::All {
                return Err(Refusal::HostAddress);
            }
        }
        Ok(())
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}
