//! Programs under test: each in a process group of its own, its outputs in one file, ended with all that it started.

use std::{
    fs::File,
    io::Read as _,
    os::unix::process::CommandExt as _,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::NamedTempFile;
use tokio::process::Child;

/// How long a program may take to end by itself.
const GRACE: Duration = Duration::from_millis(1500);

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Hosted {
    child: Child,
    group: Option<Pid>,
    logs: Option<NamedTempFile>,
    started: Instant,
}

/// Where what a program writes goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outputs {
    /// Both to standard error output, as they come.
    Shown,
    /// Both kept, for [`Hosted::logs`].
    Kept,
}

impl Hosted {
    /// Starts a program.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start(mut command: Command, outputs: Outputs) -> Result<Self> {
        let logs = match outputs {
            Outputs::Kept => Some(NamedTempFile::new().context("cannot make a file for the logs")?),
            Outputs::Shown => None,
        };
        for is_stdout in [true, false] {
            let output = output(logs.as_ref())?;
            match is_stdout {
                true => command.stdout(output),
                false => command.stderr(output),
            };
        }
        command.stdin(Stdio::null()).process_group(0);
        let program = command.get_program().to_string_lossy().into_owned();
        let started = Instant::now();
        let mut command = tokio::process::Command::from(command);
        let child = command
            .spawn()
            .with_context(|| format!("cannot run {program}"))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok());
        Ok(Self {
            child,
            group: group.and_then(Pid::from_raw),
            logs,
            started,
        })
    }

    /// When it was started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If the system does not tell.
    ///
    /// # Cancel safety
    /// Nothing is lost: the next call tells of the same end.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// What it has written so far, if that is kept.
    pub(crate) fn logs(&self) -> String {
        let mut bytes = Vec::new();
        if let Some(logs) = &self.logs
            && let Ok(mut file) = File::open(logs.path())
        {
            // What cannot be read of a log is left out of it.
            let _ = file.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Asks it to end, and ends it if it does not.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        // Dropping it ends what is left.
        let _ = tokio::time::timeout(GRACE, self.child.wait()).await;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // It may be gone already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn output(logs: Option<&NamedTempFile>) -> Result<Stdio> {
    match logs {
        Some(logs) => {
            let file = File::options().append(true).open(logs.path());
            Ok(file.context("cannot open the file for the logs")?.into())
        }
        None => Ok(std::io::stderr().into()),
    }
}
