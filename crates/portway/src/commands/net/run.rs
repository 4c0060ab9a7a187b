//! `portway net run`: a configuration at work.

use std::{
    path::PathBuf,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::Args;
use portway_dataplane::{
    AccessRules, Workers, WorkersBuilder,
    config::{self, Configuration, Source},
    machine::{self, Hold},
};
use tokio::task;

use super::{
    control::{self, ControlSocket},
    file, metrics, table,
};
use crate::{
    arguments::ServiceArguments,
    failure::{Advise as _, Advised},
    metrics::{Metrics, MetricsServer},
    output,
    ready::{Ready, ReadyKey},
    shutdown::{self, Shutdown},
};

/// How often it is looked whether every port has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "\
Examples:
  # Do what the file says until SIGTERM or SIGINT
  portway net run echo.jsonc

  # Another mode than the file's
  portway net run --mode drop echo.jsonc

  # Let others have the numbers
  portway net run --metrics 127.0.0.1:9100 --control /run/echo.sock echo.jsonc
  portway net stats --control /run/echo.sock --json";

/// Move packets as a configuration says
///
/// Opens the ports, starts the threads, and serves until SIGTERM or SIGINT. A terminal shows rates,
/// drops and loads each second. A port whose interface goes away ends with a word on stderr; the
/// others go on. When all have ended, the exit code is 1.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArguments {
    /// The configuration
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// What all threads do with packets, whatever the file says: drop, tx-only, tx-only-rx, loopback, fwd, l3fwd,
    /// acl-strict, acl-permissive, hyperscan, echo, capture or replay
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub(crate) mode: Option<config::Mode>,

    /// Socket for `portway net stats` and others [default: net-PID.sock in /run/portway for root,
    /// else in $XDG_RUNTIME_DIR/portway]
    #[arg(long, value_name = "PATH")]
    pub(crate) control: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

fn mode(word: &str) -> Result<config::Mode, String> {
    config::Mode::from_word(word).ok_or_else(|| {
        "the modes are drop, tx-only, tx-only-rx, loopback, fwd, l3fwd, acl-strict, acl-permissive, \
         hyperscan, echo, capture and replay"
            .to_owned()
    })
}

/// A configuration at work.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) workers: Workers,
    pub(crate) rules: Rules,
    pub(crate) name: Option<String>,
    pub(crate) file: String,
    pub(crate) since: Instant,
    /// Goes after the ports.
    _hold: Hold,
}

/// The access rules in force.
#[derive(Debug)]
pub(crate) struct Rules(Mutex<Arc<AccessRules>>);

impl Rules {
    /// The rules in force.
    pub(crate) fn current(&self) -> Arc<AccessRules> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in force, one change after the other.
    pub(crate) fn change(
        &self,
        make: impl FnOnce(&AccessRules) -> Result<Arc<AccessRules>, String>,
    ) -> Result<(), String> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *rules = make(&rules)?;
        Ok(())
    }
}

/// Runs a configuration until a signal, or the end of its last port.
///
/// # Errors
///
/// Whatever keeps it from starting, or that every port has ended.
pub(super) async fn run(arguments: &RunArguments) -> anyhow::Result<()> {
    let mut shutdown = Shutdown::listen()?;
    let source = file::read(&arguments.file)?;
    let mut configuration = file::parse(&source)?;
    set_mode(&mut configuration, arguments.mode);
    let socket = ControlSocket::bind(arguments.control.as_deref())?;
    let running = Rc::new(start(&configuration, &source)?);
    let metrics = serve_metrics(&running, &configuration, arguments).await?;
    announce(&socket, metrics.as_ref(), arguments)?;
    let is_over = tokio::select! {
        () = shutdown.requested() => false,
        () = all_have_ended(&running) => true,
        () = control::serve(&socket, Rc::clone(&running)) => false,
        () = table::show(&running) => false,
    };
    drop(socket);
    let end = is_over.then(|| all_ended(&running));
    stop(running).await;
    end.map_or(Ok(()), |failure| Err(failure.into()))
}

fn set_mode(configuration: &mut Configuration, mode: Option<config::Mode>) {
    if let Some(mode) = mode {
        configuration.options.mode = Some(mode);
        for thread in &mut configuration.threads {
            thread.mode = None;
        }
    }
}

/// Opens the ports and starts the threads.
fn start(configuration: &Configuration, source: &Source) -> Result<Running, Advised> {
    let holder = configuration.name.as_deref().unwrap_or(source.name());
    let opened = machine::open(configuration, holder).map_err(|error| {
        // The finding says why, and what to do.
        output::remark(&error.diagnostic().draw(source, table::on_terminal()));
        Advised::failed(
            format_args!("{} cannot be started", source.name()),
            "`portway net check` says what this machine lacks for it",
        )
    })?;
    let builder = WorkersBuilder::from_configuration(configuration, opened.ports);
    let workers = builder.and_then(WorkersBuilder::start).advise(
        format_args!("{} cannot be started", source.name()),
        "`portway net check` says what the file asks for",
    )?;
    Ok(Running {
        workers,
        rules: Rules(Mutex::new(rules(configuration))),
        name: configuration.name.clone(),
        file: source.name().to_owned(),
        since: Instant::now(),
        _hold: opened.hold,
    })
}

fn rules(configuration: &Configuration) -> Arc<AccessRules> {
    Arc::new(AccessRules::of_configuration(configuration))
}

async fn serve_metrics(
    running: &Running,
    configuration: &Configuration,
    arguments: &RunArguments,
) -> Result<Option<MetricsServer>, Advised> {
    if !configuration.options.metrics {
        return Ok(None);
    }
    let mut all = Metrics::new();
    metrics::register(&mut all, running.workers.reader());
    all.serve(arguments.service.metrics).await.map(Some)
}

fn announce(
    socket: &ControlSocket,
    metrics: Option<&MetricsServer>,
    arguments: &RunArguments,
) -> anyhow::Result<()> {
    let path = std::path::absolute(socket.path())?;
    let mut ready = Ready::default().with(ReadyKey::Control, path.display());
    if let Some(metrics) = metrics {
        ready = ready.with(ReadyKey::Metrics, metrics.address());
    }
    ready.announce(&arguments.service)
}

async fn all_have_ended(running: &Running) {
    let mut clock = tokio::time::interval(BETWEEN_LOOKS);
    while !running.workers.is_over() {
        clock.tick().await;
    }
}

fn all_ended(running: &Running) -> Advised {
    let ports = running.workers.report().ports;
    let reason = |port: &portway_dataplane::PortReport| {
        let end = port.end.as_ref()?;
        Some(format!("{}: {end}", port.statistics.name))
    };
    let reasons: Vec<_> = ports.iter().filter_map(reason).collect();
    Advised::failed(
        format_args!("every port has ended: {}", reasons.join("; ")),
        "`portway net check` says what this machine lacks for the file",
    )
}

/// Ends the threads, which may take a moment, beside everything else.
async fn stop(running: Rc<Running>) {
    // Visits that held it ended with their server.
    let Some(running) = Rc::into_inner(running) else {
        return;
    };
    let Running { workers, _hold, .. } = running;
    let ended = task::spawn_blocking(move || workers.end());
    shutdown::finish(async {
        if let Ok(false) = ended.await {
            tracing::warn!("a thread was left behind");
        }
    })
    .await;
}
