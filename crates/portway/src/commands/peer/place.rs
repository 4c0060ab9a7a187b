//! Where peers are changed: through the control API of a gateway, or straight in a grid.

use std::path::Path;

use portway_control::{
    ConnectError, ControlChannel, ControlOptions, ControlTarget, Reason,
    v1::{ControlClient, ControlServer},
};
use portway_gateway::control::ControlService;
use portway_rpc::{
    Call, Handle, HandleStream, InProcess, Open, ProtobufMethod, Request, Status, Streams,
};

use super::CommonArguments;
use crate::{
    arguments::ControlArguments,
    commands::{
        credentials::{certificates, private_key, token},
        fleet_access::{self, hint},
        up::CONTROL_SOCKET,
    },
    failure::{Advise as _, Advised},
};

/// The environment variable with a token for --control.
const TOKEN_VARIABLE: &str = "PORTWAY_CONTROL_TOKEN";

/// The control API, wherever it is.
pub(super) type Control = ControlClient<ControlPlace>;

/// The service that a command carries in itself where it goes straight to a grid.
type OwnService = ControlServer<ControlService>;

/// A gateway's control API, or our own over a grid: commands do not see the difference.
pub(super) enum ControlPlace {
    Gateway(ControlChannel),
    Grid(InProcess<OwnService>),
}

impl<M: ProtobufMethod> Call<M> for ControlPlace
where
    OwnService: Handle<M>,
{
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        match self {
            Self::Gateway(channel) => Call::<M>::call(channel, request).await,
            Self::Grid(channel) => Call::<M>::call(channel, request).await,
        }
    }
}

impl<M: ProtobufMethod> Open<M> for ControlPlace
where
    OwnService: HandleStream<M>,
{
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        match self {
            Self::Gateway(channel) => Open::<M>::open(channel, request).await,
            Self::Grid(channel) => Open::<M>::open(channel, request).await,
        }
    }
}

/// Opens the control API that the arguments name: `--control`, the grid of `--grid`, or the gateway of the data
/// directory.
pub(super) async fn open(common: &CommonArguments) -> anyhow::Result<Control> {
    if let Some(target) = &common.control.control {
        let options = options(&common.control)?;
        let connected = ControlChannel::connect(target, &options).await;
        let channel = connected.map_err(unreachable_at(target))?;
        return Ok(ControlClient::new(ControlPlace::Gateway(channel)));
    }
    let names_grid = !common.grid.grid.is_empty() || common.grid.fleet_key_file.is_some();
    if !names_grid && let Some(channel) = gateway_in(&common.data.directory()?).await {
        return Ok(ControlClient::new(ControlPlace::Gateway(channel)));
    }
    let fleet = fleet_access::open(&common.data, &common.grid).await?;
    let service = ControlServer::new(ControlService::of_grid(fleet));
    Ok(ControlClient::new(ControlPlace::Grid(InProcess::new(
        service,
    ))))
}

/// The gateway of a data directory, if one runs and this user may control it.
async fn gateway_in(folder: &Path) -> Option<ControlChannel> {
    let target = ControlTarget::Socket(folder.join(CONTROL_SOCKET));
    let connected = ControlChannel::connect(&target, &ControlOptions::new()).await;
    // Without one there may still be a grid.
    connected
        .inspect_err(|error| tracing::debug!(%error, "no gateway answers at its control socket"))
        .ok()
}

fn options(arguments: &ControlArguments) -> anyhow::Result<ControlOptions> {
    let mut options = ControlOptions::new();
    if let Some(file) = &arguments.control_token_file {
        options = options.token(token(file)?.as_str());
    } else if let Ok(token) = std::env::var(TOKEN_VARIABLE) {
        options = options.token(token);
    }
    if let Some(fingerprint) = arguments.control_fingerprint {
        options = options.fingerprint(fingerprint);
    }
    if let Some(file) = &arguments.control_ca {
        options = options.authorities(certificates(file)?);
    }
    if let (Some(certificate), Some(key)) = (&arguments.control_cert, &arguments.control_key) {
        options = options.identity(certificates(certificate)?, private_key(key)?);
    }
    Ok(options)
}

fn unreachable_at(target: &ControlTarget) -> impl FnOnce(ConnectError) -> Advised {
    let hint = match target {
        ControlTarget::Socket(_) => {
            "`portway up` makes the socket control.sock in its data directory"
        }
        _ => {
            "`portway up --control-listen` serves it; trust its certificate with --control-fingerprint, which it \
             prints, or --control-ca"
        }
    };
    let what = format!("cannot reach the control API at {target}");
    move |error| match Err::<(), _>(error).advise(what, hint) {
        Err(advised) => advised,
        Ok(()) => unreachable!("an error stays an error"),
    }
}

/// What the other side said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(String);

/// Adds what was tried, and what to do about a refusal.
pub(super) fn explain(what: impl std::fmt::Display) -> impl FnOnce(Status) -> Advised {
    move |status| {
        let hint = hint(Reason::of(&status));
        match Err::<(), _>(Said(status.message().to_owned())).advise(what, hint) {
            Err(advised) => advised,
            Ok(()) => unreachable!("an error stays an error"),
        }
    }
}
