//! A running gateway: its parts, in the order in which they start and end.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use portway_gateway::{
    Counters, DataPath, DataPathConfiguration, DataPathHandle, FlowExport, FlowIntervals,
    PeerEvent, PublicKey, SOCKET_DIRECTORY, UapiServer,
    control::LiveGateway,
    fleet::{FollowerView, TunnelNetworks},
};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    control::ControlSide,
    events::EventExport,
    flows,
    folder::{Folder, Identity},
    grid_side::GridSide,
    inner::{self, InnerChoice},
    membership::{Member, Membership},
    plan::Plan,
    routes, telling,
};
use crate::{
    arguments::InnerSide,
    failure::{Advise as _, Advised},
    metrics::{Metrics, MetricsServer},
    ready::{Ready, ReadyKey},
};

/// A gateway that serves.
pub(super) struct Gateway {
    pub(super) listen: SocketAddr,
    pub(super) public_key: PublicKey,
    pub(super) networks: TunnelNetworks,
    pub(super) folder: Folder,
    pub(super) grid: GridSide,
    pub(super) control: ControlSide,
    membership: Membership,
    path: DataPathHandle,
    metrics: MetricsServer,
    /// What there is beside an interface.
    interface: Option<InterfaceParts>,
    /// Publishes what becomes of peers and sessions.
    events: Option<EventExport>,
    /// Writes down who talks to whom.
    flows: Option<JoinHandle<()>>,
}

/// What a gateway with an interface has more than one without.
struct InterfaceParts {
    /// The socket that `wg` speaks to.
    control: UapiServer,
    /// Keeps the system's routes in step with the peers.
    routes: JoinHandle<()>,
}

impl Gateway {
    /// Starts all parts; returns when every listener accepts.
    pub(super) async fn start(plan: &Plan<'_>) -> anyhow::Result<Self> {
        let arguments = plan.arguments;
        let folder = Folder::open(&arguments.data, arguments.ephemeral)?;
        let identity = folder.identity(arguments.grid.fleet_key_file.as_deref())?;
        let networks = plan.networks(&identity.fleet_key);
        let inner = inner::choose(plan, &networks).await?;
        let (own_listeners, exit) = (inner.own_listeners.clone(), inner.exit.clone());
        let (export, intervals) = flows::export(&arguments.flows).unzip();
        let (path, events) = start_data_path(plan, &identity, inner, export)?;
        let listen = SocketAddr::new(plan.listen.ip(), path.local_address().port());
        let grid = GridSide::open(arguments, &folder).await?;
        let member = Member {
            identity: &identity,
            networks: &networks,
            endpoint: plan.endpoint(listen)?,
            path: &path,
            events,
        };
        let membership = Membership::join(&grid.client, member).await?;
        let interface = start_interface_parts(plan, &path, &networks, &membership.peers)?;
        let live = live(plan, &identity, &path, &membership);
        let control = ControlSide::open(arguments, &folder, &membership.fleet, live).await?;
        let mut metrics = telling::metrics(&path, &membership.peers, exit.as_ref());
        grid.register(&mut metrics);
        let flows = write_flows(plan, &identity, &grid, intervals, &mut metrics);
        let events = export_events(plan, &identity, &membership, &mut metrics);
        let metrics = metrics.serve(arguments.service.metrics).await?;
        let gateway = Self {
            listen,
            public_key: identity.private_key.public_key(),
            networks,
            folder,
            grid,
            control,
            membership,
            path,
            metrics,
            interface,
            events,
            flows,
        };
        gateway
            .listeners()
            .for_each(|listener| own_listeners.add(listener));
        Ok(gateway)
    }

    /// Where this process listens: no peer is to get there through the exit.
    fn listeners(&self) -> impl Iterator<Item = SocketAddr> {
        let control = self.control.listener.as_ref().map(|(address, _)| *address);
        let further = [self.grid.tcp_address(), control];
        [self.listen, self.metrics.address()]
            .into_iter()
            .chain(further.into_iter().flatten())
    }

    /// What is told once every listener accepts.
    pub(super) fn ready(&self) -> Ready {
        Ready::default()
            .with(ReadyKey::Listen, self.listen)
            .with(ReadyKey::Data, self.folder.path().display())
            .with(ReadyKey::Grid, &self.grid.address)
            .with(ReadyKey::Control, &self.control.address)
            .with(ReadyKey::Metrics, self.metrics.address())
            .with(ReadyKey::PublicKey, self.public_key)
    }

