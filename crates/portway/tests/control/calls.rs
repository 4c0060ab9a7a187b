//! Calls of the control API, for tests that are no asynchronous tasks.

use portway_control::{
    ConnectError, ControlChannel, ControlOptions, ControlTarget, connect,
    v1::{
        ChangePeerRequest, ControlClient, Enrolment, Invitation, InviteRequest,
        ListGatewaysRequest, ListGatewaysResponse, RedeemRequest, redeem_request::Key,
    },
};
use portway_rpc::Status;
use tokio::{runtime::Runtime, task::JoinSet};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A connection, and what drives it.
pub(crate) struct Calls {
    runtime: Runtime,
    client: ControlClient<ControlChannel>,
}

impl Calls {
    pub(crate) fn connect(
        target: &ControlTarget,
        options: &ControlOptions,
    ) -> Result<Self, Status> {
        let runtime = runtime();
        let client = runtime.block_on(connect(target, options));
        let client = client.map_err(unreachable)?;
        Ok(Self { runtime, client })
    }

    pub(crate) fn list_gateways(&self) -> Result<ListGatewaysResponse, Status> {
        let request = ListGatewaysRequest {};
        self.runtime.block_on(self.client.list_gateways(request))
    }

    /// Changes the keepalive of a peer.
    pub(crate) fn change(&self, peer: &str, keepalive: u32) {
        let request = ChangePeerRequest {
            peer: peer.to_owned(),
            keepalive_seconds: Some(keepalive),
            ..ChangePeerRequest::default()
        };
        let changed = self.runtime.block_on(self.client.change_peer(request));
        changed.expect("it is changed");
    }

    pub(crate) fn invite(&self, name: &str) -> Result<Invitation, Status> {
        let request = InviteRequest {
            name: name.to_owned(),
            lifetime_seconds: 0,
        };
        self.runtime.block_on(self.client.invite(request))
    }
}

fn unreachable(error: ConnectError) -> Status {
    match error {
        ConnectError::Unreachable(status) => status,
        other => Status::unknown(other.to_string()),
    }
}

/// Shows a token once.
pub(crate) fn redeem(
    target: &ControlTarget,
    options: &ControlOptions,
    token: &str,
) -> Result<Enrolment, Status> {
    race(target, options, token, 1).remove(0)
}

/// Shows a token at once from so many addresses.
pub(crate) fn race(
    target: &ControlTarget,
    options: &ControlOptions,
    token: &str,
    callers: u8,
) -> Vec<Result<Enrolment, Status>> {
    runtime().block_on(async {
        let client = connect(target, options).await.expect("it is reached");
        let client = std::sync::Arc::new(client);
        let mut calls = JoinSet::new();
        for caller in 0..callers {
            let request = RedeemRequest {
                token: token.to_owned(),
                key: Some(Key::Generate(true)),
                client_address: format!("198.51.100.{caller}"),
            };
            let client = client.clone();
            calls.spawn(async move { client.redeem(request).await });
        }
        calls.join_all().await
    })
}
