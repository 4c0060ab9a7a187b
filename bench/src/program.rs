//! Programs under measurement: started, watched through /proc, ended by their id.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};

/// Runs a command to its end and returns its stdout.
///
/// # Errors
///
/// Fails when it cannot be started or does not end with 0; its stderr is in the message.
pub(crate) fn run<Word: AsRef<OsStr>>(command: &[Word]) -> anyhow::Result<String> {
    let (program, arguments) = command.split_first().context("an empty command")?;
    output_of(Command::new(program).args(arguments))
}

/// As [`run`], of a command with an environment of its own.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn output_of(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("starting {program}"))?;
    ensure!(
        output.status.success(),
        "{program} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Looks until `found`, for at most `limit`.
///
/// # Errors
///
/// Fails with `what` was awaited.
pub(crate) fn wait_until(
    what: &str,
    limit: Duration,
    mut found: impl FnMut() -> bool,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + limit;
    while !found() {
        ensure!(
            Instant::now() < deadline,
            "waited {limit:?} in vain for {what}"
        );
        thread::sleep(Duration::from_micros(500));
    }
    Ok(())
}

/// Proportional set size of a process in kB: its own pages, and its share of those that others map
/// too.
///
/// # Errors
///
/// Fails when it is gone.
pub(crate) fn memory_of(process: u32) -> anyhow::Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find(|line| line.starts_with("Pss:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.context("no Pss line")?.parse()?)
}

/// A program that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    errors: tempfile::NamedTempFile,
}

impl Running {
    /// Starts a program, its output thrown away.
    pub(crate) fn start(command: &[String]) -> anyhow::Result<Self> {
        Self::spawn(command, Stdio::null())
    }

    /// Starts a program and waits for a line of its stdout that begins with `start`, which is returned.
    pub(crate) fn start_until(command: &[String], start: &str) -> anyhow::Result<(Self, String)> {
        let mut running = Self::spawn(command, Stdio::piped())?;
        let stdout = running
            .child
            .stdout
            .take()
            .context("its stdout was piped")?;
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if line.starts_with(start) {
                return Ok((running, line));
            }
        }
        bail!("{command:?} ended without '{start}': {}", running.errors())
    }

    fn spawn(command: &[String], stdout: Stdio) -> anyhow::Result<Self> {
        let errors = tempfile::NamedTempFile::new()?;
        let child = Command::new(&command[0])
            .args(&command[1..])
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(errors.reopen()?)
            .spawn()
            .with_context(|| format!("starting {}", command[0]))?;
        Ok(Self { child, errors })
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to stderr, for an error message.
    pub(crate) fn errors(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// Processor time of all its threads so far.
    ///
    /// # Errors
    ///
    /// Fails when it is gone.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let mut nanoseconds = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // A thread that ends between the two reads takes its time with it; these programs end none.
            let statistics = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            let on_processor = statistics.split_whitespace().next().unwrap_or("0");
            nanoseconds += on_processor.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Its memory, as [`memory_of`] tells it.
    ///
    /// # Errors
    ///
    /// Fails when it is gone.
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        memory_of(self.child.id())
    }

    /// Asks it to end, as its user would, and waits for that.
    ///
    /// # Errors
    ///
    /// Fails when it does not end in time.
    pub(crate) fn terminate(mut self) -> anyhow::Result<()> {
        run(&["kill", "-TERM", &self.child.id().to_string()])?;
        let child = &mut self.child;
        wait_until("the end after SIGTERM", Duration::from_secs(5), || {
            !matches!(child.try_wait(), Ok(None))
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
