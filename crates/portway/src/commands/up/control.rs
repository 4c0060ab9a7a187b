//! The control API of a gateway: `DATA/control.sock`, and a listener with TLS where one was asked for.

use std::{
    fs::Permissions, net::SocketAddr, os::unix::fs::PermissionsExt as _, path::Path, time::Duration,
};

use portway_control::{DESCRIPTORS, Fingerprint, Role, v1::ControlServer};
use portway_gateway::{
    control::{Access, ControlService, LiveGateway},
    fleet::Fleet,
};
use portway_rpc::{
    AnyTransport, FramedListener, FramedOptions, GrpcListener, GrpcOptions, Listen, Server,
    health::Health, reflection::Reflection,
};
use tokio::{sync::watch, task::JoinSet};

use super::{UpArguments, control_tls::ControlTls, folder::Folder};
use crate::failure::{Advise as _, Advised};

/// How long calls may take to finish when the gateway ends; those that go on for ever are ended before.
const DRAIN: Duration = Duration::from_millis(500);
/// Nobody but the owner may connect.
const SOCKET_MODE: u32 = 0o600;
/// The socket of the control API in the data directory.
pub(in crate::commands) const CONTROL_SOCKET: &str = "control.sock";

/// The control API while the gateway runs.
pub(super) struct ControlSide {
    /// Where others reach it.
    pub(super) address: String,
    /// Where it listens on TCP, and what the certificate there is known by.
    pub(super) listener: Option<(SocketAddr, Fingerprint)>,
    service: ControlService,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
}

impl ControlSide {
    /// Starts to serve; returns when every listener accepts.
    pub(super) async fn open(
        arguments: &UpArguments,
        folder: &Folder,
        fleet: &Fleet,
        gateway: LiveGateway,
    ) -> anyhow::Result<Self> {
        let socket = folder.path().join(CONTROL_SOCKET);
        let mut side = Self {
            address: format!("unix:{}", socket.display()),
            listener: None,
            service: ControlService::of_gateway(fleet.clone(), gateway),
            stop: watch::Sender::new(false),
            servers: JoinSet::new(),
        };
        side.serve(listen_on(&socket)?, Access::own_user(Role::Admin))?;
        if let Some(address) = arguments.control.control_listen {
            let tls = ControlTls::of(arguments, folder)?;
            side.serve_with_tls(address, tls).await?;
        }
        Ok(side)
    }

    async fn serve_with_tls(&mut self, address: SocketAddr, tls: ControlTls) -> anyhow::Result<()> {
        let listener = GrpcListener::tls(address, tls.configuration, GrpcOptions::new()).await;
        let listener = listener.advise(
            format_args!("cannot serve the control API at {address}"),
            "name a free address of this host with --control-listen; port 0 lets the system choose",
        )?;
        let bound = listener.address().unwrap_or(address);
        self.address = format!("{},grpcs://{bound}", self.address);
        self.listener = Some((bound, tls.fingerprint));
        self.serve(listener, tls.access)
    }

    fn serve(&mut self, listener: impl Listen<AnyTransport>, access: Access) -> anyhow::Result<()> {
        let mut stop = self.stop.subscribe();
        let server = Server::builder()
            .service(ControlServer::new(self.service.with_access(access)))
            .with_health(&Health::new())
            .with_reflection(Reflection::new().descriptors(DESCRIPTORS)?)
            .listen(listener)
            .drain(DRAIN);
        self.servers.spawn(async move {
            let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
            if let Err(error) = server.serve(stopped).await {
                tracing::error!(%error, "the control API is served no longer");
            }
        });
        Ok(())
    }

    /// Finishes the calls under way and removes the socket.
    pub(super) async fn close(mut self) {
        self.service.close();
        self.stop.send_replace(true);
        while self.servers.join_next().await.is_some() {}
    }
}

/// Listens on the socket of the data directory. One that a dead process left is replaced.
fn listen_on(socket: &Path) -> Result<FramedListener, Advised> {
    let listening = FramedListener::unix(socket, FramedOptions::new());
    let listening = listening.and_then(|listener| {
        // Until then the kernel tells who calls, and others than the owner are refused all the same.
        std::fs::set_permissions(socket, Permissions::from_mode(SOCKET_MODE))?;
        Ok(listener)
    });
    listening.advise(
        format_args!("cannot serve the control API at {}", socket.display()),
        "if another gateway uses this folder, stop it or name another folder with --data DIR; \
         a socket's path has at most 107 bytes",
    )
}
