//! The service: checks who asks, and hands on.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use portway_control::{
    Role,
    v1::{
        AddPeerRequest, AddedPeer, ChangePeerRequest, Control, Enrolment, GetPeerRequest,
        GetStatisticsRequest, Invitation, InviteRequest, ListGatewaysRequest, ListGatewaysResponse,
        ListPeersRequest, ListSessionsRequest, ListedPeer, Peer, RedeemRequest, RemovePeerRequest,
        RemovedPeer, Session, Statistics, WatchRequest, WatchStatisticsRequest, WatchedChange,
    },
};
use portway_rpc::{CancelReason, Cancellation, Context, Sending, Status};

use super::{Access, attempts::Attempts, failure, listing, messages, requests, statistics, watch};
use crate::{
    DataPathHandle,
    fleet::{Fleet, FollowerView, GatewayId},
};

/// The control API over one fleet, for one listener. Clones are the same service.
#[derive(Clone)]
pub struct ControlService {
    pub(super) shared: Arc<Shared>,
    access: Access,
}

/// What the services of all listeners share.
pub(super) struct Shared {
    pub(super) fleet: Fleet,
    pub(super) gateway: Option<LiveGateway>,
    pub(super) attempts: Mutex<Attempts>,
    /// Ends what goes on for ever.
    pub(super) closing: Cancellation,
}

/// The gateway that a control API belongs to.
#[derive(Clone)]
pub struct LiveGateway {
    /// Which one of the fleet.
    pub id: GatewayId,
    /// Its data path.
    pub path: DataPathHandle,
    /// Its copy of the peers, and its events.
    pub peers: FollowerView,
    /// The name servers that enrolled peers are told.
    pub dns: Vec<IpAddr>,
}

impl ControlService {
    /// The API of a fleet without a gateway: what only a gateway knows is refused. Everyone is an admin, as whoever
    /// has the fleet key is.
    #[must_use]
    pub fn of_grid(fleet: Fleet) -> Self {
        Self::new(fleet, None)
    }

    /// The API of a gateway. Everyone is an admin until [`with_access`](Self::with_access) says otherwise.
    #[must_use]
    pub fn of_gateway(fleet: Fleet, gateway: LiveGateway) -> Self {
        Self::new(fleet, Some(gateway))
    }

    fn new(fleet: Fleet, gateway: Option<LiveGateway>) -> Self {
        let shared = Shared {
            fleet,
            gateway,
            attempts: Mutex::default(),
            closing: Cancellation::new(),
        };
        Self {
            shared: Arc::new(shared),
            access: Access::everyone(Role::Admin),
        }
    }

    /// The same service for another listener.
    #[must_use]
    pub fn with_access(&self, access: Access) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            access,
        }
    }

    /// Ends the calls that go on for ever, on all listeners: their servers could not drain otherwise.
    pub fn close(&self) {
        self.shared.closing.cancel(CancelReason::Stopping);
    }

    fn admit(&self, context: &Context, needed: Role) -> Result<&Shared, Status> {
        self.access.check(context, needed)?;
        Ok(&self.shared)
    }
}

impl Shared {
    /// The gateway, for what only one knows.
    pub(super) fn gateway(&self) -> Result<&LiveGateway, Status> {
        self.gateway.as_ref().ok_or_else(failure::needs_gateway)
    }

    /// Runs what goes on for ever until the gateway ends.
    async fn until_closing(
        &self,
        work: impl Future<Output = Result<(), Status>>,
    ) -> Result<(), Status> {
        tokio::select! {
            ended = work => ended,
            _ = self.closing.cancelled() => Err(failure::ending()),
        }
    }
}

impl Control for ControlService {
    async fn list_peers(
        &self,
        context: Context,
        _: ListPeersRequest,
        responses: Sending<ListedPeer>,
    ) -> Result<(), Status> {
        let shared = self.admit(&context, Role::Read)?;
        listing::peers(shared, responses).await
    }

    async fn get_peer(&self, context: Context, request: GetPeerRequest) -> Result<Peer, Status> {
        let shared = self.admit(&context, Role::Read)?;
        listing::peer(shared, &request.peer).await
    }

