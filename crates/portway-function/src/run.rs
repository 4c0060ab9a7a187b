//! The way from `main` to serving: find the place, make the application, serve it there.

use std::{
    env,
    future::Future,
    io::{IsTerminal as _, Write as _},
    panic::AssertUnwindSafe,
    path::PathBuf,
    process::ExitCode,
};

use futures_util::FutureExt as _;
use tokio::runtime::{Builder, Runtime};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    app::{App, BoxError, IntoApp},
    initialization, json_rpc, lambda,
    panic::panic_text,
    place::Place,
    server,
};

const HELP: &str = "\
A function made with Portway. It finds out by itself where it runs.

Usage: [--listen ADDR:PORT] [--describe]

  --listen ADDR:PORT  serve HTTP there (default 127.0.0.1:3000, or the environment's PORT)
  --describe          print the JSON-RPC services and their types as JSON, and end

In the environment: AWS_LAMBDA_RUNTIME_API polls Lambda's Runtime API; RUST_LOG chooses what is logged (default info).
";

/// Runs the application that `entry` makes, wherever the program finds itself, until it is asked to stop.
///
/// This is what [`main`](macro@crate::main) calls.
///
/// ```no_run
/// use std::process::ExitCode;
/// use axum::{Router, routing::get};
///
/// async fn app() -> Router {
///     Router::new().route("/", get(|| async { "here" }))
/// }
///
/// fn main() -> ExitCode {
///     portway_function::run(app)
/// }
/// ```
///
/// The exit code is 0 after SIGTERM or SIGINT, 1 if the application cannot start or serve, and 2 for arguments that cannot be
/// followed. An error or panic of `entry` is reported to the platform as a failed initialization.
pub fn run<F, R, A>(entry: F) -> ExitCode
where
    F: FnOnce() -> R,
    R: Future<Output = A>,
    A: IntoApp,
{
    let place = match Place::find(env::args().skip(1), |name| env::var(name).ok()) {
        Ok(place) => place,
        Err(error) => return failed(2, &error.to_string()),
    };
    match place {
        Place::Describe => return printed(&json_rpc::describe()),
        Place::Help => return printed(HELP),
        _ => {}
    }
    start_logging();
    remove_copy();
    let runtime = match runtime(&place) {
        Ok(runtime) => runtime,
        Err(error) => return failed(1, &format!("cannot start the runtime: {error}")),
    };
    match runtime.block_on(start_and_serve(entry, &place)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(1, &error.to_string()),
    }
}

async fn start_and_serve<F, R, A>(entry: F, place: &Place) -> Result<(), BoxError>
where
    F: FnOnce() -> R,
    R: Future<Output = A>,
    A: IntoApp,
{
    let prepared = match place {
        Place::Lambda => lambda::check_environment(),
        _ => Ok(()),
    };
    let started = match prepared {
        Ok(()) => start(entry).await,
        Err(error) => Err(error),
    };
    match started {
        Ok(app) => serve(app, place).await,
        Err(error) => {
            initialization::report(place, &error.to_string()).await;
            Err(error)
        }
    }
}

/// Makes the application; a panic on the way is an error like another.
async fn start<F, R, A>(entry: F) -> Result<App, BoxError>
where
    F: FnOnce() -> R,
    R: Future<Output = A>,
    A: IntoApp,
{
    let made = AssertUnwindSafe(async { entry().await.into_app() });
    let mut app = match made.catch_unwind().await {
        Ok(made) => made?,
        Err(panic) => {
            let said = panic_text(&*panic);
            return Err(format!("the program panicked while it started: {said}").into());
        }
    };
    app.router = app
        .router
        .layer(CatchPanicLayer::custom(json_rpc::panicked));
    Ok(app)
}

async fn serve(app: App, place: &Place) -> Result<(), BoxError> {
    match place {
        Place::Lambda => lambda::serve(app).await,
        #[cfg(unix)]
        Place::Module(path) => crate::handover::serve(app, path).await,
        #[cfg(not(unix))]
        Place::Module(_) => {
            Err("a packaged module hands over a Unix socket, which this system lacks".into())
        }
        Place::Port(port) => server::serve(app.router, server::everywhere(*port)).await,
        Place::Local(address) => server::serve(app.router, *address).await,
        Place::Describe | Place::Help => Ok(()),
    }
}

/// One thread on Lambda unless it asks for several requests at once: threads cost memory and start-up time.
fn runtime(place: &Place) -> std::io::Result<Runtime> {
    let several = env::var("AWS_LAMBDA_MAX_CONCURRENCY")
        .is_ok_and(|requests| requests.parse().is_ok_and(|requests: u32| requests > 1));
    let mut builder = match place {
        Place::Lambda if !several => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}

/// A packaged module whose executable could not run where it was made a private copy: it is of no use to anybody else.
fn remove_copy() {
    let copy = env::var_os("PORTWAY_FUNCTION_COPY").map(PathBuf::from);
    let own = env::current_exe().ok();
    if let (Some(copy), Some(own)) = (copy, own)
        && copy == own
    {
        // What cannot be removed stays in a folder for temporary files.
        let _ = std::fs::remove_file(&copy);
        if let Some(folder) = copy.parent() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// `RUST_LOG` chooses by target and level. Filters on spans and fields would need regular expressions, which are a fifth of the program.
fn start_logging() {
    let wanted = env::var("RUST_LOG").ok();
    let filter = wanted.and_then(|wanted| wanted.parse::<Targets>().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let is_plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !is_plain);
    // The program may have a subscriber of its own; then that one stays.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init();
}

fn printed(text: &str) -> ExitCode {
    let mut stdout = std::io::stdout();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn failed(code: u8, message: &str) -> ExitCode {
    // Nothing is left to tell anybody when the standard error output is gone.
    let _ = writeln!(std::io::stderr(), "error: {message}");
    ExitCode::from(code)
}
