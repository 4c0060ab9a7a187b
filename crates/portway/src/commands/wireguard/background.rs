//! Going to the background: the program starts itself once more, in a session of its own, and
//! waits until that process is ready.
//!
//! There is no `fork` in it, which is not safe in Rust; the ready line takes the place of the
//! signal between parent and child.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write as _},
    process::{Child, Command, Stdio},
    thread,
};

use super::WireguardArguments;
use crate::{
    failure::{Advise as _, AlreadyReported},
    logging::LoggingArguments,
    output,
};

/// The longest ready line that is waited for.
const LONGEST_READY_LINE: u64 = 64 * 1024;

/// Starts the process in the background and returns when it is ready.
///
/// # Errors
///
/// Fails as that process does; it has told why by then.
pub(super) fn start(
    arguments: &WireguardArguments,
    logging: &LoggingArguments,
) -> anyhow::Result<()> {
    let mut child = spawn(arguments, logging).advise(
        "cannot start the process in the background",
        "stay in the foreground with --foreground",
    )?;
    let copier = child
        .stderr
        .take()
        .map(|stderr| thread::spawn(|| copy_to_stderr(stderr)));
    let line = ready_line(&mut child)?;
    if line.is_empty() {
        let status = child.wait()?;
        // Everything it said is out before we end.
        let _ = copier.map(thread::JoinHandle::join);
        let exit_code = status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1);
        return Err(AlreadyReported { exit_code }.into());
    }
    output::print(line.as_bytes())
}

/// Leaves the session of the parent, so that the end of its terminal does not end this process.
pub(super) fn leave_the_session() {
    if let Err(error) = rustix::process::setsid() {
        tracing::warn!(%error, "cannot leave the session");
    }
}

fn spawn(arguments: &WireguardArguments, logging: &LoggingArguments) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["wireguard", "--detached", "--metrics"]);
    command.arg(arguments.service.metrics.to_string());
    if let Some(file) = &arguments.service.ready_file {
        command.arg("--ready-file").arg(std::path::absolute(file)?);
    }
    if arguments.service.json {
        command.arg("--json");
    }
    command.args((0..logging.verbose).map(|_| "--verbose"));
    if let Some(filter) = &logging.log {
        command.arg("--log").arg(filter);
    }
    command.args(["--", &arguments.interface]).current_dir("/");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr_of_child(logging));
    command.spawn()
}

/// Whoever asked for logs gets them as long as the process runs; otherwise they end with us, so
/// that nobody who reads our stderr waits for that process.
fn stderr_of_child(logging: &LoggingArguments) -> Stdio {
    let wants_logs = logging.verbose > 0 || logging.log.is_some();
    if wants_logs || std::env::var_os("LOG_LEVEL").is_some() {
        Stdio::inherit()
    } else {
        Stdio::piped()
    }
}

/// Reads the ready line; empty when the process ended without one.
fn ready_line(child: &mut Child) -> io::Result<String> {
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout.take(LONGEST_READY_LINE)).read_line(&mut line)?;
    }
    Ok(line)
}

fn copy_to_stderr(mut from: impl Read) {
    let mut bytes = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        // Nothing is left to tell anybody when stderr is gone.
        let _ = io::stderr().write_all(&bytes[..length]);
    }
}
