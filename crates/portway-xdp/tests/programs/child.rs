//! This test program once more, as another process in the same namespaces.

#[path = "../../../../tests/shared/output.rs"]
mod output;

use std::io::Write;
use std::process::{Command, Stdio};

use output::Output;

const ROLE: &str = "PORTWAY_TEST_ROLE";
const ARGUMENTS: &str = "PORTWAY_TEST_ARGUMENTS";

/// What the other process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Attaches a program and holds it until it is killed.
    HoldProgram,
    /// Tries to attach a program and says how that went.
    TryAttach,
    /// Opens a pinned map, gives up its privileges, and receives.
    ReceiveByPin,
}

impl Role {
    const ALL: [Self; 3] = [Self::HoldProgram, Self::TryAttach, Self::ReceiveByPin];

    /// Returns what this process was started for, if for one of these.
    pub(crate) fn of_this_process() -> Option<(Self, Vec<String>)> {
        let name = std::env::var(ROLE).ok()?;
        let role = Self::ALL
            .into_iter()
            .find(|role| format!("{role:?}") == name)?;
        let arguments = std::env::var(ARGUMENTS).unwrap_or_default();
        Some((role, arguments.lines().map(str::to_owned).collect()))
    }
}

/// A running process, which ends with this value.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    output: Output,
}

impl Child {
    /// Starts it with the privileges of this process.
    pub(crate) fn start(role: Role, arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("this program");
        Self::spawn(&mut Command::new(program), role, arguments)
    }

    /// Starts it with one capability alone.
    pub(crate) fn start_with_capabilities(kept: &str, role: Role, arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--bounding-set=-all,+{kept}"))
            .arg("--inh-caps=-all")
            .arg(program);
        Self::spawn(&mut command, role, arguments)
    }

    fn spawn(command: &mut Command, role: Role, arguments: &[&str]) -> Self {
        let mut process = command
            .args(["--exact", "child_process", "--nocapture"])
            .env(ROLE, format!("{role:?}"))
            .env(ARGUMENTS, arguments.join("\n"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let output = Output::of(process.stdout.take().expect("its output was asked for"));
        Self { process, output }
    }

    /// Reads its output up to a line that contains `text`.
    pub(crate) fn wait_for_line(&mut self, text: &str) {
        self.output
            .wait_for(text, |line| line.contains(text).then_some(()));
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes a line that the parent waits for.
pub(crate) fn say(line: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .expect("the parent reads");
}
