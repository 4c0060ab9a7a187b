//! A gateway that serves its control API over a socket, with a token for each role.

use portway_control::{
    ControlChannel, ControlOptions, ControlTarget, Role,
    v1::{
        AddPeerRequest, ControlClient, ControlServer, Enrolment, RedeemRequest, redeem_request::Key,
    },
};
use portway_gateway::{
    PrivateKey,
    control::{Access, ControlService, LiveGateway},
};
use portway_rpc::{FramedListener, FramedOptions, Server, Status};
use tempfile::TempDir;

use crate::world::World;

pub(crate) const ADMIN: &str = "token of an admin";
pub(crate) const READ: &str = "token of a reader";
pub(crate) const ENROL: &str = "token of a function";

pub(crate) type Control = ControlClient<ControlChannel>;

pub(crate) struct Gateway {
    pub(crate) world: World,
    pub(crate) service: ControlService,
    folder: TempDir,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let world = World::start().await;
        let live = LiveGateway {
            id: "one".parse().unwrap(),
            path: world.gateway.clone(),
            peers: world.view.clone(),
            dns: vec!["10.77.0.53".parse().unwrap()],
        };
        let access = Access::proven()
            .token(Role::Admin, ADMIN)
            .token(Role::Read, READ)
            .token(Role::Enrol, ENROL);
        let service = ControlService::of_gateway(world.fleet.clone(), live);
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("control.sock");
        let listener = FramedListener::unix(socket, FramedOptions::new()).unwrap();
        let server = Server::builder()
            .service(ControlServer::new(service.with_access(access)))
            .listen(listener);
        tokio::spawn(server.serve(std::future::pending()));
        Self {
            world,
            service,
            folder,
        }
    }

    /// A connection of somebody who shows this token.
    pub(crate) async fn control(&self, token: &str) -> Control {
        let target = ControlTarget::Socket(self.folder.path().join("control.sock"));
        let options = ControlOptions::new().token(token);
        let channel = ControlChannel::connect(&target, &options).await;
        ControlClient::new(channel.unwrap())
    }
}

/// Lets a peer with a fresh key in.
pub(crate) async fn added(control: &Control, name: &str) {
    let key = PrivateKey::generate().unwrap().public_key();
    let request = AddPeerRequest {
        name: name.to_owned(),
        public_key: key.to_base64(),
        ..AddPeerRequest::default()
    };
    control.add_peer(request).await.unwrap();
}

/// Shows a token for a client with this address, and lets the gateway make the keys.
pub(crate) async fn redeem(
    control: &Control,
    token: &str,
    client_address: &str,
) -> Result<Enrolment, Status> {
    let request = RedeemRequest {
        token: token.to_owned(),
        key: Some(Key::Generate(true)),
        client_address: client_address.to_owned(),
    };
    control.redeem(request).await
}
