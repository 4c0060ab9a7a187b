//! Runs the binary as a user would: in a folder of its own, with nothing of ours in its
//! environment.

#![allow(dead_code, reason = "each test file uses its own part of it")]

pub(crate) mod limit;
pub(crate) mod nats;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

use limit::Limit;
use tempfile::TempDir;

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a command left behind.
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn new(output: &Output) -> Self {
        assert_eq!(output.status.signal(), None, "ended by a signal");
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts the exit code and that stderr holds each of these texts.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "{text:?} is missing in {:?}",
                self.stderr
            );
        }
    }
}

/// A folder to run in.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portway"));
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null());
        for variable in [
            "PORTWAY_DATA",
            "PORTWAY_LOG",
            "PORTWAY_CONTROL_TOKEN",
            "PORTWAY_GRID_PASSWORD",
            "LOG_LEVEL",
        ] {
            command.env_remove(variable);
        }
        command.env("HOME", self.path()).env_remove("XDG_DATA_HOME");
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        Finished::new(&limit::output(&mut self.command(arguments)))
    }

    /// Starts a long-running command and waits for its ready line.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        spawn(self.command(arguments))
    }

    /// As [`start`](Self::start), with stderr in a file.
    pub(crate) fn start_with_log(&self, arguments: &[&str], log: std::fs::File) -> Running {
        let mut command = self.command(arguments);
        command.stderr(log);
        spawn(command)
    }

    /// Starts a long-running command in a network namespace and waits for its ready line.
    pub(crate) fn start_in(&self, namespace: &str, command: &Command) -> Running {
        let mut inside = Command::new("ip");
        inside.args(["netns", "exec", namespace]);
        inside.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside.current_dir(self.path()).stdin(Stdio::null());
        spawn(inside)
    }
}

fn spawn(mut command: Command) -> Running {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let limit = Limit::of(&child);
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut ready = String::new();
    stdout
        .read_line(&mut ready)
        .expect("the ready line is text");
    Running {
        child,
        _limit: limit,
        stdout,
        ready,
    }
}

/// A long-running command; it is killed if a test leaves it behind.
pub(crate) struct Running {
    child: Child,
    _limit: Limit,
    stdout: BufReader<ChildStdout>,
    pub(crate) ready: String,
}

impl Running {
    /// A value of the ready line.
    #[track_caller]
    pub(crate) fn value(&self, key: &str) -> &str {
        let fields = self
            .ready
            .trim_end()
            .split(' ')
            .filter_map(|word| word.split_once('='));
        let value = fields
            .clone()
            .find_map(|(name, value)| (name == key).then_some(value));
        value.unwrap_or_else(|| panic!("no {key} in {:?}", self.ready))
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }

    /// Waits for the end; tells the exit code.
    pub(crate) fn wait(mut self) -> Option<i32> {
        let begin = Instant::now();
        while self.child.try_wait().expect("it is our child").is_none() {
            assert!(begin.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child.wait().expect("it is our child").code()
    }

    /// Waits until a line on stdout is wanted, and returns it.
    #[track_caller]
    pub(crate) fn line(&mut self, is_wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let mut line = String::new();
            let length = self.stdout.read_line(&mut line).expect("stdout is text");
            assert!(length > 0, "it ended without the line");
            if is_wanted(&line) {
                return line;
            }
        }
    }

    /// Sends SIGTERM and waits for the end; tells the exit code, how long it took and what else
    /// was on stdout. Moments in which the machine let us wait for a processor do not count.
    pub(crate) fn terminate(mut self) -> (Option<i32>, Duration, String) {
        const STEP: Duration = Duration::from_millis(5);
        let begin = Instant::now();
        let mut took = Duration::ZERO;
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("it runs");
        while self.child.try_wait().expect("it is our child").is_none() {
            assert!(begin.elapsed() < PATIENCE, "it does not end");
            let step = Instant::now();
            std::thread::sleep(STEP);
            took += step.elapsed().min(2 * STEP);
        }
        let mut rest = String::new();
        self.stdout
            .read_to_string(&mut rest)
            .expect("stdout is text");
        (
            self.child.wait().expect("it is our child").code(),
            took,
            rest,
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a metrics address for a path and returns the whole answer.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).expect("the address answers");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a time-out can be set");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .expect("the request is taken");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the answer is text");
    answer
}
