//! A package under the platform's own local runtime.

use std::{net::SocketAddr, path::Path, process::Command, sync::Arc, time::Duration};

use anyhow::{Result, bail};
use tokio::net::{TcpListener, TcpStream};

use super::{
    super::Platform,
    front,
    package::{Unpacked, check_node},
    process::{Hosted, Outputs},
    runtime,
    runtime_api::RuntimeApi,
};
use crate::{failure::Advise as _, output, shutdown::Shutdown};

/// A runtime may compile and install first; then it has to listen.
const LONGEST_START: Duration = Duration::from_secs(180);

/// Between two looks at whether a runtime listens.
const LOOK: Duration = Duration::from_millis(20);

/// Makes the servers of the platforms' runtimes listen where they are told.
const LOOPBACK: &str = include_str!("loopback.cjs");

/// Serves a package as `platform` would, until SIGTERM or SIGINT, or until it ends.
///
/// # Errors
/// If the platform's runtime cannot be had, or the function does not start or ends.
pub(crate) async fn emulate(platform: Platform, package: &Path, address: SocketAddr) -> Result<()> {
    let mut shutdown = Shutdown::listen()?;
    let unpacked = Unpacked::of(package)?;
    let serving = async {
        match platform {
            Platform::LambdaNode | Platform::LambdaCustom => {
                on_runtime_api(platform, &unpacked, address).await
            }
            _ => on_port(platform, &unpacked, address).await,
        }
    };
    tokio::select! {
        ended = serving => ended,
        // Dropping the rest ends what runs.
        () = shutdown.requested() => Ok(()),
    }
}

async fn on_runtime_api(platform: Platform, package: &Unpacked, address: SocketAddr) -> Result<()> {
    let listener = front::bind(address).await?;
    let address = listener.local_addr()?;
    let api = Arc::new(RuntimeApi::start().await?);
    let mut command = if platform == Platform::LambdaNode {
        check_node()?;
        let mut node = Command::new("node");
        node.arg(runtime::installed("aws-lambda-ric")?.join("index.mjs"))
            .arg("index.handler")
            .current_dir(package.folder());
        node
    } else {
        package.command()?
    };
    command
        .envs(api.environment("local"))
        .env("LAMBDA_TASK_ROOT", package.folder());
    let mut hosted = Hosted::start(command, Outputs::Shown)?;
    tokio::select! {
        ready = api.ready() => ready?,
        status = hosted.ended() => bail!("the function ended while it started ({})", status?),
    };
    announce(address)?;
    tokio::select! {
        served = front::serve(listener, api) => served,
        status = hosted.ended() => bail!("the function ended ({})", status?),
    }
}

/// The others listen by themselves.
async fn on_port(platform: Platform, package: &Unpacked, address: SocketAddr) -> Result<()> {
    let address = free(address).await?;
    let command = command(platform, package, address)?;
    let mut hosted = Hosted::start(command, Outputs::Shown)?;
    tokio::select! {
        listens = listens(address) => listens?,
        status = hosted.ended() => bail!("the runtime ended while it started ({})", status?),
    }
    announce(address)?;
    let status = hosted.ended().await?;
    bail!("the runtime ended ({status})")
}

/// The address, with a free port if it has none.
async fn free(address: SocketAddr) -> Result<SocketAddr> {
    let probe: TcpListener = front::bind(address).await?;
    Ok(probe.local_addr()?)
}

fn command(platform: Platform, package: &Unpacked, address: SocketAddr) -> Result<Command> {
    check_node()?;
    let port = address.port().to_string();
    let mut command = Command::new("node");
    match platform {
        Platform::Google => {
            let framework = runtime::installed("@google-cloud/functions-framework")?;
            command
                .arg(framework.join("build/src/main.js"))
                .args(["--target=handler", "--signature-type=http"])
                .arg(format!("--port={port}"));
        }
        Platform::Genezio => {
            let genezio = runtime::installed("genezio")?;
            command
                .arg(genezio.join("build/src/index.js"))
                .args(["local", "--port", &port])
                .env("GENEZIO_NO_TELEMETRY", "1");
        }
        Platform::Netlify => command = package.host(&["fetch", &port])?,
        _ => command = package.host(&["node", &port])?,
    }
    let loopback = package.folder().join("portway-loopback.cjs");
    std::fs::write(&loopback, LOOPBACK).advise("cannot write to the package", "free some disk")?;
    command
        .current_dir(package.folder())
        .env("PORTWAY_LISTEN_HOST", address.ip().to_string())
        .env("NODE_OPTIONS", format!("--require={}", loopback.display()));
    Ok(command)
}

async fn listens(address: SocketAddr) -> Result<()> {
    let listening = async {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(LOOK).await;
        }
    };
    let listened = tokio::time::timeout(LONGEST_START, listening).await;
    Ok(listened.advise(
        format!("the platform's runtime does not listen on {address} after {LONGEST_START:?}"),
        "what it wrote above may say why",
    )?)
}

fn announce(address: SocketAddr) -> Result<()> {
    output::print_line(&format!("ready listen=http://{address}"))
}
