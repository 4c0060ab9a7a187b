//! With an interface as inner side: the system's routes to what is behind the peers.

use std::collections::BTreeSet;

use ipnet::IpNet;
use portway_gateway::{
    KernelRoutes,
    fleet::{FollowerView, TunnelNetworks},
};
use tokio::task::JoinHandle;

use crate::failure::{Advise as _, Advised};

/// Keeps the routes into `interface` in step with the prefixes of the peers, until it is aborted.
/// The system removes them together with the interface.
pub(super) fn keep(
    interface: &str,
    networks: &TunnelNetworks,
    peers: &FollowerView,
) -> Result<JoinHandle<()>, Advised> {
    let kernel = KernelRoutes::into_interface(interface).advise(
        format_args!("cannot look up the interface {interface}"),
        "it was made a moment ago: did something remove it?",
    )?;
    let mut routes = Routes {
        kernel,
        made: BTreeSet::new(),
        missing: BTreeSet::new(),
        networks: networks.clone(),
    };
    let (view, mut applied) = (peers.clone(), peers.applied());
    routes.follow(&view);
    Ok(tokio::spawn(async move {
        while applied.changed().await.is_ok() {
            routes.follow(&view);
        }
    }))
}

/// The routes of one interface.
struct Routes {
    kernel: KernelRoutes,
    made: BTreeSet<IpNet>,
    /// Those that could not be made.
    missing: BTreeSet<IpNet>,
    networks: TunnelNetworks,
}

impl Routes {
    fn follow(&mut self, peers: &FollowerView) {
        let wanted: BTreeSet<IpNet> = peers
            .routed()
            .into_iter()
            .filter(|prefix| self.needs_route(prefix))
            .collect();
        for prefix in self.made.difference(&wanted) {
            if let Err(error) = self.kernel.remove(*prefix) {
                tracing::debug!(%prefix, %error, "the route is gone already");
            }
        }
        self.made.retain(|prefix| wanted.contains(prefix));
        self.missing.retain(|prefix| wanted.contains(prefix));
        for prefix in wanted {
            if !self.made.contains(&prefix) {
                self.make(prefix);
            }
        }
    }

    /// What fails is tried again with the next change, and told once.
    fn make(&mut self, prefix: IpNet) {
        match self.kernel.add(prefix) {
            Ok(()) => {
                self.missing.remove(&prefix);
                self.made.insert(prefix);
            }
            Err(error) if self.missing.insert(prefix) => {
                tracing::warn!(%prefix, %error, "no route leads to this prefix of a peer");
            }
            Err(error) => tracing::debug!(%prefix, %error, "still no route"),
        }
    }

    /// The tunnel networks are routed with the interface's own addresses. A default route through
    /// a peer would take the host off its network: that decision is the operator's.
    fn needs_route(&self, prefix: &IpNet) -> bool {
        prefix.prefix_len() > 0 && self.networks.network_around(prefix).is_none()
    }
}