    /// The peers of the fleet.
    pub(super) const fn peers(&self) -> &FollowerView {
        &self.membership.peers
    }

    /// What the data path counts.
    pub(super) fn counters(&self) -> Arc<Counters> {
        self.path.counters()
    }

    /// Waits until the data path is no more, and tells why.
    pub(super) async fn ended(&self) -> anyhow::Error {
        let end: Result<(), _> = Err(self.path.ended().await);
        match end.advise(
            "the gateway ended",
            "start it again; `-v` tells more of what happened",
        ) {
            Err(advised) => advised.into(),
            Ok(()) => unreachable!("an end stays an end"),
        }
    }

    /// Ends all parts: first nobody is told to come here any more.
    pub(super) async fn stop(self) {
        if let Some(InterfaceParts { control, routes }) = self.interface {
            drop(control);
            routes.abort();
        }
        self.control.close().await;
        if let Some(events) = self.events {
            events.stop();
        }
        self.membership.leave().await;
        self.path.stop();
        self.path.ended().await;
        if let Some(flows) = self.flows {
            flows::finish(flows).await;
        }
        self.grid.close().await;
    }
}

fn start_data_path(
    plan: &Plan<'_>,
    identity: &Identity,
    inner: InnerChoice,
    flows: Option<FlowExport>,
) -> Result<(DataPathHandle, mpsc::Receiver<PeerEvent>), Advised> {
    let mut configuration = DataPathConfiguration::new(plan.listen_address());
    configuration.private_key = Some(identity.private_key.clone());
    configuration.outer_xdp = plan.outer_xdp();
    configuration.flows = flows;
    let started = DataPath::start(configuration, inner.inner);
    let hint = match started.as_ref().map_err(io::Error::kind) {
        Err(io::ErrorKind::AddrInUse) => {
            "choose another address with --listen, or stop the program that has it"
        }
        Err(io::ErrorKind::AddrNotAvailable) => {
            "--listen takes an address of this host; 0.0.0.0 and [::] stand for all"
        }
        _ if plan.uses_xdp() => {
            "xdp: needs root, or CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF; `portway doctor` looks at this machine"
        }
        _ => "--inner tun:NAME needs root or CAP_NET_ADMIN, --inner exit does not",
    };
    started.advise(
        format_args!("cannot start a gateway at {}", plan.listen),
        hint,
    )
}

/// Serves `wg`, and keeps the routes, where there is an interface.
fn start_interface_parts(
    plan: &Plan<'_>,
    path: &DataPathHandle,
    networks: &TunnelNetworks,
    peers: &FollowerView,
) -> Result<Option<InterfaceParts>, Advised> {
    let InnerSide::Tun(name) = &plan.arguments.inner else {
        return Ok(None);
    };
    let socket = Path::new(SOCKET_DIRECTORY).join(format!("{name}.sock"));
    let control = UapiServer::start(&socket, Arc::new(path.clone())).advise(
        format_args!("cannot serve `wg` for {name}"),
        "only root can listen there; if another program has the socket, stop it",
    )?;
    let routes = routes::keep(name, networks, peers)?;
    Ok(Some(InterfaceParts { control, routes }))
}

/// What the control API tells of, as it is now.
fn live(
    plan: &Plan<'_>,
    identity: &Identity,
    path: &DataPathHandle,
    membership: &Membership,
) -> LiveGateway {
    LiveGateway {
        id: identity.id.clone(),
        path: path.clone(),
        peers: membership.peers.clone(),
        dns: plan.arguments.peer_dns.clone(),
    }
}

/// Writes down who talks to whom, where that is wanted.
fn write_flows(
    plan: &Plan<'_>,
    identity: &Identity,
    grid: &GridSide,
    intervals: Option<FlowIntervals>,
    metrics: &mut Metrics,
) -> Option<JoinHandle<()>> {
    let intervals = intervals?;
    telling::register_flows(metrics, intervals.counters());
    let retention = plan.arguments.flows.flow_retention.0;
    let (client, id) = (grid.client.clone(), identity.id.clone());
    Some(flows::write(client, retention, id, intervals))
}

/// Publishes what becomes of peers and sessions, where that is wanted.
fn export_events(
    plan: &Plan<'_>,
    identity: &Identity,
    membership: &Membership,
    metrics: &mut Metrics,
) -> Option<EventExport> {
    let address = plan.arguments.events.as_ref()?;
    let events = membership.peers.events();
    Some(EventExport::start(address, &identity.id, events, metrics))
}
