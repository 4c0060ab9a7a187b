//! A gateway's part in its fleet: it follows the peers, tells that it is there, and writes back
//! what it sees of them.

use std::time::SystemTime;

use portway_gateway::{
    DataPathHandle, HostPort, PeerEvent,
    fleet::{
        Fleet, Follower, FollowerView, GatewayIdentity, Registration, TunnelNetworks,
        write_sessions,
    },
};
use portway_ignite::Client;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::folder::Identity;
use crate::{commands::fleet_access::explain, failure::Advised};

/// What a gateway brings into its fleet.
pub(super) struct Member<'a> {
    pub(super) identity: &'a Identity,
    pub(super) networks: &'a TunnelNetworks,
    /// What clients dial.
    pub(super) endpoint: HostPort,
    pub(super) path: &'a DataPathHandle,
    pub(super) events: mpsc::Receiver<PeerEvent>,
}

/// The tasks of a gateway that is in its fleet.
pub(super) struct Membership {
    pub(super) peers: FollowerView,
    pub(super) fleet: Fleet,
    /// Dropped to leave.
    leave: oneshot::Sender<()>,
    registration: JoinHandle<()>,
    tasks: [JoinHandle<()>; 2],
}

impl Membership {
    /// Reads the peers into the data path, then tells the fleet that the gateway is there.
    pub(super) async fn join(client: &Client, member: Member<'_>) -> Result<Self, Advised> {
        let Member { identity, path, .. } = &member;
        let public_key = identity.private_key.public_key();
        let opened = Fleet::open(client, &identity.fleet_key).await;
        let fleet = opened.map_err(explain("cannot open the tables of the fleet"))?;
        let started = Follower::start(
            fleet.clone(),
            &identity.fleet_key,
            public_key,
            (*path).clone(),
        )
        .await;
        let follower = started.map_err(explain("cannot read the peers of the fleet"))?;
        let peers = follower.view();
        let registration = member.register(&fleet).await?;
        let (leave, left) = oneshot::channel();
        let writer = write_sessions(
            fleet.clone(),
            peers.clone(),
            identity.id.clone(),
            member.events,
        );
        Ok(Self {
            peers,
            fleet,
            leave,
            registration: tokio::spawn(registration.keep_until(async { drop(left.await) })),
            tasks: [
                tokio::spawn(async { drop(follower.run().await) }),
                tokio::spawn(writer),
            ],
        })
    }

    /// Tells the fleet that the gateway ends.
    pub(super) async fn leave(self) {
        drop(self.leave);
        for task in self.tasks {
            task.abort();
        }
        // It ends by itself: a panic in it was reported already.
        let _ = self.registration.await;
    }
}

impl Member<'_> {
    async fn register(&self, fleet: &Fleet) -> Result<Registration, Advised> {
        let identity = GatewayIdentity {
            id: self.identity.id.clone(),
            endpoint: self.endpoint.clone(),
            public_key: self.identity.private_key.public_key(),
            networks: self.networks.clone(),
        };
        let registered = fleet.register(identity, SystemTime::now()).await;
        registered.map_err(explain("cannot join the fleet"))
    }
}