    async fn add_peer(
        &self,
        context: Context,
        request: AddPeerRequest,
    ) -> Result<AddedPeer, Status> {
        let shared = self.admit(&context, Role::Admin)?;
        let now = SystemTime::now();
        let wanted = requests::new_peer(&request, now)?;
        let added = shared.fleet.add(wanted, now).await;
        let added = added.map_err(failure::of_fleet)?;
        let own = shared.gateway.as_ref().map(|gateway| gateway.id.as_str());
        Ok(AddedPeer {
            peer: Some(messages::peer(&added.record, None, now)),
            addresses: messages::texts(&added.addresses),
            gateway: Some(messages::gateway(&added.gateway, own)),
        })
    }

    async fn change_peer(
        &self,
        context: Context,
        request: ChangePeerRequest,
    ) -> Result<Peer, Status> {
        let shared = self.admit(&context, Role::Admin)?;
        let now = SystemTime::now();
        let edit = requests::edit(&request, now)?;
        match shared.fleet.change(&request.peer, edit, now).await {
            Ok(record) => Ok(messages::peer(&record, None, now)),
            Err(error) => Err(listing::refused(shared, error).await),
        }
    }

    async fn remove_peer(
        &self,
        context: Context,
        request: RemovePeerRequest,
    ) -> Result<RemovedPeer, Status> {
        let shared = self.admit(&context, Role::Admin)?;
        match shared.fleet.remove(&request.peer).await {
            Ok(record) => Ok(RemovedPeer {
                peer: record.map(|record| messages::peer(&record, None, SystemTime::now())),
            }),
            Err(error) => Err(listing::refused(shared, error).await),
        }
    }

    async fn list_gateways(
        &self,
        context: Context,
        _: ListGatewaysRequest,
    ) -> Result<ListGatewaysResponse, Status> {
        let shared = self.admit(&context, Role::Read)?;
        let gateways = shared.fleet.gateways().await.map_err(failure::of_fleet)?;
        let own = shared.gateway.as_ref().map(|gateway| gateway.id.as_str());
        let gateways = gateways.iter().map(|record| messages::gateway(record, own));
        Ok(ListGatewaysResponse {
            gateways: gateways.collect(),
        })
    }

    async fn list_sessions(
        &self,
        context: Context,
        _: ListSessionsRequest,
        responses: Sending<Session>,
    ) -> Result<(), Status> {
        let shared = self.admit(&context, Role::Read)?;
        listing::sessions(shared, responses).await
    }

    async fn get_statistics(
        &self,
        context: Context,
        _: GetStatisticsRequest,
    ) -> Result<Statistics, Status> {
        let gateway = self.admit(&context, Role::Read)?.gateway()?;
        Ok(statistics::read(gateway, SystemTime::now()))
    }

    async fn watch_statistics(
        &self,
        context: Context,
        request: WatchStatisticsRequest,
        responses: Sending<Statistics>,
    ) -> Result<(), Status> {
        let shared = self.admit(&context, Role::Read)?;
        let interval = Duration::from_millis(request.interval_milliseconds.into());
        let work = statistics::tell(shared.gateway()?, interval, responses);
        shared.until_closing(work).await
    }

    async fn watch(
        &self,
        context: Context,
        request: WatchRequest,
        responses: Sending<WatchedChange>,
    ) -> Result<(), Status> {
        let shared = self.admit(&context, Role::Read)?;
        let work = watch::tell(shared.gateway()?, request, responses);
        shared.until_closing(work).await
    }

    async fn invite(&self, context: Context, request: InviteRequest) -> Result<Invitation, Status> {
        let shared = self.admit(&context, Role::Admin)?;
        super::enrolment::invite(shared, &request).await
    }

    async fn redeem(&self, context: Context, request: RedeemRequest) -> Result<Enrolment, Status> {
        self.admit(&context, Role::Enrol)?;
        super::enrolment::redeem(&self.shared, &context, &request).await
    }
}

impl fmt::Debug for ControlService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ControlService")
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LiveGateway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LiveGateway")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
