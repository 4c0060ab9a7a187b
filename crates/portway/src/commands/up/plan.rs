//! What a gateway is asked to be: the arguments, checked against each other.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use portway_gateway::{
    HostPort, ListenAddress, XdpInterface,
    fleet::{FleetKey, TunnelNetworks},
};

use super::UpArguments;
use crate::{
    arguments::{ExitPolicy, InnerSide, OuterSide, Publish, TimeSpan},
    failure::{Advise as _, Advised},
};

/// WireGuard's usual port, on loopback until told otherwise.
const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 51820);

/// What was counted in an interval is lost when the gateway is killed.
const LONGEST_FLOW_INTERVAL: TimeSpan = TimeSpan(Duration::from_secs(60 * 60));

/// The checked arguments.
pub(super) struct Plan<'a> {
    pub(super) arguments: &'a UpArguments,
    /// Where WireGuard listens.
    pub(super) listen: SocketAddr,
    /// The networks that were asked for.
    networks: Option<TunnelNetworks>,
}

impl<'a> Plan<'a> {
    /// Checks what depends on several arguments.
    pub(super) fn of(arguments: &'a UpArguments) -> Result<Self, Advised> {
        check_grid_listener(arguments)?;
        check_control_listener(arguments)?;
        check_exit(arguments)?;
        check_flows(arguments)?;
        let networks = match arguments.network.as_slice() {
            [] => None,
            networks => Some(TunnelNetworks::new(networks.to_vec()).map_err(|error| {
                Advised::wrong_use(error, "write them like --network 10.77.0.0/16,fd00:77::/64")
            })?),
        };
        Ok(Self {
            arguments,
            listen: listen(arguments)?,
            networks,
        })
    }

    /// The networks that were asked for, or those that belong to the fleet.
    pub(super) fn networks(&self, key: &FleetKey) -> TunnelNetworks {
        self.networks
            .clone()
            .unwrap_or_else(|| TunnelNetworks::default_for(key))
    }

    /// Where the data path listens: `[::]` stands for both families.
    pub(super) const fn listen_address(&self) -> ListenAddress {
        match self.listen {
            SocketAddr::V6(address) if address.ip().is_unspecified() => {
                ListenAddress::Any(address.port())
            }
            address => ListenAddress::At(address),
        }
    }

    /// The interface whose datagrams AF_XDP takes, if one does.
    pub(super) fn outer_xdp(&self) -> Option<XdpInterface> {
        match &self.arguments.outer {
            Some(OuterSide::Xdp(interface)) => Some(interface.clone()),
            _ => None,
        }
    }

    /// Whether either side is on AF_XDP.
    pub(super) fn uses_xdp(&self) -> bool {
        self.outer_xdp().is_some() || matches!(self.arguments.inner, InnerSide::Xdp(_))
    }

    /// What clients dial, given the port that is really bound.
    pub(super) fn endpoint(&self, bound: SocketAddr) -> Result<HostPort, Advised> {
        match &self.arguments.endpoint {
            Some(endpoint) => Ok(endpoint.clone()),
            None => HostPort::new(&bound.ip().to_string(), bound.port()).advise(
                format_args!("clients cannot dial {bound}"),
                "tell what they dial with --endpoint HOST:PORT",
            ),
        }
    }

    /// Whether clients are told an address that they cannot dial.
    pub(super) fn needs_endpoint(&self) -> bool {
        self.arguments.endpoint.is_none() && self.listen.ip().is_unspecified()
    }
}

/// Whoever writes the grid is close to the VPN: off loopback nobody may read on the way.
fn check_grid_listener(arguments: &UpArguments) -> Result<(), Advised> {
    let tls = &arguments.grid.tls;
    match arguments.grid_listen {
        Some(address) if !address.ip().is_loopback() => {
            if tls.grid_cert.is_some() || arguments.insecure {
                return Ok(());
            }
            Err(Advised::wrong_use(
                format_args!("--grid-listen {address} leaves loopback without TLS"),
                "give --grid-cert and --grid-key, or add --insecure where the network is yours alone",
            ))
        }
        None if arguments.grid.grid.is_empty() && tls.is_asked_for() => Err(Advised::wrong_use(
            "--grid-ca, --grid-cert and --grid-key say nothing of a grid inside this process",
            "name a grid elsewhere with --grid, or serve this one with --grid-listen",
        )),
        _ => Ok(()),
    }
}

/// Whoever controls the gateway lets peers in: he has to say who he is, wherever he is.
fn check_control_listener(arguments: &UpArguments) -> Result<(), Advised> {
    let control = &arguments.control;
    let asks = !control.control_token.is_empty() || !control.control_client_ca.is_empty();
    match control.control_listen {
        Some(address) if !asks => Err(Advised::wrong_use(
            format_args!("--control-listen {address} would let nobody in"),
            "name who may do what: --control-token ROLE=FILE or --control-client-ca ROLE=FILE, with the role admin, \
             read or enrol; `openssl rand -hex 32` makes a token",
        )),
        _ => Ok(()),
    }
}

/// Where WireGuard listens: what the outer side says, or `--listen`.
fn listen(arguments: &UpArguments) -> Result<SocketAddr, Advised> {
    match (&arguments.outer, arguments.listen) {
        (None, listen) => Ok(listen.unwrap_or(DEFAULT_LISTEN)),
        (Some(OuterSide::Udp(address)), None) => Ok(*address),
        (Some(OuterSide::Udp(_)), Some(_)) => Err(Advised::wrong_use(
            "--listen ADDR:PORT is short for --outer udp:ADDR:PORT: both are too many",
            "leave one of them out",
        )),
        (Some(OuterSide::Xdp(interface)), listen) => {
            let usable = listen.filter(|listen| !listen.ip().is_loopback());
            usable.ok_or_else(|| {
                let problem = format!(
                    "--outer xdp:{} needs to know which datagrams to take off the interface",
                    interface.name
                );
                let hint = "name the address that clients dial, one of the interface's own: --listen ADDR:PORT; 0.0.0.0 and [::] stand for all \
                            that it has";
                Advised::wrong_use(problem, hint)
            })
        }
    }
}

/// A shorter interval would write more than it tells, a longer one would lose much at once.
fn check_flows(arguments: &UpArguments) -> Result<(), Advised> {
    let interval = arguments.flows.flow_interval;
    if interval > LONGEST_FLOW_INTERVAL {
        return Err(Advised::wrong_use(
            format_args!("--flow-interval {interval} is longer than {LONGEST_FLOW_INTERVAL}"),
            "take at most an hour: what is counted meanwhile lies in memory",
        ));
    }
    Ok(())
}

/// Options of the user-space exit mean nothing for an interface.
fn check_exit(arguments: &UpArguments) -> Result<(), Advised> {
    let inner = &arguments.inner;
    if *inner == InnerSide::Exit {
        return Ok(());
    }
    let hint = "use it with --inner exit, or leave it out: packets go where the system routes them";
    if let Some(Publish { port, .. }) = arguments.publish.first() {
        let problem = format!("--publish {port} does not go with --inner {inner}");
        return Err(Advised::wrong_use(problem, hint));
    }
    if arguments.exit != ExitPolicy::Default {
        let problem = format!("--exit does not go with --inner {inner}");
        return Err(Advised::wrong_use(problem, hint));
    }
    Ok(())
}
