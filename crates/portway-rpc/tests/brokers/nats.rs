//! A NATS server with `JetStream`.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{free_port, process::Process, program};

/// A server that keeps its streams when it is killed.
pub(crate) struct NatsServer {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    process: Process,
}

impl NatsServer {
    /// Starts one, where the program is installed.
    pub(crate) fn start() -> Option<Self> {
        let program = program("nats-server")?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = Process::start(&mut command(&program, &folder, port), port);
        Some(Self {
            program,
            folder,
            port,
            process,
        })
    }

    pub(crate) fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again with what it had on disk.
    pub(crate) fn revive(&mut self) {
        self.process = Process::start(
            &mut command(&self.program, &self.folder, self.port),
            self.port,
        );
    }
}

fn command(program: &PathBuf, folder: &TempDir, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(["--addr", "127.0.0.1", "--jetstream"]);
    command
        .args(["--port", &port.to_string(), "--store_dir"])
        .arg(folder.path());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}
