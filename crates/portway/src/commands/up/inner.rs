//! The inner side of a gateway: where decrypted packets go.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::SocketAddr,
    sync::Arc,
};

use ipnet::IpNet;
use portway_gateway::{
    Exit, ExitConfiguration, ExitCounters, ExitMode, Inner, OwnListeners, Publish,
    TunConfiguration, XdpInner, fleet::TunnelNetworks,
};

use super::plan::Plan;
use crate::{
    arguments::{ExitPolicy, InnerSide},
    failure::{Advise as _, Advised},
};

/// An inner side, and what is kept of it once the data path has it.
pub(super) struct InnerChoice {
    pub(super) inner: Inner,
    /// What the exit counts; an interface is counted by the system.
    pub(super) exit: Option<Arc<ExitCounters>>,
    /// To be told of every listener of this process.
    pub(super) own_listeners: OwnListeners,
}

/// Makes the inner side that was asked for.
pub(super) async fn choose(
    plan: &Plan<'_>,
    networks: &TunnelNetworks,
) -> Result<InnerChoice, Advised> {
    let own_listeners = OwnListeners::default();
    if let InnerSide::Tun(name) = &plan.arguments.inner {
        let mut interface = TunConfiguration::new(name);
        interface.addresses = networks.gateway_addresses();
        interface.up = true;
        return Ok(InnerChoice {
            inner: Inner::Tun(interface),
            exit: None,
            own_listeners,
        });
    }
    let addresses = networks
        .gateway_addresses()
        .iter()
        .map(IpNet::addr)
        .collect();
    if let InnerSide::Xdp(interface) = &plan.arguments.inner {
        let inner = XdpInner {
            interface: interface.clone(),
            networks: networks.as_slice().to_vec(),
            addresses,
        };
        return Ok(InnerChoice {
            inner: Inner::Xdp(inner),
            exit: None,
            own_listeners,
        });
    }
    // Random, so that nobody can guess the sequence numbers of a connection.
    let seed = RandomState::new().hash_one(0_u8);
    let mut configuration = ExitConfiguration::new(addresses, networks.as_slice().to_vec(), seed);
    configuration.mode = match plan.arguments.exit {
        ExitPolicy::Default => ExitMode::Default,
        ExitPolicy::Off => ExitMode::Off,
        ExitPolicy::All => ExitMode::All,
    };
    configuration.publish = published(plan).await?;
    configuration.own_listeners = own_listeners.clone();
    let exit = Exit::new(configuration);
    let counters = Some(exit.counters());
    Ok(InnerChoice {
        inner: Inner::Stack(Box::new(exit)),
        exit: counters,
        own_listeners,
    })
}

/// Resolves the names of published services, once.
async fn published(plan: &Plan<'_>) -> Result<Vec<Publish>, Advised> {
    let mut services = Vec::new();
    for publish in &plan.arguments.publish {
        let (host, port) = (publish.target.host(), publish.target.port());
        let found = tokio::net::lookup_host((host, port)).await.advise(
            format_args!("cannot find the host {host} of --publish {}", publish.port),
            "name a service by its address, as in --publish 80=127.0.0.1:8080",
        )?;
        let target: Option<SocketAddr> = found.into_iter().next();
        let target = target.ok_or_else(|| {
            Advised::failed(
                format_args!("the host {host} has no address"),
                "name its address",
            )
        })?;
        services.push(Publish {
            port: publish.port,
            target,
        });
    }
    Ok(services)
}
